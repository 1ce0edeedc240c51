-- Grain: one row per company, product, place and month with stock records.
-- Additive: days, episodes, lost sales of one unit and currency. Non-additive: stockout_pct.
-- depends_on: {{ ref('int_stockout_months_affected') }}, {{ ref('int_stockout_products_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={
        'affected_dates': 'int_stockout_months_affected',
        'affected_products': 'int_stockout_products_affected',
        'date_column': 'month_start_date',
    },
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}
{%- set affected_months = ref('int_stockout_months_affected') %}
{%- set affected_products = ref('int_stockout_products_affected') %}

with stock as (
    {{ months_to_read(ref('int_inventory_monthly'), affected_months, affected_products, months_before=2) }}
),

sales as (
    {{ months_to_read(ref('int_sales_served_monthly'), affected_months, affected_products, months_before=2) }}
),

months as (
    select
        stock.*,
        coalesce(sales.sold_quantity, 0) as sold_quantity,
        coalesce(sales.sold_stockout_quantity, 0) as sold_stockout_quantity,
        sum(stock.stock_days - stock.stockout_days) over last_3 as in_stock_days_3m,
        coalesce(sum(sales.sold_quantity - sales.sold_stockout_quantity) over last_3, 0) as sold_in_stock_3m_quantity,
        -- What came back is out of the amount: the price is that of what stayed sold.
        sum(sales.sold_quantity - sales.returned_quantity) over last_3 as kept_3m_quantity,
        sum(sales.net_amount) over last_3 as net_3m_amount
    from stock
    left join sales using (company_id, product_id, location_id, month_start_date)
    window last_3 as (
        partition by stock.company_id, stock.product_id, stock.location_id
        order by stock.month_start_date
        range between interval '2 months' preceding and current row
    )
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

estimated as (
    select
        *,
        greatest(
            stockout_days * sold_in_stock_3m_quantity / nullif(in_stock_days_3m, 0) - sold_stockout_quantity, 0
        ) as lost_sales_quantity
    from months
)

select
    estimated.company_id,
    estimated.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    estimated.location_id,
    locations.location_name,
    locations.location_type,
    estimated.month_start_date,
    products.uom,
    policies.currency,
    estimated.stock_days::integer as stock_days,
    estimated.stockout_days::integer as stockout_days,
    estimated.stockout_episodes::integer as stockout_episode_count,
    (estimated.stockout_days / nullif(estimated.stock_days, 0)::numeric)::numeric(9, 6) as stockout_pct,
    estimated.sold_quantity::numeric(18, 4) as sold_quantity,
    estimated.sold_stockout_quantity::numeric(18, 4) as sold_stockout_quantity,
    case when estimated.in_stock_days_3m > 0 then estimated.lost_sales_quantity end::numeric(18, 4)
        as lost_sales_quantity,
    case
        when estimated.in_stock_days_3m = 0 then null
        when estimated.lost_sales_quantity = 0 then 0
        when estimated.kept_3m_quantity > 0 and estimated.net_3m_amount > 0
            then estimated.lost_sales_quantity * estimated.net_3m_amount / estimated.kept_3m_quantity
    end::numeric(18, 4) as lost_sales_amount
from estimated
inner join {{ ref('int_company_policies') }} as policies on estimated.company_id = policies.company_id
left join products on estimated.company_id = products.company_id and estimated.product_id = products.product_id
left join locations on estimated.company_id = locations.company_id and estimated.location_id = locations.location_id
{%- if is_incremental() %}
where
    (estimated.company_id, estimated.month_start_date) in (select company_id, affected_date from {{ affected_months }})
    or (estimated.company_id, estimated.product_id) in (
        select company_id, product_id from {{ affected_products }}
        where is_redone and product_id is not null
    )
{%- endif %}
