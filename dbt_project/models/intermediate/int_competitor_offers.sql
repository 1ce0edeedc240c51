{{ config(materialized='table') }}

-- What competitors that could deliver asked for, beside our own price of the day in the same currency and unit, as nobody tells
-- how to convert: the price list, where a promotion goes before the regular price, else the list price of the product. Prices of
-- single places or regions meet no market-wide offer.
with offers as (
    select
        offers.*,
        -- A source that names no unit means the product's own.
        coalesce(offers.uom, products.uom) as own_uom,
        case
            when offers.currency = products.currency and coalesce(offers.uom, products.uom) = products.uom
                then products.list_price
        end as list_price
    from {{ ref('fct_competitor_prices_daily') }} as offers
    left join {{ ref('dim_product') }} as products on offers.product_key = products.product_key
    -- Where nobody tells of stock, an offer is one.
    where offers.is_in_stock is distinct from false
),

asked as (
    select distinct company_id, product_id, seen_date, currency, own_uom
    from offers
),

listed as (
    select distinct on (asked.company_id, asked.product_id, asked.seen_date, asked.currency, asked.own_uom)
        asked.*,
        prices.unit_price
    from asked
    inner join {{ ref('dim_product_price') }} as prices
        on
            asked.company_id = prices.company_id
            and asked.product_id = prices.product_id
            and asked.currency = prices.currency
            and asked.own_uom = prices.uom
            and prices.price_scope = 'company'
            and asked.seen_date >= prices.valid_from
            and asked.seen_date < prices.valid_to
    -- Of several lists the cheapest holds for a customer who may choose.
    order by
        asked.company_id, asked.product_id, asked.seen_date, asked.currency, asked.own_uom,
        prices.price_type = 'regular', prices.unit_price
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
    coalesce(listed.unit_price, offers.list_price)::numeric(18, 4) as own_price
from offers
left join listed using (company_id, product_id, seen_date, currency, own_uom)
