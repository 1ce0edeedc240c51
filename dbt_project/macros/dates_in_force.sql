{#- Dates, as literals, of the snapshots that hold on the day before the first that this build redoes of a company. -#}
{% macro dates_in_force(fact) -%}
    {%- set query -%}
    select distinct (day_before.inventory_date - day_before.snapshot_age_days)::text
    from {{ fact }} as day_before
    inner join (
        select company_id, min(affected_date) as first_date
        from {{ ref('int_inventory_dates_affected') }}
        group by company_id
    ) as companies
        on day_before.company_id = companies.company_id and day_before.inventory_date = companies.first_date - 1
    {%- endset -%}
    {%- set dates = run_query(query).columns[0].values() if execute else [] -%}
    {%- for date in dates -%}
    '{{ date }}'::date{{ ', ' if not loop.last }}
    {%- else -%}
    null::date
    {%- endfor -%}
{%- endmacro %}
