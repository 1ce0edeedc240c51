-- The last word of every run, to the cent and to the line: the newest accepted raw versions = lines = daily fact = daily
-- mart, and the daily mart up to the current week = weekly mart.
{{ config(tags=['reconciliation']) }}

with accepted as (
    {{ accepted_rows('sales_lines') }}
),

newest as (
    select distinct on (company_id, transaction_id, line_number)
        company_id,
        net_amount,
        is_deleted
    from accepted
    order by company_id, transaction_id, line_number, {{ newest_first() }}
),

totals as (
    select 'all' as scope, company_id, sum(net_amount) as net_amount, count(*) as line_count
    from newest
    where not coalesce(is_deleted, false)
    group by company_id

    union all

    select 'all', company_id, sum(net_amount), count(*)
    from {{ ref('fct_sales_lines') }}
    group by company_id

    union all

    select 'all', company_id, sum(net_amount), sum(line_count)
    from {{ ref('fct_sales_daily') }}
    group by company_id

    union all

    select 'all', company_id, sum(net_sales_amount), sum(line_count)
    from {{ ref('mart_sales_daily') }}
    group by company_id

    union all

    select 'weeks', sales.company_id, sum(sales.net_sales_amount), null
    from {{ ref('mart_sales_daily') }} as sales
    inner join {{ ref('int_company_policies') }} as policies on sales.company_id = policies.company_id
    where date_trunc('week', sales.sale_date) <= policies.business_date
    group by sales.company_id

    union all

    select 'weeks', company_id, sum(net_sales_amount), null
    from {{ ref('mart_kpi_weekly') }}
    group by company_id
)

select scope, company_id
from totals
group by scope, company_id
having
    min(net_amount) <> max(net_amount)
    or min(line_count) <> max(line_count)
    or count(net_amount) <> case scope when 'all' then 4 else 2 end
