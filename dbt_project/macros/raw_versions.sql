{#- Rows of a raw entity that passed the gate. Batches the gate refused stay in raw and are never seen from here on. -#}
{% macro accepted_rows(entity) %}
    select raw_rows.*
    from {{ source('raw', entity) }} as raw_rows
    inner join {{ source('ops', 'batches') }} as batches on raw_rows._batch_id = batches.batch_id
    where {{ is_accepted('batches') }}
{% endmacro %}

{#- The newest version wins: by the source's own change time where it keeps one, else by date of the file, else by arrival. -#}
{% macro newest_first() -%}
    updated_at desc nulls last, _file_date desc, _batch_id desc, _loaded_at desc, _row_number desc
{%- endmacro %}

{#- One row per key: its newest version. Tombstones are dropped, unless they are asked for; then they are marked is_deleted. -#}
{% macro latest_version(entity, key, columns, with_deleted=false) %}
with accepted as (
    {{ accepted_rows(entity) }}
),

latest as (
    select distinct on (company_id, {{ key | join(', ') }})
        *
    from accepted
    order by company_id, {{ key | join(', ') }}, {{ newest_first() }}
)

select
    company_id,
    source_system,
    {% for column in columns -%}
    {{ masked(column) }},
    {% endfor -%}
    {% if with_deleted -%}
    coalesce(is_deleted, false) as is_deleted,
    {% endif -%}
    _batch_id
from latest
{% if not with_deleted -%}
where not coalesce(is_deleted, false)
{%- endif %}
{% endmacro %}

{#-
    The same for entities too large to sort at every build: an incremental table. A build touches the keys that its
    batches brought, and reads all versions of these keys, so that a late file never overrules a newer state.
    Tombstones stay, marked is_deleted, so that the facts can take them out.
-#}
{% macro latest_version_incremental(entity, key, columns) %}
with accepted as (
    {{ accepted_rows(entity) }}
),

{% if is_incremental() and brings_known_keys(entity, key, this) %}
changed_keys as (
    {{ changed_keys(entity, key) }}
),

candidates as (
    select accepted.*
    from accepted
    inner join changed_keys using (company_id, {{ key | join(', ') }})
),
{% elif is_incremental() %}
candidates as (
    select * from accepted
    where _batch_id in ({{ claimed_batches() }})
),
{% endif %}

latest as (
    select distinct on (company_id, {{ key | join(', ') }})
        *
    from {{ 'candidates' if is_incremental() else 'accepted' }}
    order by company_id, {{ key | join(', ') }}, {{ newest_first() }}
)

select
    company_id,
    source_system,
    {% for column in columns -%}
    {{ masked(column) }},
    {% endfor -%}
    coalesce(is_deleted, false) as is_deleted,
    _batch_id
from latest
{% endmacro %}

{#-
    Batches whose rows a build works on. A refresh during the day claims none, so that the next build takes all of them up
    again: it works on every batch that waits for that build. As numbers: for a query the planner would take them for a good
    part of all rows and read all of raw, while numbers are found by the index and pass parts of raw by.
-#}
{% macro claimed_batches() -%}
    {%- set claimed -%}
    select batch_id
    from {{ source('ops', 'batches') }}
    where
        {% if var('build') == 'refresh' -%}
        built_at is null and gate_status in ('passed', 'released')
        {%- else -%}
        build_id = current_setting('orw.build_id', true)
        {%- endif %}
    order by batch_id
    {%- endset -%}
    {{- (run_query(claimed).columns[0].values() if execute else []) | join(', ') or 'null' -}}
{%- endmacro %}
