-- depends_on: {{ ref('int_sales_plans_affected') }}, {{ ref('int_inventory_plans_affected') }}
-- depends_on: {{ ref('int_company_policies') }}, {{ ref('int_movement_dates_affected') }}
-- depends_on: {{ ref('stg_promotions_affected_dates') }}
{{ config(materialized='table') }}

-- What follows a changed week follows from it: trailing sums, ages, runs. So every item is redone from the first week that a
-- build may change in its company, an item whose attributes changed from its own first week, and a company whose policies,
-- places or categories changed from its beginning.
{%- set is_known = existing_table('intermediate', 'int_planning_items_affected') | trim %}
{%- set demand = existing_table('intermediate', 'int_demand_weekly') | trim %}

with items as (
    select * from {{ ref('int_planning_items_hashed') }}
),

-- Nothing is known before the first build and in a full refresh.
known as (
    {% if is_known and demand -%}
    select * from {{ this }}
    {%- else -%}
    select *, null::date as company_from_date, null::date as from_date from items
    where false
    {%- endif %}
),

pending as (
    select {{ lists_are_pending() }} as is_pending
),

touched as (
    select company_id, affected_date from {{ ref('int_sales_plans_affected') }}
    union all
    select company_id, affected_date from {{ ref('int_inventory_plans_affected') }}
    union all
    select company_id, affected_date from {{ ref('int_movement_dates_affected') }}
    union all
    select company_id, affected_date from {{ ref('stg_promotions_affected_dates') }}
    {% if demand -%}
    union all
    -- A later business date completes the last week.
    select policies.company_id, last_weeks.week_start_date
    from {{ ref('int_company_policies') }} as policies
    cross join lateral (
        select week_start_date, closing_date from {{ demand }} as demand
        where demand.company_id = policies.company_id
        order by week_start_date desc limit 1
    ) as last_weeks
    where last_weeks.closing_date <> policies.business_date
    {%- endif %}
),

starts as (
    select company_id, date_trunc('week', min(affected_date))::date as from_date
    from touched
    group by company_id
),

compared as (
    select
        company_id,
        product_id,
        planning_location_id,
        items.first_week_date,
        items.category_1,
        items.product_hash,
        items.company_hash,
        known.first_week_date as known_first_week_date,
        known.category_1 as known_category_1,
        known.product_hash as known_product_hash,
        known.company_hash as known_company_hash,
        known.company_from_date as known_company_from_date,
        known.from_date as known_from_date,
        coalesce(starts.from_date, 'infinity') as start_date
    from items
    full join known using (company_id, product_id, planning_location_id)
    left join starts using (company_id)
    -- What went away before the last build is gone.
    where items.first_week_date is not null or known.first_week_date is not null
),

begun as (
    select
        *,
        case
            when
                bool_or(
                    (known_first_week_date is not null and first_week_date is not null)
                    and (known_company_hash is distinct from company_hash or known_category_1 is distinct from category_1)
                ) over company
                or bool_or(
                    first_week_date is distinct from known_first_week_date
                    and least(first_week_date, known_first_week_date) < start_date
                ) over company
                or not bool_or(known_first_week_date is not null) over company
                then '-infinity'::date
            else start_date
        end as company_from_date,
        min(known_company_from_date) over company as pending_from_date
    from compared
    window company as (partition by company_id)
)

select
    company_id,
    product_id,
    planning_location_id,
    first_week_date,
    category_1,
    product_hash,
    company_hash,
    -- What no publication has shown yet is redone again: a run may have broken off before the last of its tables.
    least(company_from_date, case when pending.is_pending then pending_from_date end) as company_from_date,
    least(
        case
            when first_week_date is null then '-infinity'::date
            when known_first_week_date is null then company_from_date
            when known_product_hash is distinct from product_hash then least(first_week_date, company_from_date)
            else company_from_date
        end,
        case when pending.is_pending then known_from_date end
    ) as from_date
from begun
cross join pending
