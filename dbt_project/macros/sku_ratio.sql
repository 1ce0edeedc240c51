{#-
    Ratios of a planning item and week, for a query over int_demand_weekly as demand and int_sku_rolling_weekly as rolling, so
    that the star and the marts say the same. Turnover is per year; its three bases differ, so each is named.
-#}
{% macro sku_ratio(name) -%}
{%- set ratios = {
    'turnover_cost': '(rolling.cost_13w_amount / nullif(rolling.average_on_hand_13w_amount, 0) * 52 / rolling.weeks_in_window)::numeric(18, 4)',
    'turnover_retail': '(rolling.net_sales_13w_amount / nullif(rolling.average_on_hand_13w_retail_amount, 0) * 52 / rolling.weeks_in_window)::numeric(18, 4)',
    'turnover_unit': '(rolling.sold_13w_quantity / nullif(rolling.average_on_hand_13w_quantity, 0) * 52 / rolling.weeks_in_window)::numeric(18, 4)',
    'gmroi': '((rolling.costed_net_sales_13w_amount - rolling.cost_13w_amount) / nullif(rolling.average_on_hand_13w_amount, 0) * 52 / rolling.weeks_in_window)::numeric(18, 4)',
    'sell_through_pct': '(rolling.sell_through_4w_numerator / nullif(rolling.sell_through_4w_denominator, 0))::numeric(18, 6)',
    'sell_through_13w_pct': '(rolling.sell_through_13w_numerator / nullif(rolling.sell_through_13w_denominator, 0))::numeric(18, 6)',
    'backward_cover_days': '(demand.closing_on_hand_quantity / nullif(rolling.sold_13w_quantity / (7.0 * rolling.weeks_in_window), 0))::numeric(18, 2)',
    'return_pct': '(rolling.returned_13w_quantity / nullif(rolling.sold_13w_quantity, 0))::numeric(18, 6)',
} -%}
{{ ratios[name] }}
{%- endmacro %}
