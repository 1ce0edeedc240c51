{#-
    No two rows share the key, and none lacks a part of it: one scan instead of one for each column. A part that may be
    missing is listed in nullable, and a missing part equals another.
-#}
{% test primary_key(model, columns, nullable=[]) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
