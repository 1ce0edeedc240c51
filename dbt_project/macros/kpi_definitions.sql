{#-
    The KPIs of the catalogue, in the order in which it shows them. What each means is said in docs/metrics.md.
    id, name, area, unit, direction, tolerance, is_ratio, is_cumulative.
    tolerance: how far from its target a KPI is still near, and from its past still steady - a share of either; within a
    band it is also the half width, in the unit of the KPI, of money as a share. is_cumulative: grows over the month, so that a part of one is no month.
    unit: share, or amount (in the currency of the company), days, count, ratio.
-#}
{% macro kpi_definitions() -%}
{{ return([
    ('net_sales_amount', 'Net sales', 'sales', 'amount', 'higher_is_better', 0.05, false, true),
    ('gross_margin_amount', 'Gross margin', 'sales', 'amount', 'higher_is_better', 0.05, false, true),
    ('gross_margin_pct', 'Gross margin rate', 'sales', 'share', 'higher_is_better', 0.05, true, false),
    ('discount_pct', 'Discount rate', 'sales', 'share', 'lower_is_better', 0.05, true, false),
    ('transaction_count', 'Transactions', 'sales', 'count', 'higher_is_better', 0.05, false, true),
    ('average_basket_amount', 'Average basket', 'sales', 'amount', 'higher_is_better', 0.05, true, false),
    ('return_pct', 'Return rate', 'sales', 'share', 'lower_is_better', 0.1, true, false),
    ('closing_stock_amount', 'Stock at cost', 'inventory', 'amount', 'within_band', 0.1, false, false),
    ('turnover_cost', 'Turnover at cost', 'inventory', 'ratio', 'higher_is_better', 0.05, true, false),
    ('gmroi', 'GMROI', 'inventory', 'ratio', 'higher_is_better', 0.05, true, false),
    ('cover_days', 'Cover at cost', 'inventory', 'days', 'within_band', 10, true, false),
    ('stockout_pct', 'Stock-out rate', 'inventory', 'share', 'lower_is_better', 0.1, true, false),
    ('aged_90_pct', 'Stock older than 90 days', 'inventory', 'share', 'lower_is_better', 0.1, true, false),
    ('active_sku_pct', 'Active SKU rate', 'inventory', 'share', 'higher_is_better', 0.05, true, false),
    ('sell_through_pct', 'Sell-through of four weeks', 'inventory', 'share', 'higher_is_better', 0.05, true, false),
    ('supplier_otif_pct', 'Supplier OTIF', 'purchasing', 'share', 'higher_is_better', 0.05, true, false),
    ('supplier_on_time_pct', 'Supplier on time', 'purchasing', 'share', 'higher_is_better', 0.05, true, false),
    ('lead_time_cv', 'Variation of lead times', 'purchasing', 'ratio', 'lower_is_better', 0.1, true, false),
    ('ppv_contract_pct', 'Price variance to contract', 'purchasing', 'share', 'lower_is_better', 0.1, true, false),
    ('order_fill_pct', 'Order fill rate', 'customers', 'share', 'higher_is_better', 0.05, true, false),
    ('customer_otif_pct', 'Customer OTIF', 'customers', 'share', 'higher_is_better', 0.05, true, false),
    ('perfect_order_pct', 'Perfect orders', 'customers', 'share', 'higher_is_better', 0.05, true, false),
    ('carrier_on_time_pct', 'Carrier on time', 'logistics', 'share', 'higher_is_better', 0.05, true, false),
    ('forecast_wape', 'Forecast error (WAPE)', 'forecast', 'share', 'lower_is_better', 0.1, true, false),
    ('forecast_bias', 'Forecast bias', 'forecast', 'share', 'within_band', 0.05, true, false),
    ('quarantined_pct', 'Rows quarantined', 'data', 'share', 'lower_is_better', 0.1, true, false),
    ('fresh_feeds_pct', 'Fresh feeds', 'data', 'share', 'higher_is_better', 0.05, true, false),
]) }}
{%- endmacro %}
