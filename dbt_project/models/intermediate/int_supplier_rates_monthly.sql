{{ config(materialized='table') }}

{%- set rates = [
    ('on_time', 'lines_on_time_count', 'lines_measured_count', 'lines_measured_count'),
    ('in_full', 'lines_in_full_count', 'lines_quantity_known_count', 'lines_quantity_known_count'),
    ('reject', 'refused_quantity', 'inspected_quantity', 'lines_inspected_count'),
    ('confirmation', 'confirmed_quantity', 'confirmable_quantity', 'lines_answered_count'),
] -%}

-- Few lines say little: a rate moves towards the one of the company's trailing year, by the weight of so many lines.
with suppliers as (
    select * from {{ ref('int_supplier_delivery_monthly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

companies as (
    select
        company_id,
        month_start_date,
        {% for name, numerator, denominator, sample in rates -%}
        sum(sum({{ numerator }})) over trailing_year / nullif(sum(sum({{ denominator }})) over trailing_year, 0)::numeric
            as {{ name }}_pct{{ ',' if not loop.last }}
        {% endfor %}
    from suppliers
    group by company_id, month_start_date
    window trailing_year as (
        partition by company_id order by month_start_date range between interval '11 months' preceding and current row
    )
)

select
    suppliers.company_id,
    suppliers.supplier_id,
    suppliers.month_start_date,
    {% for name, numerator, denominator, sample in rates -%}
    (suppliers.{{ numerator }} / nullif(suppliers.{{ denominator }}, 0)::numeric)::numeric(9, 6) as {{ name }}_pct,
    (
        (
            suppliers.{{ sample }} * (suppliers.{{ numerator }} / nullif(suppliers.{{ denominator }}, 0)::numeric)
            + policies.shrinkage_lines * companies.{{ name }}_pct
        ) / nullif(suppliers.{{ sample }} + policies.shrinkage_lines, 0)
    )::numeric(9, 6) as {{ name }}_shrunk_pct{{ ',' if not loop.last }}
    {% endfor %}
from suppliers
inner join policies on suppliers.company_id = policies.company_id
inner join companies
    on suppliers.company_id = companies.company_id and suppliers.month_start_date = companies.month_start_date
