{{ config(materialized='table') }}

{%- set policies = [
    ('planning.location_level', 'text', 'location_level'),
    ('planning.active_weeks', 'integer', 'active_weeks'),
    ('planning.stockout_week_days', 'integer', 'stockout_week_days'),
    ('stock.overstock_cover_days', 'numeric', 'overstock_cover_days'),
    ('stock.understock_cover_days', 'numeric', 'understock_cover_days'),
    ('supplier.late_days', 'integer', 'late_days'),
    ('supplier.in_full_pct', 'numeric', 'in_full_pct'),
    ('supplier.minimum_lines', 'integer', 'minimum_lines'),
    ('supplier.minimum_receipts', 'integer', 'minimum_receipts'),
    ('supplier.shrinkage_lines', 'integer', 'shrinkage_lines'),
    ('supplier.shrinkage_receipts', 'integer', 'shrinkage_receipts'),
    ('supplier.lead_time_cv_limit', 'numeric', 'lead_time_cv_limit'),
    ('supplier.price_cv_limit', 'numeric', 'price_cv_limit'),
    ('supplier.closed_days', 'integer', 'closed_days'),
    ('supplier.placeholder_price', 'numeric', 'placeholder_price'),
    ('supplier.tells_received_quantity', 'boolean', 'tells_received_quantity'),
    ('supplier_score.on_time_weight', 'numeric', 'on_time_weight'),
    ('supplier_score.in_full_weight', 'numeric', 'in_full_weight'),
    ('supplier_score.quality_weight', 'numeric', 'quality_weight'),
    ('supplier_score.confirmation_weight', 'numeric', 'confirmation_weight'),
    ('supplier_score.lead_time_weight', 'numeric', 'lead_time_weight'),
    ('supplier_score.price_stability_weight', 'numeric', 'price_stability_weight'),
    ('supplier_score.price_weight', 'numeric', 'price_weight'),
    ('supplier_score.price_variance_limit', 'numeric', 'price_variance_limit'),
    ('supplier_score.minimum_known_share', 'numeric', 'score_minimum_known_share'),
    ('supplier_score.preferred_score', 'numeric', 'preferred_score'),
    ('supplier_score.approved_score', 'numeric', 'approved_score'),
    ('supplier_score.watch_score', 'numeric', 'watch_score'),
    ('supplier_score.trend_points', 'numeric', 'trend_points'),
    ('supply_risk.late_limit', 'numeric', 'late_limit'),
    ('supply_risk.late_rise_limit', 'numeric', 'late_rise_limit'),
    ('supply_risk.carrier_late_limit', 'numeric', 'carrier_late_limit'),
    ('supply_risk.overdue_limit', 'numeric', 'overdue_limit'),
    ('supply_risk.minimum_known_share', 'numeric', 'risk_minimum_known_share'),
    ('supply_risk.medium_index', 'numeric', 'medium_index'),
    ('supply_risk.high_index', 'numeric', 'high_index'),
    ('carrier.late_days', 'integer', 'carrier_late_days'),
    ('carrier.minimum_shipments', 'integer', 'carrier_minimum_shipments'),
    ('turnover.cash_cow_days', 'numeric', 'cash_cow_days'),
    ('turnover.strategic_days', 'numeric', 'strategic_days'),
    ('turnover.long_tail_days', 'numeric', 'long_tail_days'),
    ('turnover.cash_cow_share', 'numeric', 'cash_cow_share'),
    ('turnover.strategic_share', 'numeric', 'strategic_share'),
    ('turnover.stop_factor', 'numeric', 'turnover_stop_factor'),
    ('sell_through.new_days', 'integer', 'new_days'),
    ('sell_through.new_minimum_pct', 'numeric', 'new_minimum_pct'),
    ('sell_through.fall_pct', 'numeric', 'sell_through_fall_pct'),
    ('sell_through.fall_weeks', 'integer', 'sell_through_fall_weeks'),
    ('sell_through.high_mover_pct', 'numeric', 'high_mover_pct'),
    ('sell_through.retire_pct', 'numeric', 'retire_pct'),
    ('sell_through.high_mover_share', 'numeric', 'high_mover_share'),
    ('sell_through.potential_share', 'numeric', 'potential_share'),
    ('sell_through.retire_share', 'numeric', 'retire_share'),
    ('ageing.no_sale_days', 'integer', 'no_sale_days'),
    ('ageing.no_sale_days_by_category', 'jsonb', 'no_sale_days_by_category'),
    ('ageing.season_ends', 'jsonb', 'season_ends'),
    ('customer_order.late_days', 'integer', 'order_late_days'),
    ('customer_order.in_full_pct', 'numeric', 'order_in_full_pct'),
    ('kpi.targets', 'jsonb', 'kpi_targets'),
    ('kpi.minimum_costed_share', 'numeric', 'minimum_costed_share'),
    ('freshness.expected_days', 'jsonb', 'freshness_expected_days'),
    ('freshness.late_factor', 'numeric', 'freshness_late_factor'),
    ('freshness.stale_factor', 'numeric', 'freshness_stale_factor'),
    ('suspect.channels', 'jsonb', 'suspect_channels'),
    ('suspect.usual_days', 'integer', 'suspect_usual_days'),
    ('suspect.usual_sale_days', 'integer', 'suspect_usual_sale_days'),
    ('suspect.burst_minutes', 'integer', 'suspect_burst_minutes'),
    ('suspect.burst_orders', 'integer', 'suspect_burst_orders'),
    ('suspect.burst_factor', 'numeric', 'suspect_burst_factor'),
    ('suspect.shared_days', 'integer', 'suspect_shared_days'),
    ('suspect.shared_customers', 'integer', 'suspect_shared_customers'),
    ('suspect.price_factor', 'numeric', 'suspect_price_factor'),
    ('suspect.return_hours', 'integer', 'suspect_return_hours'),
    ('suspect.burst_weight', 'numeric', 'suspect_burst_weight'),
    ('suspect.shared_weight', 'numeric', 'suspect_shared_weight'),
    ('suspect.price_weight', 'numeric', 'suspect_price_weight'),
    ('suspect.return_weight', 'numeric', 'suspect_return_weight'),
    ('suspect.limit', 'numeric', 'suspect_limit'),
    ('suspect.exclude_from_demand', 'boolean', 'suspect_exclude_from_demand'),
] -%}

-- Every load writes every threshold, those of warehouse/policy.py where policy.yml states none.
with companies as (
    select * from {{ ref('stg_companies') }}
),

policies as (
    select * from {{ ref('stg_policies') }}
)

select
    companies.company_id,
    companies.currency,
    companies.business_date,
    companies.last_complete_week_date,
    {% for name, type, column in policies -%}
    (max(policies.policy_value) filter (where policies.policy_name = '{{ name }}'))::{{ type }} as {{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
from companies
left join policies on companies.company_id = policies.company_id
group by companies.company_id, companies.currency, companies.business_date, companies.last_complete_week_date
