{#-
    Incremental strategy "affected_dates": delete the affected days of the affected companies, insert them anew, in one
    transaction. Unlike delete+insert by key it also empties a day whose last row went away.
    The model names the table of days in meta.affected_dates and its own date column in meta.date_column. In
    meta.affected_products it may name a table of products of which all days are redone, where is_redone says so.
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
    {%- if meta.get('affected_products') %}

    delete from {{ target_relation }} as target
    using {{ ref(meta['affected_products']) }} as affected
    where
        affected.is_redone
        and target.company_id = affected.company_id
        and target.product_id = affected.product_id;
    {%- endif %}

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {%- set rows -%}
    select company_id, null as product_id, '{{ meta['date_column'] }}', min(affected_date) as from_date
    from {{ ref(meta['affected_dates']) }}
    group by company_id
    {%- if meta.get('affected_products') %}
    union all
    select company_id, product_id, '{{ meta['date_column'] }}', '-infinity'::date as from_date
    from {{ ref(meta['affected_products']) }}
    where is_redone and product_id is not null
    {%- endif %}
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

{#-
    What a model per product and month reads of a table of that grain: the months that its build redoes, those before them
    that its windows reach back to, and all months of the products that it redoes. Apart, so that few months are found by index.
-#}
{% macro months_to_read(rows, affected_dates, affected_products, months_before) -%}
    {%- set months -%}
    (
        select distinct
            company_id,
            (affected_date - make_interval(months => earlier.months))::date as month_start_date
        from {{ affected_dates }}
        cross join (values {% for months in range(months_before + 1) %}({{ months }}){{ ', ' if not loop.last }}{% endfor %}) as earlier (months)
    ) as months_read
    {%- endset -%}
    select monthly.*
    from {{ rows }} as monthly
    {%- if is_incremental() %}
    inner join {{ months }}
        on monthly.company_id = months_read.company_id and monthly.month_start_date = months_read.month_start_date
    union all
    select monthly.*
    from {{ rows }} as monthly
    inner join {{ affected_products }} as products
        on monthly.company_id = products.company_id and monthly.product_id = products.product_id and products.is_redone
    where
        not exists (
            select 1 from {{ months }}
            where monthly.company_id = months_read.company_id and monthly.month_start_date = months_read.month_start_date
        )
    {%- endif %}
{%- endmacro %}
