{#- Every group has a row for each day from its first to its last. -#}
{% test no_gaps_in_dates(model, column_name, group_by) %}
select
    {{ group_by | join(', ') }},
    count(distinct {{ column_name }}) as found,
    max({{ column_name }}) - min({{ column_name }}) + 1 as expected
from {{ model }}
group by {{ group_by | join(', ') }}
having count(distinct {{ column_name }}) <> max({{ column_name }}) - min({{ column_name }}) + 1
{% endtest %}
