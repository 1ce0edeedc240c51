with weeks as (
    select
        channel,
        date_trunc('week', sale_date)::date as week_start_date,
        sum(net_amount) as net_sales_amount,
        count(distinct transaction_id) filter (where not is_return) as basket_count,
        -sum(net_amount) filter (where is_return) as returned_amount,
        sum(net_amount) filter (where not is_return) as sold_amount
    from core.fct_sales_lines
    where company_id = %(company)s and sale_date >= %(week)s - 357 and sale_date < %(week)s + 7
    group by channel, date_trunc('week', sale_date)
)

select
    channel,
    week_start_date,
    net_sales_amount,
    basket_count,
    round(net_sales_amount / nullif(sum(net_sales_amount) over (partition by week_start_date), 0), 6)
        as net_sales_share_pct,
    case
        when exists (select 1 from core.fct_sales_daily where company_id = %(company)s and returned_quantity > 0)
            then round(coalesce(returned_amount, 0) / nullif(sold_amount, 0), 6)
    end as return_amount_pct
from weeks
order by channel, week_start_date
