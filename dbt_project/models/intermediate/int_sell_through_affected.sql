{{ config(materialized='table') }}

-- Planning items to redo, and those whose launch is judged otherwise than in the build before, from their first week on.
{%- set is_known = existing_table('intermediate', 'int_sell_through_affected') | trim %}

with judged as (
    select
        items.company_id,
        items.product_id,
        items.planning_location_id,
        items.first_week_date,
        items.company_from_date,
        items.from_date,
        coalesce(hashtextextended(launches::text, 0), 0) as launch_hash
    from {{ ref('int_planning_items_affected') }} as items
    left join {{ ref('int_launches') }} as launches using (company_id, product_id, planning_location_id)
),

-- Nothing is known before the first build and in a full refresh.
known as (
    {% if is_known -%}
    select company_id, product_id, planning_location_id, company_from_date, from_date, launch_hash from {{ this }}
    {%- else -%}
    select company_id, product_id, planning_location_id, company_from_date, from_date, launch_hash from judged
    where false
    {%- endif %}
),

pending as (
    select {{ lists_are_pending() }} as is_pending
),

compared as (
    select
        judged.*,
        case when coalesce(judged.launch_hash <> known.launch_hash, true) then judged.first_week_date end as changed_from_date,
        case when pending.is_pending then known.company_from_date end as known_company_from_date,
        case when pending.is_pending then known.from_date end as known_from_date
    from judged
    cross join pending
    left join known using (company_id, product_id, planning_location_id)
)

select
    company_id,
    product_id,
    planning_location_id,
    first_week_date,
    least(
        company_from_date,
        min(changed_from_date) over (partition by company_id),
        min(known_company_from_date) over (partition by company_id)
    ) as company_from_date,
    least(from_date, changed_from_date, known_from_date) as from_date,
    launch_hash
from compared
