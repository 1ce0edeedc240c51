{{ config(materialized='table') }}

-- A snapshot holds until the next one, so everything from the first touched day to the business date is redone.
with touched as (
    {{ reopened_dates(
        ref('stg_inventory_snapshots_affected_dates'),
        fact='fct_inventory_daily',
        date_column='inventory_date',
        members=[
            {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
            {'dimension': ref('dim_location'), 'entity': 'locations', 'natural': 'location_id', 'key': 'location_key'},
        ]
    ) }}
),

companies as (
    select * from {{ ref('stg_companies') }}
),

{%- set existing = existing_fact('fct_inventory_daily') %}

starts as (
    select
        company_id,
        min(affected_date) as first_date
    from (
        select company_id, affected_date from touched
        {% if existing %}
        union all
        -- A later business date lengthens the spine although no new snapshot came.
        select
            companies.company_id,
            (
                -- The last entry of an index: a maximum over groups reads all there is.
                select max(inventory.inventory_date) + 1
                from {{ existing }} as inventory
                where inventory.company_id = companies.company_id
            )
        from companies
        {% endif %}
    ) as days
    group by company_id
)

select
    starts.company_id,
    day::date as affected_date
from starts
inner join companies on starts.company_id = companies.company_id
cross join lateral generate_series(starts.first_date, companies.business_date, interval '1 day') as day
