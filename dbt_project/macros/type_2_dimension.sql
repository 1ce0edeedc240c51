{#-
    Type 2 dimension from all versions of an entity: consecutive versions with equal attributes are one row; the first
    version holds since ever, because facts may be older than the first extract; the unknown member has key -1.
    valid_from is inclusive, valid_to exclusive. The key follows the attributes too: a version corrected within its day, or
    overtaken by an older one, becomes another member, and the facts that copied from it are redone.
-#}
{% macro type_2_dimension(versions, natural_key, entity_key, attributes, unknown) %}
with versions as (
    select * from {{ versions }}
),

fingerprinted as (
    select
        *,
        md5(row({{ attributes | join(', ') }})::text) as attribute_hash
    from versions
),

last_of_day as (
    select distinct on (company_id, {{ natural_key }}, effective_date)
        *
    from fingerprinted
    order by company_id, {{ natural_key }}, effective_date, {{ newest_first() }}
),

compared as (
    select
        *,
        lag(attribute_hash) over (
            partition by company_id, {{ natural_key }} order by effective_date
        ) as previous_hash
    from last_of_day
),

changes as (
    select
        *,
        case
            when lag(effective_date) over member is null then date '1900-01-01'
            else effective_date
        end as valid_from,
        coalesce(lead(effective_date) over member, date '9999-12-31') as valid_to
    from compared
    where previous_hash is distinct from attribute_hash
    window member as (partition by company_id, {{ natural_key }} order by effective_date)
)

select
    {{ surrogate_key(['company_id', natural_key, 'valid_from', 'attribute_hash']) }} as {{ entity_key }},
    company_id,
    {{ natural_key }},
    {% for attribute in attributes -%}
    {{ attribute }},
    {% endfor -%}
    valid_from,
    valid_to,
    valid_to = date '9999-12-31' as is_current
from changes

union all

select
    -1 as {{ entity_key }},
    'unknown' as company_id,
    'unknown' as {{ natural_key }},
    {% for attribute in attributes -%}
    {{ unknown.get(attribute, 'null') }} as {{ attribute }},
    {% endfor -%}
    date '1900-01-01' as valid_from,
    date '9999-12-31' as valid_to,
    true as is_current
{% endmacro %}

{#- All versions of an entity with the day from which each holds: the source's change time, or the date of the file. -#}
{% macro all_versions(entity, key, columns) %}
with accepted as (
    {{ accepted_rows(entity) }}
)

select
    company_id,
    source_system,
    {% for column in key + columns -%}
    {{ masked(column) }},
    {% endfor -%}
    coalesce(updated_at::date, _file_date) as effective_date,
    updated_at,
    _file_date,
    _batch_id,
    _loaded_at,
    _row_number
from accepted
where not coalesce(is_deleted, false)
{% endmacro %}

{#- Surrogate key of the member that held on a day, or the unknown member. -#}
{% macro member_key(alias, entity_key) -%}
    coalesce({{ alias }}.{{ entity_key }}, -1)
{%- endmacro %}
