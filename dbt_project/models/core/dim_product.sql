-- Grain: one row per company, product and period in which its attributes did not change (type 2).
{{ config(indexes=[{'columns': ['company_id', 'product_id', 'valid_from'], 'unique': true}]) }}

{{ type_2_dimension(
    ref('stg_product_versions'),
    natural_key='product_id',
    entity_key='product_key',
    attributes=[
        'product_name', 'brand', 'manufacturer_id', 'category_1', 'category_2', 'category_3', 'category_4', 'pack_size',
        'uom', 'shelf_life_days', 'launch_date', 'discontinue_date', 'predecessor_product_id', 'successor_product_id',
        'season', 'temperature_class', 'list_price', 'standard_cost', 'currency', 'status', 'is_stocked',
    ],
    unknown={'product_name': "'unknown'", 'uom': "'unknown'", 'status': "'unknown'", 'is_stocked': 'false'}
) }}
