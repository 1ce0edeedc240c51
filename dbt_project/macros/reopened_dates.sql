{#-
    Days a fact has to redo: those its own batches touch, and those on which a member of a dimension is no longer the one
    the fact points to (a product that was unknown when it sold, a version that came late). The fact is looked up by
    name and not by ref, because it is built after this; where it does not exist yet there is nothing to redo.
    members: list of {dimension, entity, natural, key, is_type_2}, the last true where it is not said.
-#}
{% macro reopened_dates(affected, fact, date_column, members) %}
{%- set existing = existing_fact(fact) -%}
with touched as (
    select * from {{ affected }}
)

select company_id, affected_date from touched
{% if existing %}
{%- for member in members %}

union

select
    facts.company_id,
    facts.{{ date_column }} as affected_date
from {{ existing }} as facts
left join {{ member.dimension }} as dimension
    on
        facts.company_id = dimension.company_id
        and facts.{{ member.natural }} = dimension.{{ member.natural }}
        {% if member.get('is_type_2', true) -%}
        and facts.{{ date_column }} >= dimension.valid_from
        and facts.{{ date_column }} < dimension.valid_to
        {%- endif %}
where
    facts.{{ member.key }} <> coalesce(dimension.{{ member.key }}, -1)
    -- Only a build that brings rows of the dimension can move its members.
    and exists (
        select 1 from {{ source('raw', member.entity) }} where _batch_id in ({{ claimed_batches() }})
    )
{%- endfor %}
{% endif %}
{{- or_broken_off() }}
{% endmacro %}

{#- Ends a list of days with those that the list named in a build which broke off. -#}
{% macro or_broken_off() %}
{%- set before = existing_table(this.schema, this.identifier) %}
{%- if before %}

union

-- Of a build that broke off some tables are redone and others not: only its own list knows what moved.
select company_id, affected_date
from {{ before }}
where
    exists (
        select 1 from {{ source('ops', 'builds') }}
        where
            finished_at is null
            and attempt_id = (
                select attempt_id from {{ source('ops', 'builds') }} order by attempt_id desc offset 1 limit 1
            )
    )
{%- endif %}
{% endmacro %}

{#-
    The table of a fact as the last build left it, for models that the fact itself is made from; empty before the first
    build and in a full refresh.
-#}
{% macro existing_fact(name) -%}
    {{- existing_table('core', name) -}}
{%- endmacro %}

{#- The same of any table. -#}
{% macro existing_table(schema, name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
    {{ adapter.get_relation(database=target.database, schema=schema, identifier=name) or '' }}
    {%- endif -%}
{%- endmacro %}

{#- Rows of a table as the last build left it; none before the first build and in a full refresh. columns: types by name. -#}
{% macro existing_rows(schema, name, columns) -%}
    {%- set existing = existing_table(schema, name) | trim -%}
    select
        {%- for column, type in columns.items() %}
        {{ column if existing else 'null::' ~ type ~ ' as ' ~ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ 'from ' ~ existing if existing else 'where false' }}
{%- endmacro %}
