with weeks as (
    select
        week_start_date,
        sold_quantity,
        net_sales_amount,
        closing_on_hand_quantity,
        sum(sold_quantity) over last_4 as sold_4w_quantity,
        coalesce(lag(closing_on_hand_quantity, 4) over item, 0) + sum(received_quantity) over last_4
            as available_4w_quantity
    from core.fct_demand_weekly
    where company_id = %(company)s and product_id = %(product)s and planning_location_id = %(planning_place)s
    window
        item as (order by week_start_date),
        last_4 as (order by week_start_date rows between 3 preceding and current row)
)

select
    week_start_date,
    sold_quantity,
    net_sales_amount,
    closing_on_hand_quantity,
    round(sold_4w_quantity / nullif(available_4w_quantity, 0), 6) as sell_through_pct
from weeks
where week_start_date > %(week)s - 364 and week_start_date <= %(week)s
order by week_start_date
