{#-
    Comments of a relation and its columns in one statement, without asking the server for the columns first: dbt's own asks
    for every model of every build. A described column that the relation lacks is an error. A table that is kept has them.
-#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if is_incremental() and is_same_project() -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- set comments -%}
    {% if for_relation and config.persist_relation_docs() and model.description -%}
    comment on {{ relation.type }} {{ relation }} is {{ postgres_escape_comment(model.description) }};
    {% endif -%}
    {% if for_columns and config.persist_column_docs() -%}
    {% for column in model.columns.values() if column.description -%}
    comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ postgres_escape_comment(column.description) }};
    {% endfor -%}
    {% endif -%}
    {%- endset -%}
    {%- if comments | trim -%}
        {%- do run_query(comments) -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Tells whether the project is the one of the build before: no other build names exposures (warehouse/layers.py).
    Commands by hand may name them as well, and are no builds.
-#}
{% macro is_same_project() -%}
    {%- do return('exposure' in (invocation_args_dict.get('exclude_resource_types') or []) and of_a_build()) -%}
{%- endmacro %}
