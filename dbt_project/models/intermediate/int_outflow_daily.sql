{{ config(materialized='table') }}

-- A center empties by transfers to its stores as well as by sales.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

-- The first entry of an index each: a minimum over groups reads all there is.
beginnings as (
    select
        company_id,
        (
            select min(movement_date)
            from {{ ref('fct_stock_movements') }} as movements
            where movements.company_id = policies.company_id
        ) as first_date
    from policies
)

select
    movements.company_id,
    movements.from_location_id as location_id,
    movements.product_id,
    (sum(movements.quantity) / min(least(policies.business_date - beginnings.first_date + 1, 91)))::numeric(28, 10)
        as daily_quantity
from {{ ref('fct_stock_movements') }} as movements
inner join policies
    on
        movements.company_id = policies.company_id
        and movements.movement_date <= policies.business_date
        and movements.movement_date > policies.business_date - 91
inner join beginnings on movements.company_id = beginnings.company_id
where movements.movement_type in ('sale', 'transfer') and movements.from_location_id is not null
group by movements.company_id, movements.from_location_id, movements.product_id
