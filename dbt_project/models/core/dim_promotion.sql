-- Grain: one row per company and promotion.
with promotions as (
    select * from {{ ref('stg_promotions') }}
    where not is_deleted
),

products as (
    select company_id, promotion_id, count(*) as product_count
    from (select distinct company_id, promotion_id, product_id from promotions) as distinct_products
    group by company_id, promotion_id
),

places as (
    select company_id, promotion_id, count(*) as location_count
    from (select distinct company_id, promotion_id, location_id from promotions) as distinct_places
    group by company_id, promotion_id
),

summarized as (
    select
        company_id,
        promotion_id,
        case when min(mechanic) = max(mechanic) then min(mechanic) else 'mixed' end as mechanic,
        min(description) as description,
        min(start_date) as start_date,
        max(end_date) as end_date,
        max(discount_pct) as maximum_discount_pct,
        min(campaign_id) as campaign_id
    from promotions
    group by company_id, promotion_id
)

select
    {{ surrogate_key(['summarized.company_id', 'summarized.promotion_id']) }} as promotion_key,
    summarized.company_id,
    summarized.promotion_id,
    summarized.mechanic,
    summarized.description,
    summarized.start_date,
    summarized.end_date,
    summarized.maximum_discount_pct,
    summarized.campaign_id,
    products.product_count,
    places.location_count
from summarized
inner join products on summarized.company_id = products.company_id and summarized.promotion_id = products.promotion_id
inner join places on summarized.company_id = places.company_id and summarized.promotion_id = places.promotion_id

union all

select -1, 'unknown', 'unknown', 'none', null, null, null, null, null, 0, 0
