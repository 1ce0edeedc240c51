{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are rooms with their own grants, so their names are taken as they stand. A past state has rooms of its own. -#}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}{{ '_as_of' if var('publication_id') }}
{%- endmacro %}
