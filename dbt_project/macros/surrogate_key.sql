{% macro surrogate_key(expressions) -%}
    {#- 64 bits of md5 over the natural key: stable across rebuilds and servers, half the width of a uuid. -#}
    ('x' || substr(md5(concat_ws('|', {{ expressions | join(', ') }})), 1, 16))::bit(64)::bigint
{%- endmacro %}

{% macro date_key(expression) -%}
    to_char({{ expression }}, 'YYYYMMDD')::integer
{%- endmacro %}
