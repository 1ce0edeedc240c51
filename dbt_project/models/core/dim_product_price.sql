-- Grain: one row per company, price list, product, place or region, kind of price and period in which the price holds.
-- valid_from inclusive, valid_to exclusive; within one list, product, place, region and kind periods do not overlap.
with prices as (
    select
        *,
        -- A price ends where its successor begins, whatever its own end says.
        least(
            coalesce(valid_to, date '9999-12-31'),
            coalesce(
                lead(valid_from) over (
                    partition by company_id, price_list_id, product_id, location_id, region, price_type
                    order by valid_from
                ),
                date '9999-12-31'
            )
        ) as ends_on
    from {{ ref('stg_price_lists') }}
)

select
    {{ surrogate_key([
        'company_id', 'price_list_id', 'product_id', 'location_id', 'price_type', 'valid_from',
    ]) }} as product_price_key,
    company_id,
    price_list_id,
    product_id,
    location_id,
    region,
    price_type,
    case
        when location_id <> 'ALL' then 'location'
        when region is not null then 'region'
        else 'company'
    end as price_scope,
    unit_price,
    currency,
    uom,
    reason,
    valid_from,
    ends_on as valid_to,
    ends_on = date '9999-12-31' as is_open_ended
from prices
-- A price that a later one of the same day or a shorter period leaves no day has never held.
where ends_on > valid_from
