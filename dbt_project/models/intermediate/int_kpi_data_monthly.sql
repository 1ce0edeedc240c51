-- Rows refused by the month of the run, and feeds that are as young as they should be: nobody knows that of the past, so
-- this one has its current month only. A view: what failed to be built is told, too.
with months as (
    select company_id, max(month_start_date) as month_start_date
    from {{ ref('int_company_months') }}
    group by company_id
),

quarantined as (
    select
        company_id,
        date_trunc('month', business_date)::date as month_start_date,
        sum(rows_quarantined) as numerator,
        sum(rows_read) as denominator
    from {{ ref('int_data_quality_daily') }}
    group by company_id, date_trunc('month', business_date)
),

feeds as (
    select
        months.company_id,
        months.month_start_date,
        count(*) filter (where feeds.freshness_status = 'fresh') as numerator,
        count(*) as denominator
    from months
    inner join {{ ref('int_data_freshness') }} as feeds on months.company_id = feeds.company_id
    where feeds.freshness_status <> 'unknown'
    group by months.company_id, months.month_start_date
)

{% for kpi_id, source in [('quarantined_pct', 'quarantined'), ('fresh_feeds_pct', 'feeds')] -%}
{{ 'union all' if not loop.first }}
select
    company_id,
    month_start_date,
    '{{ kpi_id }}' as kpi_id,
    numerator::numeric(24, 6) as numerator,
    denominator::numeric(24, 6) as denominator
from {{ source }}
{% endfor %}
