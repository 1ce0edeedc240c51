-- Grain: one row per company, place and period in which its attributes did not change (type 2).
{{ config(indexes=[{'columns': ['company_id', 'location_id', 'valid_from'], 'unique': true}]) }}

{{ type_2_dimension(
    ref('stg_location_versions'),
    natural_key='location_id',
    entity_key='location_key',
    attributes=[
        'location_name', 'location_type', 'parent_location_id', 'region', 'country_code', 'latitude', 'longitude',
        'open_date', 'close_date', 'area_m2', 'timezone', 'cluster',
    ],
    unknown={'location_name': "'unknown'", 'location_type': "'unknown'"}
) }}
