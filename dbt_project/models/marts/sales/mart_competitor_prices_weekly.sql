-- Grain: one row per company, product, currency and ISO week with an offer of a competitor that could deliver.
-- Non-additive: prices, gap, index, rank and shares.
{{ config(indexes=[{'columns': ['company_id', 'week_start_date']}]) }}

with offers as (
    select
        *,
        -- The offer of the competitor that is the newest of the week.
        row_number() over (
            partition by company_id, product_id, currency, week_start_date, competitor_id order by seen_date desc
        ) = 1 as is_latest,
        case when own_price is not null then match_confidence end as compared_weight
    from {{ ref('int_competitor_offers') }}
),

weeks as (
    select
        company_id,
        product_id,
        currency,
        week_start_date,
        count(distinct competitor_id) as competitor_count,
        count(*) as offer_count,
        count(own_price) as compared_offer_count,
        count(*) filter (where is_promotion) as promotion_offer_count,
        avg(match_confidence) as match_confidence_mean,
        sum(price * match_confidence) / nullif(sum(match_confidence), 0) as competitor_price_mean,
        min(price) as competitor_price_minimum,
        sum(own_price * compared_weight) / nullif(sum(compared_weight), 0) as own_price_mean,
        sum((own_price - price) * compared_weight) / nullif(sum(compared_weight), 0) as price_gap_amount,
        sum(own_price * compared_weight) / nullif(sum(price * compared_weight), 0) as price_ratio,
        count(*) filter (where is_latest and price < own_price) as cheaper_competitor_count,
        count(*) filter (where is_latest and own_price is not null) as ranked_competitor_count,
        count(distinct seen_date) filter (where own_price is not null) as compared_days,
        count(distinct seen_date) filter (where price < own_price) as undercut_days
    from offers
    group by company_id, product_id, currency, week_start_date
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    weeks.company_id,
    weeks.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    weeks.week_start_date,
    weeks.currency,
    weeks.competitor_count::integer as competitor_count,
    weeks.offer_count::integer as offer_count,
    weeks.compared_offer_count::integer as compared_offer_count,
    weeks.promotion_offer_count::integer as promotion_offer_count,
    weeks.match_confidence_mean::numeric(9, 6) as match_confidence_mean,
    weeks.own_price_mean::numeric(18, 4) as own_price_mean,
    weeks.competitor_price_mean::numeric(18, 4) as competitor_price_mean,
    weeks.competitor_price_minimum::numeric(18, 4) as competitor_price_minimum,
    weeks.price_gap_amount::numeric(18, 4) as price_gap_amount,
    (100 * weeks.price_ratio)::numeric(18, 3) as price_index,
    case when weeks.ranked_competitor_count > 0 then weeks.cheaper_competitor_count + 1 end::integer as price_rank,
    weeks.ranked_competitor_count::integer as ranked_competitor_count,
    weeks.compared_days::integer as compared_days,
    weeks.undercut_days::integer as undercut_days,
    (weeks.undercut_days / nullif(weeks.compared_days, 0)::numeric)::numeric(9, 6) as undercut_pct
from weeks
left join products on weeks.company_id = products.company_id and weeks.product_id = products.product_id
