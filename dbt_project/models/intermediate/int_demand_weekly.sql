{{ config(materialized='table') }}

-- Sales and stock of every planning item and week, zero-filled, the current week included.
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
        weeks.week_start_date,
        weeks.closing_date,
        weeks.trailing_week_date,
        weeks.is_complete_week,
        policies.stockout_week_days
    from items
    inner join policies on items.company_id = policies.company_id
    inner join {{ ref('int_company_weeks') }} as weeks
        on items.company_id = weeks.company_id and items.first_week_date <= weeks.week_start_date
)

select
    spine.company_id,
    spine.product_id,
    spine.planning_location_id,
    spine.week_start_date,
    spine.closing_date,
    spine.trailing_week_date,
    spine.is_complete_week,
    count(stock.stock_days) over (
        partition by spine.company_id, spine.planning_location_id, spine.week_start_date
    ) > 0 as has_stock_records,
    coalesce(sales.sold_quantity, 0)::numeric(18, 4) as sold_quantity,
    coalesce(sales.returned_quantity, 0)::numeric(18, 4) as returned_quantity,
    coalesce(sales.net_amount, 0)::numeric(18, 4) as net_sales_amount,
    coalesce(sales.gross_amount, 0)::numeric(18, 4) as gross_sales_amount,
    coalesce(sales.costed_net_amount, 0)::numeric(18, 4) as costed_net_sales_amount,
    case when sales.sold_quantity is null then 0 else sales.cost_amount end::numeric(18, 4) as cost_amount,
    (sales.net_amount / nullif(sales.sold_quantity - sales.returned_quantity, 0))::numeric(18, 4)
        as average_unit_price,
    (sales.gross_amount / nullif(sales.sold_quantity - sales.returned_quantity, 0))::numeric(18, 4)
        as regular_unit_price,
    (1 - sales.net_amount / nullif(sales.gross_amount, 0))::numeric(9, 6) as discount_pct,
    coalesce(promotions.promoted_share, 0)::numeric(9, 6) as promoted_share,
    coalesce(stock.stockout_days, 0)::smallint as stockout_days,
    coalesce(stock.stockout_days, 0) >= spine.stockout_week_days as is_stockout_week,
    coalesce(inbound.received_quantity, 0)::numeric(18, 4) as received_quantity,
    stock.average_on_hand_quantity,
    stock.average_on_hand_amount,
    stock.average_on_hand_retail_amount,
    lag(stock.closing_on_hand_quantity) over (
        partition by spine.company_id, spine.product_id, spine.planning_location_id order by spine.week_start_date
    )::numeric(18, 4) as opening_on_hand_quantity,
    stock.closing_on_hand_quantity,
    stock.closing_on_hand_amount,
    stock.closing_inbound_quantity,
    stock.closing_allocated_quantity,
    stock.closing_in_transit_quantity,
    (stock.closing_on_hand_amount / nullif(stock.closing_on_hand_quantity, 0))::numeric(18, 4) as closing_unit_cost
from spine
left join sales using (company_id, product_id, planning_location_id, week_start_date)
left join stock using (company_id, product_id, planning_location_id, week_start_date)
left join inbound using (company_id, product_id, planning_location_id, week_start_date)
left join promotions using (company_id, product_id, planning_location_id, week_start_date)
