{#-
    A column as it leaves raw. Identifiers of customers (variable masked_columns) leave it as pseudonyms: 64 bits of a hash
    over company and identifier under a key that the build alone reads. Without the key, nobody can tell by trial which
    customer is behind one, nor behind a surrogate key made from one. Without a key there is no pseudonym at all: null.
-#}
{% macro masked(column) -%}
    {%- if column in var('masked_columns') -%}
    substr(encode(sha256(convert_to(
        (select masking_key from {{ source('app', 'masking_key') }}) || '|' || company_id || '|' || {{ column }}, 'UTF8'
    )), 'hex'), 1, 16) as {{ column }}
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}
