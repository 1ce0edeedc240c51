{{ config(materialized='table') }}

-- Lines that take goods back, with the last day on which the same customer bought the same product before: sources that
-- book returns as sales lines do not say which sale they undo.
with lines as (
    select * from {{ ref('fct_sales_lines') }}
),

returns as (
    select * from lines
    where is_return
),

purchases as (
    select
        returns.sales_line_key,
        max(sales.sale_date) as purchase_date
    from returns
    inner join lines as sales
        on
            returns.company_id = sales.company_id
            and returns.customer_id = sales.customer_id
            and returns.product_id = sales.product_id
            and returns.sale_date >= sales.sale_date
    where returns.customer_id <> 'unknown' and not sales.is_return
    group by returns.sales_line_key
)

select
    returns.sales_line_key,
    returns.company_id,
    returns.product_id,
    returns.channel,
    returns.sale_date as return_date,
    (-returns.quantity)::numeric(18, 4) as returned_quantity,
    (-returns.net_amount)::numeric(18, 4) as returned_amount,
    purchases.purchase_date,
    returns.sale_date - purchases.purchase_date as days_to_return
from returns
left join purchases using (sales_line_key)
