{#-
    Incremental strategy "affected_items": of each planning item that a build redoes, delete the weeks from the first that may
    differ, and insert them anew, in one transaction. Sums over weeks run on, so what follows a changed week changes too.
    A model over all items of a company (meta.grain: company) redoes the weeks from the company's first changed one.
    A mart also notes which rows its next publication has to look at.
-#}
{% macro get_incremental_affected_items_sql(arg_dict) %}
    {%- set meta = config.get('meta') -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ target_relation }} as target
    using (
        {{ redone(ref(meta['affected_items']), meta.get('grain', 'item')) }}
    ) as redone
    where
        target.company_id = redone.company_id
        {% if meta.get('grain', 'item') == 'item' -%}
        and target.product_id = redone.product_id
        and target.planning_location_id = redone.planning_location_id
        {% endif -%}
        and target.week_start_date >= redone.from_date;

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {{- note_unpublished(target_relation, redone_rows(ref(meta['affected_items']), meta.get('grain', 'item'))) }}
{% endmacro %}

{% macro redone_rows(affected, grain) -%}
    select company_id, null as product_id, 'week_start_date', min(company_from_date) as from_date
    from {{ affected }}
    where company_from_date < 'infinity'
    group by company_id
    {%- if grain == 'item' %}
    union all
    select company_id, product_id, 'week_start_date', min(from_date) as from_date
    from {{ affected }}
    where from_date < company_from_date
    group by company_id, product_id
    {%- endif %}
{%- endmacro %}

{#- From which week on a build redoes which items, or which companies. -#}
{% macro redone(affected, grain) -%}
    {%- if grain == 'item' -%}
    select company_id, product_id, planning_location_id, from_date from {{ affected }}
    {%- else -%}
    select company_id, min(company_from_date) as from_date from {{ affected }} group by company_id
    {%- endif -%}
{%- endmacro %}

{#- Planning items with the week from which on a build redoes them: all weeks where it makes the table anew. -#}
{% macro items_to_redo(affected) -%}
    select
        company_id,
        product_id,
        planning_location_id,
        first_week_date,
        {{ 'from_date' if is_incremental() else 'first_week_date as from_date' }}
    from {{ affected }}
    where first_week_date is not null
{%- endmacro %}

{#-
    Keeps what a model over items reads to the weeks that its build redoes, and some before them. The first week is asked for
    beforehand and written into the statement, so that the planner knows how few rows there are; so is whether any item is
    redone from an earlier one, because looking for these means reading all weeks.
-#}
{% macro only_redone_weeks(affected, rows, weeks_before=0) -%}
    {%- if not is_incremental() -%}
    true
    {%- elif not items_redone_apart(affected) -%}
    {{ rows }}.week_start_date >= {{ first_week_to_redo(affected) }} - {{ 7 * weeks_before }}
    {%- else -%}
    (
        {{ rows }}.week_start_date >= {{ first_week_to_redo(affected) }} - {{ 7 * weeks_before }}
        or ({{ rows }}.company_id, {{ rows }}.product_id, {{ rows }}.planning_location_id) in (
            select company_id, product_id, planning_location_id from {{ affected }}
            where from_date < company_from_date
        )
    )
    {%- endif -%}
{%- endmacro %}

{#- All that a build makes anew of a query's rows, which may begin some weeks before. -#}
{% macro redone_weeks_of(rows, affected) -%}
    select {{ rows }}.*
    from {{ rows }}
    {% if is_incremental() -%}
    inner join {{ affected }} as redone_items
        on
            {{ rows }}.company_id = redone_items.company_id
            and {{ rows }}.product_id = redone_items.product_id
            and {{ rows }}.planning_location_id = redone_items.planning_location_id
            and {{ rows }}.week_start_date >= redone_items.from_date
    {%- endif %}
{%- endmacro %}

{#- The same for a model over all items of a company. -#}
{% macro only_redone_company_weeks(affected, rows) -%}
    (
        {{ rows }}.week_start_date >= {{ first_week_to_redo(affected) }}
        and exists (
            select 1
            from ({{ redone(affected, 'company') }}) as redone
            where redone.company_id = {{ rows }}.company_id and redone.from_date <= {{ rows }}.week_start_date
        )
    )
{%- endmacro %}

{% macro first_week_to_redo(affected, column='company_from_date') -%}
    {%- set query = "select coalesce(min(" ~ column ~ "), 'infinity')::text from " ~ affected -%}
    '{{ run_query(query).columns[0][0] if execute else 'infinity' }}'::date
{%- endmacro %}

{#- The first week of any item, for rows that belong to several items or to no week. -#}
{% macro first_week_of_any_item(affected) -%}
    {{ first_week_to_redo(affected, 'from_date') if is_incremental() else "'-infinity'::date" }}
{%- endmacro %}

{#- Says 'some' where items are redone from an earlier week than their company, and nothing where none is. -#}
{% macro items_redone_apart(affected) -%}
    {%- set query = "select count(*) from " ~ affected ~ " where from_date < company_from_date" -%}
    {{- 'some' if execute and run_query(query).columns[0][0] > 0 -}}
{%- endmacro %}

{#-
    Tells in SQL that no run has shown yet what was made from the lists of the build before: it may have broken off before
    the last of its tables, so the next build redoes what they name once more. Refreshes make no such lists.
-#}
{% macro lists_are_pending() -%}
    not exists (
        select 1
        from (
            select build_id, started_at from {{ source('ops', 'builds') }}
            where build_id <> 'refresh'
            order by attempt_id desc limit 1 offset 1
        ) as before
        inner join {{ source('ops', 'publications') }} as publications
            on
                split_part(before.build_id, '@', 1) = publications.company_id
                and before.started_at < publications.published_at
                and not publications.is_partial
    )
{%- endmacro %}
