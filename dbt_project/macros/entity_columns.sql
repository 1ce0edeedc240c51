{#-
    The columns of each entity that changes over time, once for both of its staging models: stg_<entities> with its newest
    version per key and stg_<entity>_versions with all of them. shape: the macro that writes the query.
-#}
{% macro customer_columns(shape) %}
{{ shape(
    'customers',
    key=['customer_id'],
    columns=[
        'customer_type', 'region', 'country_code', 'signup_date', 'tier', 'age_band', 'income_band',
        'household_size', 'household_composition', 'kids_count', 'home_ownership', 'marital_status', 'has_consent',
        'erased_at',
    ]
) }}
{% endmacro %}

{% macro location_columns(shape) %}
{{ shape(
    'locations',
    key=['location_id'],
    columns=[
        'location_name', 'location_type', 'parent_location_id', 'region', 'country_code', 'latitude', 'longitude',
        'open_date', 'close_date', 'area_m2', 'timezone', 'cluster',
    ]
) }}
{% endmacro %}

{% macro product_columns(shape) %}
{{ shape(
    'products',
    key=['product_id'],
    columns=[
        'product_name', 'brand', 'manufacturer_id', 'category_1', 'category_2', 'category_3', 'category_4',
        'pack_size', 'uom', 'weight_kg', 'volume_l', 'shelf_life_days', 'launch_date', 'discontinue_date',
        'predecessor_product_id', 'successor_product_id', 'season', 'temperature_class', 'list_price',
        'standard_cost', 'currency', 'tax_class', 'status', 'is_stocked',
    ]
) }}
{% endmacro %}

{% macro supplier_columns(shape) %}
{{ shape(
    'suppliers',
    key=['supplier_id'],
    columns=[
        'supplier_name', 'country_code', 'currency', 'payment_terms_days', 'incoterm', 'order_minimum_amount',
        'order_days', 'quoted_lead_time_days', 'status', 'is_preferred', 'credit_rating',
    ]
) }}
{% endmacro %}

{#- One row per key: its newest version, tombstones dropped. -#}
{% macro newest_version(entity, key, columns) %}
{{ latest_version(entity, key=key, columns=key + columns) }}
{% endmacro %}
