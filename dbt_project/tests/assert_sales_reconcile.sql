-- To the cent: revenue of the newest raw versions = lines = daily fact = mart, per company.
with staged as (
    select company_id, sum(net_amount) as net_amount, count(*) as line_count
    from {{ ref('stg_sales_lines') }}
    where not is_deleted
    group by company_id
),

lines as (
    select company_id, sum(net_amount) as net_amount, count(*) as line_count
    from {{ ref('fct_sales_lines') }}
    group by company_id
),

daily as (
    select company_id, sum(net_amount) as net_amount, sum(line_count) as line_count
    from {{ ref('fct_sales_daily') }}
    group by company_id
),

mart as (
    select company_id, sum(net_sales_amount) as net_amount, sum(line_count) as line_count
    from {{ ref('mart_sales_daily') }}
    group by company_id
)

select staged.company_id
from staged
left join lines using (company_id)
left join daily using (company_id)
left join mart using (company_id)
where
    (staged.net_amount, staged.line_count) is distinct from (lines.net_amount, lines.line_count)
    or (staged.net_amount, staged.line_count) is distinct from (daily.net_amount, daily.line_count)
    or (staged.net_amount, staged.line_count) is distinct from (mart.net_amount, mart.line_count)
