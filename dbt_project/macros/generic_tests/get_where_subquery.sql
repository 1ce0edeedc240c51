{#-
    What a data test looks at: all rows of its model, as dbt has it, or in an incremental build the rows that the build has
    made anew in an incremental table: those of its batches in staging, those of the affected days elsewhere; of a view over
    such tables, which names what is affected, the rows that come from them. The others have passed with the build that made them. What spans days, such as a key that should not come twice, is looked at as a
    whole by every full refresh.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] | select | list -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute and model.attached_node is defined else none -%}
    {%- set is_made_anew = tested and (tested.config.materialized == 'incremental' or tested.config.meta.get('affected_items')) -%}
    {%- if is_made_anew and relation.identifier == tested.alias and of_a_build() -%}
        {%- do conditions.append(rows_of_the_build(tested)) -%}
    {%- endif -%}
    {%- if conditions -%}
        {%- do return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') dbt_subquery') -%}
    {%- else -%}
        {%- do return(relation) -%}
    {%- endif -%}
{%- endmacro %}

{#- Tells whether a build adds to what is there. -#}
{% macro of_a_build() -%}
    {%- do return(execute and not flags.FULL_REFRESH and var('build') != '') -%}
{%- endmacro %}

{% macro rows_of_the_build(node) -%}
    {%- set meta = node.config.meta -%}
    {%- if meta.get('affected_dates') %}
    (company_id, {{ meta['date_column'] }}) in (
        select company_id, affected_date from {{ relation_of(node.package_name, meta['affected_dates']) }}
    )
    {%- elif meta.get('affected_items') %}
    exists (
        select 1
        from ({{ redone(relation_of(node.package_name, meta['affected_items']), 'company') }}) as redone
        where
            redone.company_id = {{ node.alias }}.company_id
            and redone.from_date <= {{ node.alias }}.{{ meta['date_column'] }}
    )
    {%- else -%}
    _batch_id in ({{ claimed_batches() }})
    {%- endif -%}
{%- endmacro %}

{% macro relation_of(package, name) -%}
    {%- set node = graph.nodes['model.' ~ package ~ '.' ~ name] -%}
    {{ api.Relation.create(node.database, node.schema, node.alias) }}
{%- endmacro %}
