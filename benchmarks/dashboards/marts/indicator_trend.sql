-- How did sales, stock and sell-through of a product go at a planning location over a year?
select
    week_start_date,
    sold_quantity,
    net_sales_amount,
    closing_on_hand_quantity,
    sell_through_pct,
    turnover_cost,
    backward_cover_days,
    stock_status
from marts.mart_sku_indicators_weekly
where
    company_id = %(company)s
    and product_id = %(product)s
    and planning_location_id = %(planning_place)s
    and week_start_date > %(week)s - 364
    and week_start_date <= %(week)s
order by week_start_date
