{#- Monday of the last week that was over at the end of a day: the week of the day itself on its Sunday only. -#}
{% macro last_complete_week(day) -%}
    (date_trunc('week', {{ day }} + 1) - interval '7 days')::date
{%- endmacro %}
