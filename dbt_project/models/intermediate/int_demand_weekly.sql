-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}
{%- set first_week = first_week_of_any_item(ref('int_planning_items_affected')) %}

-- Sales and stock of every planning item and week, zero-filled, the current week included.
with items as (
    {{ items_to_redo(ref('int_planning_items_affected')) }}
),

sales as (
    select * from {{ ref('int_sales_weekly') }} as sales_weekly
    where {{ only_redone_weeks(ref('int_planning_items_affected'), 'sales_weekly') }}
),

stock as (
    select * from {{ ref('int_inventory_weekly') }} as inventory_weekly
    where {{ only_redone_weeks(ref('int_planning_items_affected'), 'inventory_weekly', weeks_before=1) }}
),

recorded_weeks as (
    select company_id, planning_location_id, week_start_date
    from {{ ref('int_inventory_weekly') }}
    where week_start_date >= {{ first_week }}
    group by company_id, planning_location_id, week_start_date
),

inbound as (
    select
        company_id,
        product_id,
        planning_location_id,
        date_trunc('week', movement_date)::date as week_start_date,
        sum(inbound_quantity) as received_quantity
    from {{ ref('int_inbound_daily') }}
    where movement_date >= {{ first_week }}
    group by company_id, product_id, planning_location_id, date_trunc('week', movement_date)
),

promotions as (
    select * from {{ ref('int_promotions_weekly') }} as promotions_weekly
    where {{ only_redone_weeks(ref('int_planning_items_affected'), 'promotions_weekly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
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
        on
            items.company_id = weeks.company_id
            and greatest(items.first_week_date, items.from_date) <= weeks.week_start_date
)
{%- if is_incremental() %},

-- What the weeks before say about the first week that is redone.
known as (
    select
        weeks.company_id,
        weeks.product_id,
        weeks.planning_location_id,
        weeks.last_sale_date,
        weeks.first_stock_date
    from {{ this }} as weeks
    inner join items
        on
            weeks.company_id = items.company_id
            and weeks.product_id = items.product_id
            and weeks.planning_location_id = items.planning_location_id
            and weeks.week_start_date = items.from_date - 7
    where weeks.week_start_date >= {{ first_week }} - 7
)
{%- endif %}

select
    spine.company_id,
    spine.product_id,
    spine.planning_location_id,
    spine.week_start_date,
    spine.closing_date,
    spine.trailing_week_date,
    spine.is_complete_week,
    recorded_weeks.company_id is not null as has_stock_records,
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
    stock_before.closing_on_hand_quantity::numeric(18, 4) as opening_on_hand_quantity,
    stock.closing_on_hand_quantity,
    stock.closing_on_hand_amount,
    stock.closing_inbound_quantity,
    stock.closing_allocated_quantity,
    stock.closing_in_transit_quantity,
    (stock.closing_on_hand_amount / nullif(stock.closing_on_hand_quantity, 0))::numeric(18, 4) as closing_unit_cost,
    greatest(
        {{ 'known.last_sale_date,' if is_incremental() }} max(sales.last_sale_date) over item
    ) as last_sale_date,
    least(
        {{ 'known.first_stock_date,' if is_incremental() }}
        min(case when stock.closing_on_hand_quantity is not null then spine.closing_date end) over item
    ) as first_stock_date
from spine
left join sales using (company_id, product_id, planning_location_id, week_start_date)
left join stock using (company_id, product_id, planning_location_id, week_start_date)
left join recorded_weeks using (company_id, planning_location_id, week_start_date)
left join inbound using (company_id, product_id, planning_location_id, week_start_date)
left join promotions using (company_id, product_id, planning_location_id, week_start_date)
{% if is_incremental() -%}
left join known using (company_id, product_id, planning_location_id)
{% endif -%}
left join stock as stock_before
    on
        spine.company_id = stock_before.company_id
        and spine.product_id = stock_before.product_id
        and spine.planning_location_id = stock_before.planning_location_id
        and spine.week_start_date = stock_before.week_start_date + 7
window item as (
    partition by spine.company_id, spine.product_id, spine.planning_location_id order by spine.week_start_date
)
