{% for id, name, area, unit, direction, tolerance, is_ratio, is_cumulative in kpi_definitions() -%}
{{ 'union all' if not loop.first }}
select
    {{ loop.index }} as kpi_order,
    '{{ id }}' as kpi_id,
    '{{ name }}' as kpi_name,
    '{{ area }}' as area,
    '{{ unit }}' as unit,
    '{{ direction }}' as direction,
    {{ tolerance }}::numeric as tolerance,
    {{ is_ratio | lower }} as is_ratio,
    {{ is_cumulative | lower }} as is_cumulative
{% endfor %}
