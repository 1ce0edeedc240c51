{#- Every group has a row for each step from its first date to its last. -#}
{% test no_gaps_in_dates(model, column_name, group_by, step_days=1) %}
select
    {{ group_by | join(', ') }},
    count(distinct {{ column_name }}) as found,
    (max({{ column_name }}) - min({{ column_name }})) / {{ step_days }} + 1 as expected
from {{ model }}
group by {{ group_by | join(', ') }}
having count(distinct {{ column_name }}) <> (max({{ column_name }}) - min({{ column_name }})) / {{ step_days }} + 1
{% endtest %}
