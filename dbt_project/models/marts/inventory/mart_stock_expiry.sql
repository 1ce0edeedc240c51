-- Grain: one row per company, place, product and lot with an expiry date that is in stock at the close of the business date.
-- Additive: quantities of one unit, and amounts. Non-additive: daily_outflow_quantity, days.
-- The planner takes what is left of lots for one row, and would go through all outflow for each that there is.
{{ config(indexes=[{'columns': ['company_id', 'location_id']}], pre_hook='set local enable_nestloop = off') }}

with policies as (
    select * from {{ ref('int_company_policies') }}
),

inventory as (
    select * from {{ ref('int_inventory_closing') }}
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

outflow as (
    select * from {{ ref('int_outflow_daily') }}
),

lots as (
    select
        balances.*,
        lots.first_received_date,
        lots.expiry_date,
        policies.business_date,
        policies.currency,
        lots.expiry_date - policies.business_date as days_to_expiry,
        coalesce(outflow.daily_quantity, 0) as daily_quantity,
        sum(balances.on_hand_quantity) over fefo as lots_quantity
    from {{ ref('int_lot_balances') }} as balances
    inner join {{ ref('int_lots') }} as lots
        on
            balances.company_id = lots.company_id
            and balances.product_id = lots.product_id
            and balances.lot_id = lots.lot_id
            and lots.expiry_date is not null
    inner join policies on balances.company_id = policies.company_id
    left join outflow
        on
            balances.company_id = outflow.company_id
            and balances.location_id = outflow.location_id
            and balances.product_id = outflow.product_id
    window fefo as (
        partition by balances.company_id, balances.location_id, balances.product_id
        order by lots.expiry_date, balances.lot_id
        rows between unbounded preceding and current row
    )
),

-- First expired first out: up to the expiry of a lot no more can leave than the outflow of those days, and what of the lots
-- up to it exceeds that, or exceeded it at an earlier expiry, stays unsold.
unsold as (
    select
        *,
        greatest(
            max(lots_quantity - daily_quantity * greatest(days_to_expiry, 0)) over (
                partition by company_id, location_id, product_id
                order by expiry_date, lot_id
                rows between unbounded preceding and current row
            ), 0
        ) as lots_unsold_quantity
    from lots
),

judged as (
    select
        *,
        lots_unsold_quantity - lag(lots_unsold_quantity, 1, 0.0) over (
            partition by company_id, location_id, product_id order by expiry_date, lot_id
        ) as unsold_quantity
    from unsold
)

select
    judged.company_id,
    judged.location_id,
    locations.location_name,
    judged.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    judged.lot_id,
    judged.business_date as as_of_date,
    judged.first_received_date,
    judged.expiry_date,
    judged.days_to_expiry::integer as days_to_expiry,
    case
        when judged.days_to_expiry < 0 then 'expired'
        {% for days in [7, 14, 30, 60] -%}
        when judged.days_to_expiry <= {{ days }} then 'within_{{ days }}'
        {% endfor -%}
        else 'later'
    end as expiry_band,
    products.uom,
    judged.currency,
    judged.on_hand_quantity,
    (judged.on_hand_quantity * coalesce(inventory.unit_cost, products.standard_cost))::numeric(18, 4) as on_hand_amount,
    judged.daily_quantity::numeric(18, 4) as daily_outflow_quantity,
    (judged.on_hand_quantity - judged.unsold_quantity)::numeric(18, 4) as expected_outflow_quantity,
    judged.unsold_quantity::numeric(18, 4) as expected_unsold_quantity,
    (judged.unsold_quantity * coalesce(inventory.unit_cost, products.standard_cost))::numeric(18, 4) as value_at_risk_amount
from judged
left join inventory
    on
        judged.company_id = inventory.company_id
        and judged.location_id = inventory.location_id
        and judged.product_id = inventory.product_id
left join products on judged.company_id = products.company_id and judged.product_id = products.product_id
left join locations on judged.company_id = locations.company_id and judged.location_id = locations.location_id
