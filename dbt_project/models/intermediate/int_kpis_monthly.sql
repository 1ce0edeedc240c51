-- Every KPI from its first month on, with what it was before. A part of a month is no month of what adds up over it.
{{ config(tags=['after_ml']) }}

with measured as (
    {% for part in ['sales', 'stock', 'assortment', 'service', 'forecast', 'data'] -%}
    {{ 'union all' if not loop.first }}
    select company_id, month_start_date, kpi_id, numerator, denominator
    from {{ ref('int_kpi_' ~ part ~ '_monthly') }}
    {% endfor %}
),

calculated as (
    select
        measured.company_id,
        measured.month_start_date,
        measured.kpi_id,
        measured.numerator,
        measured.denominator,
        case when kpis.is_ratio then measured.numerator / nullif(measured.denominator, 0) else measured.numerator end
            as actual
    from measured
    inner join {{ ref('int_kpi_definitions') }} as kpis on measured.kpi_id = kpis.kpi_id
),

firsts as (
    select company_id, kpi_id, min(month_start_date) as first_month_date
    from calculated
    where actual is not null
    group by company_id, kpi_id
),

spine as (
    select
        months.*,
        kpis.*,
        calculated.numerator,
        calculated.denominator,
        calculated.actual::numeric(24, 6) as actual,
        case when months.is_complete_month or not kpis.is_cumulative then calculated.actual end as comparable
    from {{ ref('int_company_months') }} as months
    inner join firsts on months.company_id = firsts.company_id and months.month_start_date >= firsts.first_month_date
    inner join {{ ref('int_kpi_definitions') }} as kpis on firsts.kpi_id = kpis.kpi_id
    left join calculated
        on
            months.company_id = calculated.company_id
            and months.month_start_date = calculated.month_start_date
            and firsts.kpi_id = calculated.kpi_id
)

select
    *,
    (lag(comparable) over history)::numeric(24, 6) as previous_month_actual,
    (lag(comparable, 12) over history)::numeric(24, 6) as year_ago_actual,
    {% for months in [3, 12] -%}
    case when count(comparable) over last_{{ months }} = {{ months }} then avg(comparable) over last_{{ months }} end
        as mean_{{ months }}m,
    (comparable - case when count(comparable) over last_{{ months }} = {{ months }} then avg(comparable) over last_{{ months }} end)::numeric(
        24, 6
    ) as change_{{ months }}m{{ ',' if not loop.last }}
    {% endfor %}
from spine
window
    history as (partition by company_id, kpi_id order by month_start_date),
    last_3 as (partition by company_id, kpi_id order by month_start_date rows between 3 preceding and 1 preceding),
    last_12 as (partition by company_id, kpi_id order by month_start_date rows between 12 preceding and 1 preceding)
