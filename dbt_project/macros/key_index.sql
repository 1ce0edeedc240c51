{#-
    Unique index over the key that the model's primary_key test states. The publication of a mart tells its rows
    apart by it, and BI finds them by it. A table that is built in place keeps the one it has.
-#}
{% macro key_index() -%}
    {%- if execute and not is_incremental() -%}
    {%- for test in graph.nodes.values() | selectattr('attached_node', 'defined') -%}
    {%- if test.attached_node == model.unique_id and test.test_metadata.name == 'primary_key' -%}
    create unique index on {{ this }} ({{ test.test_metadata.kwargs.columns | join(', ') }}) nulls not distinct
    {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
