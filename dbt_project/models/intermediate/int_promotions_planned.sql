-- What each promotion that has not begun promises at each place where demand is planned.
with promotions as (
    select * from {{ ref('stg_promotions') }}
    where not is_deleted and mechanic <> 'none' and product_id <> 'ALL'
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

selling_places as (
    select * from {{ ref('int_locations_selling') }}
)

select
    promotions.company_id,
    promotions.promotion_id,
    promotions.product_id,
    places.planning_location_id,
    case when min(promotions.mechanic) = max(promotions.mechanic) then min(promotions.mechanic) else 'mixed' end as mechanic,
    min(promotions.start_date) as start_date,
    max(promotions.end_date) as end_date,
    count(distinct places.location_id)::integer as location_count,
    max(promotions.discount_pct)::numeric(18, 6) as maximum_discount_pct,
    avg(promotions.planned_uplift_pct)::numeric(18, 6) as planned_uplift_pct
from promotions
inner join policies on promotions.company_id = policies.company_id
inner join selling_places as places
    on promotions.company_id = places.company_id and promotions.location_id in (places.location_id, 'ALL')
where promotions.end_date > policies.business_date
group by
    promotions.company_id, promotions.promotion_id, promotions.product_id, places.planning_location_id, policies.business_date
-- What has begun somewhere is no longer to be planned.
having min(promotions.start_date) > policies.business_date
