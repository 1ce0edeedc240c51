-- How old the data of a feed are at the last accepted business date, against how often the feed came so far.
with deliveries as (
    select
        company_id,
        source_system,
        entity,
        data_date,
        sum(rows_loaded) as row_count,
        max(recorded_at) as loaded_at,
        (array_agg(source_file order by load_id desc))[1] as source_file
    from {{ ref('int_loads_judged') }}
    where status = 'loaded'
    group by company_id, source_system, entity, data_date
),

ordered as (
    select
        *,
        data_date - lag(data_date) over feed as gap_days,
        row_number() over (partition by company_id, source_system, entity order by data_date desc) as age_rank
    from deliveries
    window feed as (partition by company_id, source_system, entity order by data_date)
),

feeds as (
    select
        company_id,
        source_system,
        entity,
        count(*) as delivery_count,
        max(data_date) as last_data_date,
        max(loaded_at) filter (where age_rank = 1) as last_loaded_at,
        max(source_file) filter (where age_rank = 1) as last_source_file,
        sum(row_count) filter (where age_rank = 1) as last_row_count,
        percentile_cont(0.5) within group (order by row_count) filter (where age_rank > 1) as usual_row_count,
        -- Two gaps are the least that tell of a habit.
        case when count(gap_days) >= 2 then percentile_cont(0.5) within group (order by gap_days) end as usual_gap_days
    from ordered
    group by company_id, source_system, entity
),

reached as (
    select company_id, max(business_date) as business_date
    from {{ ref('stg_batches') }}
    where is_accepted
    group by company_id
),

aged as (
    select
        feeds.*,
        reached.business_date,
        policies.freshness_late_factor,
        policies.freshness_stale_factor,
        reached.business_date - feeds.last_data_date as age_days,
        (policies.freshness_expected_days ->> feeds.entity)::numeric as stated_days,
        coalesce((policies.freshness_expected_days ->> feeds.entity)::numeric, feeds.usual_gap_days::numeric)
            as expected_days
    from feeds
    inner join reached using (company_id)
    inner join {{ ref('int_company_policies') }} as policies on feeds.company_id = policies.company_id
)

select
    company_id,
    source_system,
    entity,
    business_date,
    delivery_count,
    last_data_date,
    last_loaded_at,
    last_source_file,
    age_days,
    expected_days,
    case when stated_days is not null then 'policy' when expected_days is not null then 'history' else 'none' end
        as expected_source,
    age_days / nullif(expected_days, 0) as age_factor,
    last_row_count,
    usual_row_count,
    last_row_count / nullif(usual_row_count::numeric, 0) as row_count_factor,
    case
        when expected_days is null then 'unknown'
        when age_days <= expected_days * freshness_late_factor then 'fresh'
        when age_days <= expected_days * freshness_stale_factor then 'late'
        else 'stale'
    end as freshness_status
from aged
