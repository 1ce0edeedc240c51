{#-
    A build "as of" a publication reads what that publication was made from: its batches, thresholds and model outputs.
    Every other build reads what is in force.
-#}
{% macro is_accepted(batches) -%}
    {%- if var('publication_id') -%}
    {{ batches }}.batch_id <@ (select batches from {{ published_inputs() }} as publications)
    {%- else -%}
    {{ batches }}.gate_status in ('passed', 'released')
    {%- endif -%}
{%- endmacro %}

{#- The publication that is built again, one row. -#}
{% macro published_inputs() -%}
    (select * from {{ source('ops', 'publications') }} where publication_id = {{ var('publication_id') | int }})
{%- endmacro %}

{#- Whether a row that a model wrote for the published company was there by then. -#}
{% macro was_known(outputs, written_at) -%}
    {%- if var('publication_id') -%}
    exists (
        select 1 from {{ published_inputs() }} as publications
        where
            publications.company_id = {{ outputs }}.company_id
            and publications.published_at >= {{ outputs }}.{{ written_at }}
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
