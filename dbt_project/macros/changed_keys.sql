{#- Keys of which a build's batches brought versions. -#}
{% macro changed_keys(entity, key) %}
    select distinct company_id, {{ key | join(', ') }}
    from {{ source('raw', entity) }}
    where _batch_id in ({{ claimed_batches() }})
{% endmacro %}

{#-
    Whether an earlier build has seen versions of any of these keys. Nearly all that comes is new, and versions of what is new
    need not be looked for in all of raw, where no index finds them.
-#}
{% macro brings_known_keys(entity, key, staging) %}
    {%- set query -%}
    select exists (
        select 1
        from ({{ changed_keys(entity, key) }}) as changed
        inner join {{ staging }} as staged using (company_id, {{ key | join(', ') }})
    )
    {%- endset -%}
    {{- return(run_query(query).columns[0][0] if execute else true) -}}
{% endmacro %}

{#-
    Dates a build must redo: the dates of every version of the keys its batches brought. A row that moved from one day
    to another re-opens both, a tombstone the day it leaves. Built before the staging table takes up the new keys. Where all
    is made anew nothing has to be re-opened.
-#}
{% macro affected_dates(entity, key, date_column) %}
{%- set staging = existing_table('staging', 'stg_' ~ entity) | trim %}
{%- if not staging or not brings_known_keys(entity, key, staging) %}
select distinct
    company_id,
    {{ date_column }} as affected_date
from {{ source('raw', entity) }}
where _batch_id in ({{ claimed_batches() }})
{%- else %}
with changed_keys as (
    {{ changed_keys(entity, key) }}
)

select distinct
    raw_rows.company_id,
    raw_rows.{{ date_column }} as affected_date
from {{ source('raw', entity) }} as raw_rows
inner join changed_keys using (company_id, {{ key | join(', ') }})
{%- endif %}
{% endmacro %}
