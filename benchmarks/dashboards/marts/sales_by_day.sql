-- How did a region sell, day by day, over the last quarter?
select
    sale_date,
    sum(net_sales_amount) as net_sales_amount,
    sum(gross_margin_amount) as gross_margin_amount,
    sum(line_count) as line_count
from marts.mart_sales_daily
where
    company_id = %(company)s
    and region = %(region)s
    and sale_date > %(day)s - 91
    and sale_date <= %(day)s
group by sale_date
order by sale_date
