-- How did each channel sell over a year, in money and in baskets?
select
    channel,
    week_start_date,
    net_sales_amount,
    basket_count,
    net_sales_share_pct,
    return_amount_pct
from marts.mart_channel_weekly
where company_id = %(company)s and week_start_date > %(week)s - 364 and week_start_date <= %(week)s
order by channel, week_start_date
