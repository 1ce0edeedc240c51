-- Grain: one row per company, product, planning location and complete ISO week (Monday), from the first sale or stock
-- to the last complete week, zero-filled. Stocked products only.
-- Semi-additive: closing_on_hand_quantity (not over weeks). Non-additive: prices, discount_pct, promoted_share, stockout_days.
{{ config(indexes=[{'columns': ['company_id', 'week_start_date']}]) }}

with sales as (
    select * from {{ ref('int_sales_weekly') }}
),

stock as (
    select * from {{ ref('int_inventory_weekly') }}
),

inbound as (
    select
        company_id,
        product_id,
        planning_location_id,
        date_trunc('week', movement_date)::date as week_start_date,
        sum(inbound_quantity) as received_quantity
    from {{ ref('int_inbound_daily') }}
    group by company_id, product_id, planning_location_id, date_trunc('week', movement_date)
),

promotions as (
    select * from {{ ref('int_promotions_weekly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

selling_places as (
    select
        locations.company_id,
        locations.planning_location_id,
        count(distinct daily.location_id) as place_count
    from {{ ref('fct_sales_daily') }} as daily
    inner join {{ ref('int_locations_planned') }} as locations using (company_id, location_id)
    group by locations.company_id, locations.planning_location_id
),

items as (
    select
        company_id,
        product_id,
        planning_location_id,
        min(week_start_date) as first_week_date
    from (
        select company_id, product_id, planning_location_id, week_start_date from sales
        union all
        select company_id, product_id, planning_location_id, week_start_date from stock
    ) as activity
    group by company_id, product_id, planning_location_id
),

spine as (
    select
        items.company_id,
        items.product_id,
        items.planning_location_id,
        week::date as week_start_date,
        policies.stockout_week_days
    from items
    inner join policies on items.company_id = policies.company_id
    cross join lateral generate_series(
        items.first_week_date, policies.last_complete_week_date, interval '7 days'
    ) as week
)

select
    spine.company_id,
    spine.product_id,
    spine.planning_location_id,
    {{ date_key('spine.week_start_date') }} as week_start_date_key,
    spine.week_start_date,
    coalesce(sales.sold_quantity, 0)::numeric(18, 4) as sold_quantity,
    coalesce(sales.returned_quantity, 0)::numeric(18, 4) as returned_quantity,
    coalesce(sales.net_amount, 0)::numeric(18, 4) as net_sales_amount,
    coalesce(sales.gross_amount, 0)::numeric(18, 4) as gross_sales_amount,
    case when sales.sold_quantity is null then 0 else sales.cost_amount end::numeric(18, 4) as cost_amount,
    (sales.net_amount / nullif(sales.sold_quantity - sales.returned_quantity, 0))::numeric(18, 4)
        as average_unit_price,
    (sales.gross_amount / nullif(sales.sold_quantity - sales.returned_quantity, 0))::numeric(18, 4)
        as regular_unit_price,
    (1 - sales.net_amount / nullif(sales.gross_amount, 0))::numeric(9, 6) as discount_pct,
    least(
        coalesce(promotions.promoted_place_days / (7.0 * nullif(selling_places.place_count, 0)), 0), 1
    )::numeric(9, 6) as promoted_share,
    coalesce(stock.stockout_days, 0)::smallint as stockout_days,
    coalesce(stock.stockout_days, 0) >= spine.stockout_week_days as is_stockout_week,
    coalesce(inbound.received_quantity, 0)::numeric(18, 4) as received_quantity,
    stock.average_on_hand_quantity::numeric(18, 4) as average_on_hand_quantity,
    stock.average_on_hand_amount::numeric(18, 4) as average_on_hand_amount,
    stock.closing_on_hand_quantity::numeric(18, 4) as closing_on_hand_quantity,
    stock.closing_on_hand_amount::numeric(18, 4) as closing_on_hand_amount,
    stock.closing_inbound_quantity::numeric(18, 4) as closing_inbound_quantity,
    (stock.closing_on_hand_amount / nullif(stock.closing_on_hand_quantity, 0))::numeric(18, 4) as closing_unit_cost
from spine
left join sales using (company_id, product_id, planning_location_id, week_start_date)
left join stock using (company_id, product_id, planning_location_id, week_start_date)
left join inbound using (company_id, product_id, planning_location_id, week_start_date)
left join promotions using (company_id, product_id, planning_location_id, week_start_date)
left join selling_places using (company_id, planning_location_id)
