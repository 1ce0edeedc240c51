-- Grain: one row per company, KPI and month, from the first month in which the KPI is known; the current month is so far.
-- Non-additive: everything but numerator and denominator, which add up over companies of one currency.
-- Built after the models, because two KPIs are the forecast's.
{{ config(tags=['after_ml'], indexes=[{'columns': ['company_id', 'month_start_date']}]) }}

with kpis as (
    select * from {{ ref('int_kpis_monthly') }}
),

targeted as (
    select
        kpis.*,
        targets.target_source,
        targets.is_comparable,
        case
            when not kpis.is_cumulative or kpis.is_complete_month then targets.target
            -- The month so far is held against its share of the days; the one in which the data begin against nothing.
            when kpis.elapsed_share < 1 then targets.target * kpis.elapsed_share
        end as target
    from kpis
    left join {{ ref('int_kpi_targets_monthly') }} as targets
        on
            kpis.company_id = targets.company_id
            and kpis.month_start_date = targets.month_start_date
            and kpis.kpi_id = targets.kpi_id
),

judged as (
    select
        *,
        -- How far it is on the wrong side of its target, and how far that is still near.
        case direction
            when 'higher_is_better' then target - actual
            when 'lower_is_better' then actual - target
            else abs(actual - target) - tolerance * band_base
        end as shortfall,
        tolerance * case when direction = 'within_band' then band_base else abs(target) end as near_limit
    from (
        select
            *,
            -- Amounts of money have no band of their own size.
            case when unit = 'amount' then abs(target) else 1 end as band_base
        from targeted
    ) as based
)

select
    company_id,
    kpi_id,
    month_start_date,
    kpi_order::integer as kpi_order,
    kpi_name,
    area,
    unit,
    direction,
    currency,
    closing_date,
    is_complete_month,
    numerator,
    case when is_ratio then denominator end::numeric(24, 6) as denominator,
    actual,
    target::numeric(24, 6) as target,
    case when target is null then 'none' else target_source end as target_source,
    case
        when not is_comparable then null
        when direction = 'higher_is_better' then actual / nullif(target, 0)
        when direction = 'lower_is_better' then target / nullif(actual, 0)
    end::numeric(24, 6) as attainment,
    previous_month_actual,
    year_ago_actual,
    {% for months in [3, 12] -%}
    change_{{ months }}m,
    case
        when change_{{ months }}m is null then 'unknown'
        when
            abs(change_{{ months }}m)
            <= tolerance * case when direction = 'within_band' and unit <> 'amount' then 1 else abs(mean_{{ months }}m) end
            then 'steady'
        when change_{{ months }}m > 0 then 'rising'
        else 'falling'
    end as trend_{{ months }}m,
    {% endfor -%}
    case
        when actual is null or target is null or not is_comparable then 'unknown'
        when shortfall <= 0 then 'on_target'
        when shortfall <= near_limit then 'near'
        else 'off_target'
    end as status
from judged
