-- Grain: one row per company, product, planning location and ISO week (Monday) with a promotion, weeks to come included.
-- Non-additive: promoted_share.
select
    company_id,
    product_id,
    planning_location_id,
    {{ date_key('week_start_date') }} as week_start_date_key,
    week_start_date,
    promoted_share
from {{ ref('int_promotions_weekly') }}
