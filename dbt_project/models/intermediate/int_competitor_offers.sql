{{ config(materialized='table') }}

-- What competitors that could deliver asked for, beside our own price of the day: the price list, where a promotion goes before
-- the regular price, else the list price of the product. Prices of single places or regions meet no market-wide offer.
with offers as (
    select * from {{ ref('fct_competitor_prices_daily') }}
    -- Where nobody tells of stock, an offer is one.
    where is_in_stock is distinct from false
),

days as (
    select distinct company_id, product_id, product_key, seen_date
    from offers
),

listed as (
    select distinct on (days.company_id, days.product_id, days.seen_date)
        days.company_id,
        days.product_id,
        days.seen_date,
        prices.unit_price,
        prices.currency,
        prices.uom
    from days
    inner join {{ ref('dim_product_price') }} as prices
        on
            days.company_id = prices.company_id
            and days.product_id = prices.product_id
            and prices.price_scope = 'company'
            and days.seen_date >= prices.valid_from
            and days.seen_date < prices.valid_to
    -- Of several lists the cheapest holds for a customer who may choose.
    order by days.company_id, days.product_id, days.seen_date, prices.price_type = 'regular', prices.unit_price
),

own as (
    select
        days.company_id,
        days.product_id,
        days.seen_date,
        coalesce(listed.unit_price, products.list_price) as own_price,
        case when listed.unit_price is not null then listed.currency else products.currency end as currency,
        case when listed.unit_price is not null then listed.uom else products.uom end as uom
    from days
    left join listed using (company_id, product_id, seen_date)
    left join {{ ref('dim_product') }} as products on days.product_key = products.product_key
)

select
    offers.company_id,
    offers.product_id,
    offers.seen_date,
    date_trunc('week', offers.seen_date)::date as week_start_date,
    offers.competitor_id,
    offers.currency,
    offers.price,
    offers.is_promotion,
    -- A source that rates no match trusts all of them alike.
    coalesce(offers.match_confidence, 1)::numeric(18, 6) as match_confidence,
    -- Nobody tells how to convert, so a price in another currency or unit is not compared.
    case
        when offers.currency = own.currency and (offers.uom is null or offers.uom = own.uom) then own.own_price
    end::numeric(18, 4) as own_price
from offers
inner join own
    on
        offers.company_id = own.company_id
        and offers.product_id = own.product_id
        and offers.seen_date = own.seen_date
