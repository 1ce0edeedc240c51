-- Grain: one row per company, source system and entity that ever brought something, as of the last accepted business date.
-- Non-additive: everything but the rows of the last delivery.
select
    company_id,
    source_system,
    entity,
    business_date,
    delivery_count::integer as delivery_count,
    last_data_date,
    last_loaded_at,
    last_source_file,
    age_days::integer as age_days,
    expected_days::numeric(9, 2) as expected_days,
    expected_source,
    age_factor::numeric(18, 3) as age_factor,
    last_row_count::bigint as last_row_count,
    usual_row_count::numeric(18, 1) as usual_row_count,
    row_count_factor::numeric(18, 3) as row_count_factor,
    freshness_status
from {{ ref('int_data_freshness') }}
