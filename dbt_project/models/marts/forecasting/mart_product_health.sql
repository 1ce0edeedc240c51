-- Grain: one row per company, run (business date, model version), product and planning location that has stock or sold in 13
-- weeks.
-- Non-additive: health_score and its parts. Filter is_latest_run for the scores in force.
{{ config(indexes=[{'columns': ['company_id', 'is_latest_run']}]) }}

with scores as (
    select * from {{ ref('stg_product_health_scores') }}
),

newest as (
    {{ newest_runs('scores') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

rolling as (
    select * from {{ ref('int_sku_rolling_weekly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    scores.company_id,
    scores.run_id,
    scores.business_date,
    scores.model_version,
    scores.product_id,
    items.product_name,
    items.category_1,
    items.category_2,
    items.brand,
    items.product_status,
    scores.planning_location_id,
    items.planning_location_name,
    policies.currency,
    newest.model_version is not null as is_latest_run,
    scores.as_of_date,
    scores.window_end_date,
    scores.health_score,
    scores.is_learnt,
    scores.known_share,
    {% for name in [
        'sales', 'margin', 'on_hand', 'available', 'inbound', 'cover',
        'turnover', 'gmroi', 'sell_through', 'stockout', 'age', 'returns'
    ] -%}
    scores.{{ name }}_component,
    scores.{{ name }}_weight,
    {% endfor -%}
    scores.reason_1,
    scores.reason_2,
    scores.reason_3,
    -- Known only once the 13 weeks are over.
    {{ sku_ratio('sell_through_13w_pct') }} as actual_sell_through_pct,
    {{ sku_ratio('gmroi') }} as actual_gmroi,
    (rolling.costed_net_sales_13w_amount - rolling.cost_13w_amount)::numeric(18, 4) as actual_gross_margin_amount,
    scores.trained_through_date,
    scores.predicted_at
from scores
left join newest using (company_id, business_date, model_version)
left join items using (company_id, product_id, planning_location_id)
left join rolling
    on
        scores.company_id = rolling.company_id
        and scores.product_id = rolling.product_id
        and scores.planning_location_id = rolling.planning_location_id
        and scores.window_end_date - 6 = rolling.week_start_date
inner join policies on scores.company_id = policies.company_id
