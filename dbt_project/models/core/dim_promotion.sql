-- Grain: one row per company and promotion.
with promotions as (
    select * from {{ ref('stg_promotions') }}
),

summarized as (
    select
        company_id,
        promotion_id,
        case when count(distinct mechanic) = 1 then min(mechanic) else 'mixed' end as mechanic,
        min(description) as description,
        min(start_date) as start_date,
        max(end_date) as end_date,
        max(discount_pct) as maximum_discount_pct,
        min(campaign_id) as campaign_id,
        count(distinct product_id) as product_count,
        count(distinct location_id) as location_count
    from promotions
    group by company_id, promotion_id
)

select
    {{ surrogate_key(['company_id', 'promotion_id']) }} as promotion_key,
    company_id,
    promotion_id,
    mechanic,
    description,
    start_date,
    end_date,
    maximum_discount_pct,
    campaign_id,
    product_count,
    location_count
from summarized

union all

select -1, 'unknown', 'unknown', 'none', null, null, null, null, null, 0, 0
