{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are rooms with their own grants, so their names are taken as they stand. -#}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
