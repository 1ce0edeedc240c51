{#- Evidence from 0 to 1: none up to half the limit, full at the limit; null where nobody knows, which least() would skip. -#}
{% macro evidence(amount, full_at) -%}
    case
        when {{ amount }} is not null
            then greatest(0, least(1, ({{ amount }} - {{ full_at }} / 2.0) / ({{ full_at }} / 2.0)))
    end::numeric(9, 6)
{%- endmacro %}

{#- Thresholds that decide which orders are suspect, of one company; what follows from a verdict is not among them. -#}
{% macro suspect_thresholds(policies) -%}
    {%- set names = [
        'channels', 'usual_days', 'usual_sale_days', 'burst_minutes', 'burst_orders', 'burst_factor', 'shared_days',
        'shared_customers', 'price_factor', 'return_hours', 'burst_weight', 'shared_weight', 'price_weight',
        'return_weight', 'limit'
    ] -%}
    md5(row({% for name in names %}{{ policies }}.suspect_{{ name }}{{ ', ' if not loop.last }}{% endfor %})::text)
{%- endmacro %}

{#- Days between a sale and its return, at most: an order that goes back within the hours does so within these days. -#}
{% macro return_days(policies) -%}
    ({{ policies }}.suspect_return_hours + 23) / 24
{%- endmacro %}

{#- Whether orders were scored before: else all of them are in scope. -#}
{% macro has_scores() -%}
    {{- existing_table('intermediate', 'int_transactions_scored') | trim -}}
{%- endmacro %}
