{{ config(tags=['after_alerts'], materialized='table') }}

-- What a stock-out cost, of all that began since the first evaluation of early warning.
with evaluations as (
    select
        company_id,
        min(business_date) as first_date
    from {{ ref('stg_alert_evaluations') }}
    group by company_id
),

items as (
    select
        company_id,
        product_id,
        planning_location_id,
        greatest(list_price - unit_cost, 0) as unit_margin
    from {{ ref('dim_planning_item') }}
),

weeks as (
    select
        demand.company_id,
        demand.product_id,
        demand.planning_location_id,
        demand.week_start_date,
        demand.stockout_days,
        evaluations.first_date,
        lag(demand.stockout_days) over item as days_before,
        sum(demand.stockout_days) over (item rows between current row and 3 following) as days_of_month,
        sum(demand.sold_quantity) over (item rows between 13 preceding and 1 preceding) as sold_before
    from {{ ref('fct_demand_weekly') }} as demand
    inner join evaluations
        on
            demand.company_id = evaluations.company_id
            -- The quarter before tells whether anybody wanted it.
            and demand.week_start_date > evaluations.first_date - 98
    window
        item as (
            partition by demand.company_id, demand.product_id, demand.planning_location_id
            order by demand.week_start_date
        )
)

select
    weeks.company_id,
    weeks.product_id,
    weeks.planning_location_id,
    weeks.week_start_date,
    -- What the pace of the quarter before would have sold on the days without stock of four weeks.
    weeks.sold_before / 91 * weeks.days_of_month * coalesce(items.unit_margin, 0) as lost_margin_amount
from weeks
left join items
    on
        weeks.company_id = items.company_id
        and weeks.product_id = items.product_id
        and weeks.planning_location_id = items.planning_location_id
where
    weeks.week_start_date > weeks.first_date
    and weeks.stockout_days > 0
    and weeks.days_before = 0
