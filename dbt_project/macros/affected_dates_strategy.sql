{#-
    Incremental strategy "affected_dates": delete the affected days of the affected companies, insert them anew, in one
    transaction. Unlike delete+insert by key it also empties a day whose last row went away.
    The model names the table of days in meta.affected_dates and its own date column in meta.date_column.
-#}
{% macro get_incremental_affected_dates_sql(arg_dict) %}
    {%- set meta = config.get('meta') -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target_relation }} as target
    using {{ ref(meta['affected_dates']) }} as affected
    where
        target.company_id = affected.company_id
        and target.{{ meta['date_column'] }} = affected.affected_date;

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {%- set rows -%}
    select company_id, null as product_id, '{{ meta['date_column'] }}', min(affected_date) as from_date
    from {{ ref(meta['affected_dates']) }}
    group by company_id
    {%- endset %}
    {{- note_unpublished(target_relation, rows) }}
{% endmacro %}

{#- Keeps an incremental model to the days its build redoes. -#}
{% macro only_affected_dates(affected_relation, company_column, date_column) -%}
    exists (
        select 1
        from {{ affected_relation }} as affected
        where affected.company_id = {{ company_column }} and affected.affected_date = {{ date_column }}
    )
{%- endmacro %}
