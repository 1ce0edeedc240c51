{{ config(materialized='ephemeral') }}

-- The days of this build that each snapshot states, from start_date until before next_date. Inlined into
-- fct_inventory_daily: millions of snapshots are not worth writing twice.
-- depends_on: {{ ref('int_inventory_dates_affected') }}
{%- set fact = existing_fact('fct_inventory_daily') %}

with companies as (
    select
        companies.company_id,
        companies.business_date,
        {{ "min(affected.affected_date)" if fact else "date '-infinity'" }} as first_date
    from {{ ref('stg_companies') }} as companies
    {% if fact -%}
    inner join {{ ref('int_inventory_dates_affected') }} as affected on companies.company_id = affected.company_id
    {% endif -%}
    group by companies.company_id, companies.business_date
),

needed as (
    {% if fact -%}
    select stock.*
    from {{ ref('stg_inventory_snapshots') }} as stock
    inner join companies
        on stock.company_id = companies.company_id and stock.snapshot_date >= companies.first_date

    union all

    -- The snapshots still in force when the window opens: the rows of the day before know which they are. Their dates are
    -- asked for beforehand, and written out, so that the planner knows how few there are.
    select stock.*
    from {{ fact or this }} as day_before
    inner join companies
        on day_before.company_id = companies.company_id and day_before.inventory_date = companies.first_date - 1
    inner join {{ ref('stg_inventory_snapshots') }} as stock
        on
            day_before.company_id = stock.company_id
            and day_before.location_id = stock.location_id
            and day_before.product_id = stock.product_id
            and day_before.inventory_date - day_before.snapshot_age_days = stock.snapshot_date
    where stock.snapshot_date in ({{ dates_in_force(fact) }})
    {%- else -%}
    select * from {{ ref('stg_inventory_snapshots') }}
    {%- endif %}
),

unrestricted as (
    select * from needed
    where stock_condition = 'unrestricted' and not is_deleted
),

-- Few companies report other conditions, so these are added up apart from the many rows that need no adding.
unavailable as (
    select
        company_id,
        location_id,
        product_id,
        snapshot_date,
        sum(on_hand_quantity) as unavailable_quantity,
        max(unit_cost) as unit_cost,
        max(currency) as currency,
        min(uom) as uom
    from needed
    where stock_condition <> 'unrestricted' and not is_deleted
    group by company_id, location_id, product_id, snapshot_date
),

snapshots as (
    select
        company_id,
        location_id,
        product_id,
        snapshot_date,
        unrestricted.on_hand_quantity,
        unavailable.unavailable_quantity,
        unrestricted.allocated_quantity,
        unrestricted.in_transit_quantity,
        unrestricted.on_order_quantity,
        coalesce(unrestricted.unit_cost, unavailable.unit_cost) as unit_cost,
        coalesce(unrestricted.currency, unavailable.currency) as currency,
        coalesce(unrestricted.uom, unavailable.uom) as uom
    from unrestricted
    full join unavailable using (company_id, location_id, product_id, snapshot_date)
),

-- A snapshot lists all stock of a place, so it holds until the place's next one: what that one lacks is gone.
place_dates as (
    select
        company_id,
        location_id,
        snapshot_date,
        lead(snapshot_date) over (partition by company_id, location_id order by snapshot_date) as next_date
    from (select distinct company_id, location_id, snapshot_date from snapshots) as dates
)

select
    snapshots.*,
    greatest(snapshots.snapshot_date, companies.first_date) as start_date,
    coalesce(place_dates.next_date, companies.business_date + 1) as next_date
from snapshots
inner join place_dates
    on
        snapshots.company_id = place_dates.company_id
        and snapshots.location_id = place_dates.location_id
        and snapshots.snapshot_date = place_dates.snapshot_date
inner join companies on snapshots.company_id = companies.company_id
where snapshots.snapshot_date <= companies.business_date
