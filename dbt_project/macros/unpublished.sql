{#-
    Statement that notes for the next publication which rows of a mart a build has made anew. Tables of other rooms are
    never published.
    rows: query of company_id, product_id (null: of all products), date_column and from_date.
-#}
{% macro note_unpublished(target_relation, rows) -%}
    {%- if model.fqn[1] == 'marts' -%}
    ;
    insert into {{ source('ops', 'unpublished_rows') }} (mart_name, company_id, product_id, date_column, from_date)
    select '{{ target_relation.identifier }}', noted.*
    from ({{ rows }}) as noted
    {%- endif -%}
{%- endmacro %}
