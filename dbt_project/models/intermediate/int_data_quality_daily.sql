-- A gate judges an entity of a batch, whichever sources it came from; of several runs over a batch the last one counts.
with loads as (
    select
        company_id,
        business_date,
        source_system,
        entity,
        count(distinct batch_id) as batch_count,
        -- A batch has a verdict as a whole; a feed that it brought nothing of has no part in it.
        bool_or(status = 'held_back') as is_held_back,
        bool_or(status = 'loaded' and verdict = 'released') as is_released,
        count(*) filter (where status = 'loaded') as files_loaded_count,
        count(*) filter (where status = 'held_back') as files_held_back_count,
        count(*) filter (where status = 'skipped') as files_skipped_count,
        -- A file that is refused is tried again by every load; with other content it is another file.
        count(distinct row(source_file, content_sha256)) filter (where status = 'refused') as files_refused_count,
        coalesce(sum(rows_read) filter (where status <> 'skipped'), 0) as rows_read,
        coalesce(sum(rows_loaded) filter (where status = 'loaded'), 0) as rows_loaded,
        coalesce(sum(rows_loaded) filter (where status = 'held_back'), 0) as rows_held_back,
        coalesce(sum(rows_quarantined) filter (where status <> 'skipped'), 0) as rows_quarantined
    from {{ ref('int_loads_judged') }}
    group by company_id, business_date, source_system, entity
),

batches as (
    select * from {{ ref('stg_batches') }}
),

broken as (
    select
        quarantined.company_id,
        batches.business_date,
        quarantined.source_system,
        quarantined.entity,
        quarantined.rule,
        count(*) as row_count,
        row_number() over (
            partition by quarantined.company_id, batches.business_date, quarantined.source_system, quarantined.entity
            order by count(*) desc, quarantined.rule asc
        ) as position
    from {{ ref('stg_quarantined_rows') }} as quarantined
    inner join batches on quarantined.batch_id = batches.batch_id
    group by
        quarantined.company_id, batches.business_date, quarantined.source_system, quarantined.entity, quarantined.rule
),

rules as (
    select
        company_id,
        business_date,
        source_system,
        entity,
        string_agg(rule || ' ' || row_count, ', ' order by position) as main_rules
    from broken
    where position <= 3
    group by company_id, business_date, source_system, entity
),

-- Rules on single rows have a suite of their own beside that of their entity.
suites as (
    select
        results.*,
        batches.business_date,
        regexp_replace(substr(results.suite_name, 5), '_rows$', '') as entity
    from {{ ref('stg_quality_results') }} as results
    inner join batches on results.batch_id = batches.batch_id
    where results.suite_name like 'raw\_%'
),

results as (
    select
        *,
        checked_at = max(checked_at) over (partition by batch_id, entity) as is_last_run
    from suites
),

gates as (
    select
        company_id,
        business_date,
        entity,
        count(*) as expectation_count,
        count(*) filter (where not success and severity = 'critical') as critical_failed_count,
        count(*) filter (where not success and severity = 'warning') as warning_failed_count
    from results
    where is_last_run
    group by company_id, business_date, entity
)

select
    loads.company_id,
    loads.business_date,
    loads.source_system,
    loads.entity,
    loads.batch_count,
    loads.files_loaded_count,
    loads.files_held_back_count,
    loads.files_skipped_count,
    loads.files_refused_count,
    loads.rows_read,
    loads.rows_loaded,
    loads.rows_held_back,
    loads.rows_quarantined,
    loads.rows_quarantined / nullif(loads.rows_read, 0) as quarantined_pct,
    rules.main_rules,
    gates.expectation_count,
    gates.critical_failed_count,
    gates.warning_failed_count,
    case when loads.is_held_back then 'held_back' when loads.is_released then 'released' else 'passed' end as verdict,
    case
        when loads.is_held_back or loads.files_refused_count > 0 or gates.critical_failed_count > 0 then 'bad'
        when loads.rows_quarantined > 0 or gates.warning_failed_count > 0 then 'warning'
        else 'good'
    end as quality_status
from loads
left join rules using (company_id, business_date, source_system, entity)
left join gates using (company_id, business_date, entity)
