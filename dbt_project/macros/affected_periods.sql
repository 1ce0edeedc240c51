{#-
    All days of the weeks or months in which a build redoes a day. Sums over such a period are made anew from these days, and
    replaced by the first of them, which names the period.
    affected: relation or query of company_id and affected_date; period: week | month.
-#}
{% macro affected_periods(affected, period) -%}
    select
        periods.company_id,
        day::date as affected_date
    from (
        select distinct company_id, date_trunc('{{ period }}', affected_date)::timestamp as first_day
        from {{ affected }} as days
    ) as periods
    cross join lateral generate_series(
        periods.first_day,
        periods.first_day + interval '1 {{ period }}' - interval '1 day',
        interval '1 day'
    ) as day
{%- endmacro %}

{#-
    Weeks that a table of planning locations has to redo: those with an affected day, and those with a row of a planning
    location that no longer stands for the places that it was made from. The table says so itself, by places_hash, so that
    a build which broke off loses nothing.
-#}
{% macro affected_planned_weeks(affected, table) -%}
    {%- set existing = existing_table('intermediate', table) -%}
    with touched as (
        select company_id, affected_date from {{ affected }}
        {% if existing %}
        union all
        select weekly.company_id, weekly.week_start_date
        from (
            select distinct company_id, planning_location_id, places_hash, week_start_date from {{ existing }}
        ) as weekly
        left join (
            select distinct company_id, planning_location_id, places_hash from {{ ref('int_locations_planned') }}
        ) as plans using (company_id, planning_location_id)
        where weekly.places_hash is distinct from plans.places_hash
        {% endif %}
    )

    {{ affected_periods('touched', 'week') }}
{%- endmacro %}
