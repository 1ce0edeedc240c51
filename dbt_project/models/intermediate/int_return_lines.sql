{{ config(materialized='table') }}

-- What customers brought back: the documents of companies that keep such, else the sales lines that book it. A company with
-- documents may book its returns as sales lines too, so those of the lines are left out then.
with documents as (
    select
        returns.*,
        -- Nobody tells how to convert a refund. Without one on the document: its share of what the sale brought.
        case
            when returns.refund_amount is null
                then returns.sold_net_amount / nullif(returns.sold_quantity, 0) * returns.returned_quantity
            when coalesce(returns.currency, policies.currency) = policies.currency then returns.refund_amount
        end as returned_amount
    from {{ ref('fct_returns') }} as returns
    inner join {{ ref('int_company_policies') }} as policies on returns.company_id = policies.company_id
    -- What was only asked for, or refused, did not come back.
    where returns.status in ('received', 'refunded')
),

-- A company whose documents were all refused keeps documents still.
documenting as (
    select distinct company_id from {{ ref('fct_returns') }}
),

lines as (
    select * from {{ ref('fct_sales_lines') }}
),

booked as (
    select lines.*
    from lines
    left join documenting on lines.company_id = documenting.company_id
    where lines.is_return and documenting.company_id is null
),

-- Sales lines do not say which sale they undo: the last day on which the same customer bought the same product before.
purchases as (
    select
        booked.sales_line_key,
        max(sales.sale_date) as purchase_date
    from booked
    inner join lines as sales
        on
            booked.company_id = sales.company_id
            and booked.customer_id = sales.customer_id
            and booked.product_id = sales.product_id
            and booked.sale_date >= sales.sale_date
    where booked.customer_id <> 'unknown' and not sales.is_return
    group by booked.sales_line_key
)

select
    return_line_key,
    company_id,
    product_id,
    uom,
    return_reason,
    is_restockable,
    return_date,
    returned_quantity,
    returned_amount::numeric(18, 4) as returned_amount,
    days_to_return,
    true as is_document
from documents
union all
select
    booked.sales_line_key as return_line_key,
    booked.company_id,
    booked.product_id,
    booked.uom,
    'unknown' as return_reason,
    null::boolean as is_restockable,
    booked.sale_date as return_date,
    (-booked.quantity)::numeric(18, 4) as returned_quantity,
    (-booked.net_amount)::numeric(18, 4) as returned_amount,
    booked.sale_date - purchases.purchase_date as days_to_return,
    false as is_document
from booked
left join purchases using (sales_line_key)
