-- Grain: one row per company and shipment, updated on its way (accumulating snapshot).
-- Non-additive: transit_days, late_days.
with shipments as (
    select
        *,
        -- Members are those of the day the goods left; before that, of the day they are promised for.
        coalesce(shipped_date, promised_date, delivered_date, date '1900-01-01') as valid_on_date
    from {{ ref('stg_shipments') }}
    where not is_deleted
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
),

locations as (
    select * from {{ ref('dim_location') }}
)

select
    {{ surrogate_key(['shipments.company_id', 'shipments.shipment_id']) }} as shipment_key,
    {{ date_key('shipments.shipped_date') }} as shipped_date_key,
    {{ date_key('shipments.promised_date') }} as promised_date_key,
    {{ date_key('shipments.delivered_date') }} as delivered_date_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    {{ member_key('origins', 'location_key') }} as from_location_key,
    {{ member_key('destinations', 'location_key') }} as to_location_key,
    shipments.company_id,
    shipments.shipment_id,
    shipments.direction,
    shipments.status,
    coalesce(shipments.carrier_id, 'unknown') as carrier_id,
    shipments.carrier_name,
    coalesce(shipments.service, 'unknown') as service,
    shipments.supplier_id,
    shipments.purchase_order_id,
    shipments.transaction_id,
    shipments.from_location_id,
    shipments.to_location_id,
    shipments.currency,
    shipments.package_count,
    shipments.weight_kg,
    shipments.freight_amount,
    shipments.insurance_amount,
    shipments.claim_amount,
    shipments.is_damaged,
    shipments.shipped_date,
    shipments.promised_date,
    shipments.delivered_date,
    (shipments.delivered_date - shipments.shipped_date)::integer as transit_days,
    (shipments.delivered_date - shipments.promised_date)::integer as late_days
from shipments
left join suppliers
    on
        shipments.company_id = suppliers.company_id
        and shipments.supplier_id = suppliers.supplier_id
        and shipments.valid_on_date >= suppliers.valid_from
        and shipments.valid_on_date < suppliers.valid_to
left join locations as origins
    on
        shipments.company_id = origins.company_id
        and shipments.from_location_id = origins.location_id
        and shipments.valid_on_date >= origins.valid_from
        and shipments.valid_on_date < origins.valid_to
left join locations as destinations
    on
        shipments.company_id = destinations.company_id
        and shipments.to_location_id = destinations.location_id
        and shipments.valid_on_date >= destinations.valid_from
        and shipments.valid_on_date < destinations.valid_to
