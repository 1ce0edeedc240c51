{{ config(materialized='table') }}

-- Late lines of three months, and of the nine before them: how often a supplier is late, and whether that rises.
with months as (
    select * from {{ ref('int_purchasing_months') }}
),

delivery as (
    select * from {{ ref('int_supplier_delivery_monthly') }}
    where supplier_id is not null
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

trailing_year as (
    select
        months.company_id,
        delivery.supplier_id,
        months.month_start_date,
        sum(delivery.lines_measured_count) as measured_12m,
        sum(delivery.lines_measured_count - delivery.lines_on_time_count) as late_12m,
        {% for name, side in [('3m', '>='), ('before', '<')] -%}
        coalesce(sum(delivery.lines_measured_count) filter (
            where delivery.month_start_date {{ side }} months.quarter_start_date
        ), 0) as measured_{{ name }},
        sum(delivery.lines_measured_count - delivery.lines_on_time_count) filter (
            where delivery.month_start_date {{ side }} months.quarter_start_date
        ) as late_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from months
    inner join delivery
        on
            months.company_id = delivery.company_id
            and delivery.month_start_date between months.year_start_date and months.month_start_date
    group by months.company_id, delivery.supplier_id, months.month_start_date
),

companies as (
    select
        company_id,
        month_start_date,
        sum(late_12m) / nullif(sum(measured_12m), 0) as late_pct
    from trailing_year
    group by company_id, month_start_date
)

select
    trailing_year.company_id,
    trailing_year.supplier_id,
    trailing_year.month_start_date,
    trailing_year.measured_12m::integer as lines_measured_12m_count,
    (
        case
            when trailing_year.measured_3m > 0
                then
                    (trailing_year.late_3m + policies.shrinkage_lines * companies.late_pct)
                    / (trailing_year.measured_3m + policies.shrinkage_lines)
        end
    )::numeric(9, 6) as late_shrunk_pct,
    -- Two shares of few lines differ by chance.
    (
        case
            when least(trailing_year.measured_3m, trailing_year.measured_before) >= policies.minimum_lines
                then
                    trailing_year.late_3m / nullif(trailing_year.measured_3m, 0)::numeric
                    - trailing_year.late_before / nullif(trailing_year.measured_before, 0)::numeric
        end
    )::numeric(9, 6) as late_rise_pct
from trailing_year
inner join companies using (company_id, month_start_date)
inner join policies on trailing_year.company_id = policies.company_id
