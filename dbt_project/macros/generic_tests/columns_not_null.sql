{#- None of the columns lacks a value: one scan instead of one for each column. -#}
{% test columns_not_null(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where
    false
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
