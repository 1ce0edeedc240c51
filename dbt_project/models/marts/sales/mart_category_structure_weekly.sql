-- Grain: one row per company, planning location, category and complete ISO week.
-- Non-additive: shares and deviations; counts of products add up over categories, not over places or weeks.
-- depends_on: {{ ref('int_sell_through_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_sell_through_affected', 'date_column': 'week_start_date', 'grain': 'company'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

with weeks as (
    select * from {{ ref('int_sell_through_weekly') }} as all_weeks
    {% if is_incremental() -%}
    where {{ only_redone_company_weeks(ref('int_sell_through_affected'), 'all_weeks') }}
    {%- endif %}
),

structure as (
    select
        sell_through.company_id,
        sell_through.planning_location_id,
        items.planning_location_name,
        items.category_1,
        sell_through.week_start_date,
        count(sell_through.mover_class) as classed_count,
        count(*) filter (where sell_through.mover_class = 'high_mover') as high_mover_count,
        count(*) filter (where sell_through.mover_class = 'potential') as potential_count,
        count(*) filter (where sell_through.mover_class = 'to_retire') as retire_count,
        count(*) filter (where sell_through.is_new_below_target) as new_below_target_count,
        count(*) filter (where sell_through.is_old_falling) as old_falling_count
    from weeks as sell_through
    inner join {{ ref('dim_planning_item') }} as items using (company_id, product_id, planning_location_id)
    group by
        sell_through.company_id,
        sell_through.planning_location_id,
        items.planning_location_name,
        items.category_1,
        sell_through.week_start_date
),

shares as (
    select
        structure.*,
        {% for class in ['high_mover', 'potential', 'retire'] -%}
        structure.{{ class }}_count / nullif(structure.classed_count, 0)::numeric as {{ class }}_pct,
        structure.{{ class }}_count / nullif(structure.classed_count, 0)::numeric - policies.{{ class }}_share
            as {{ class }}_deviation_pct{{ ',' if not loop.last }}
        {% endfor %}
    from structure
    inner join {{ ref('int_company_policies') }} as policies on structure.company_id = policies.company_id
)

select
    shares.company_id,
    shares.planning_location_id,
    shares.planning_location_name,
    shares.category_1,
    shares.week_start_date,
    active.selling_product_count::integer as selling_sku_count,
    active.stocked_product_count::integer as stocked_sku_count,
    (active.selling_product_count / nullif(active.stocked_product_count, 0)::numeric)::numeric(9, 6) as active_sku_pct,
    shares.classed_count::integer as classed_sku_count,
    {% for class in ['high_mover', 'potential', 'retire'] -%}
    shares.{{ class }}_count::integer as {{ class }}_sku_count,
    shares.{{ class }}_pct::numeric(9, 6) as {{ class }}_pct,
    shares.{{ class }}_deviation_pct::numeric(9, 6) as {{ class }}_deviation_pct,
    {% endfor -%}
    -- Share of the products that would have to be of another class; 0 is exactly the wanted mix.
    ((abs(shares.high_mover_deviation_pct) + abs(shares.potential_deviation_pct) + abs(shares.retire_deviation_pct)) / 2)::numeric(
        9, 6
    ) as mix_deviation_pct,
    shares.new_below_target_count::integer as new_below_target_count,
    shares.old_falling_count::integer as old_falling_count
from shares
inner join {{ ref('int_active_skus_weekly') }} as active
    using (company_id, planning_location_id, category_1, week_start_date)
