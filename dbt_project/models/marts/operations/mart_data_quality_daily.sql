-- Grain: one row per company, business date, source system and entity that the run of the date looked for.
-- Non-additive: quarantined_pct. Expectations judge an entity, so they do not add up over sources of one entity.
select
    company_id,
    business_date,
    source_system,
    entity,
    batch_count::integer as batch_count,
    files_loaded_count::integer as files_loaded_count,
    files_held_back_count::integer as files_held_back_count,
    files_skipped_count::integer as files_skipped_count,
    files_refused_count::integer as files_refused_count,
    rows_read::bigint as rows_read,
    rows_loaded::bigint as rows_loaded,
    rows_held_back::bigint as rows_held_back,
    rows_quarantined::bigint as rows_quarantined,
    quarantined_pct::numeric(9, 6) as quarantined_pct,
    main_rules,
    expectation_count::integer as expectation_count,
    critical_failed_count::integer as critical_failed_count,
    warning_failed_count::integer as warning_failed_count,
    verdict,
    quality_status
from {{ ref('int_data_quality_daily') }}
