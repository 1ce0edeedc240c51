{{ config(materialized='table') }}

-- How much hangs on one supplier: its share of what was bought of each product in a year. Products are weighed by order
-- lines, which have neither unit nor currency.
with lines as (
    select
        *,
        date_trunc('month', coalesce(order_date, due_date))::date as month_start_date
    from {{ ref('fct_purchase_order_lines') }}
    where is_binding and supplier_id is not null
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

monthly as (
    select
        company_id,
        supplier_id,
        product_id,
        uom,
        month_start_date,
        count(*) as lines_count,
        sum(ordered_quantity) as ordered_quantity
    from lines
    group by company_id, supplier_id, product_id, uom, month_start_date
),

trailing_year as (
    select
        months.company_id,
        months.month_start_date,
        monthly.supplier_id,
        monthly.product_id,
        sum(monthly.lines_count) as lines_count,
        sum(monthly.ordered_quantity)
        / nullif(sum(sum(monthly.ordered_quantity)) over (
            partition by months.company_id, months.month_start_date, monthly.product_id, monthly.uom
        ), 0) as share,
        min(monthly.supplier_id) over products = max(monthly.supplier_id) over products as is_sole
    from months
    inner join monthly
        on
            months.company_id = monthly.company_id
            and monthly.month_start_date between months.year_start_date and months.month_start_date
    group by months.company_id, months.month_start_date, monthly.supplier_id, monthly.product_id, monthly.uom
    -- Whoever sells it by the case is another supplier of it.
    window products as (partition by months.company_id, months.month_start_date, monthly.product_id)
)

select
    company_id,
    supplier_id,
    month_start_date,
    count(distinct product_id)::integer as products_count,
    (count(distinct product_id) filter (where is_sole))::integer as sole_products_count,
    sum(lines_count)::integer as ordered_lines_count,
    (sum(share * lines_count) / nullif(sum(lines_count) filter (where share is not null), 0))::numeric(9, 6)
        as product_share_pct
from trailing_year
group by company_id, supplier_id, month_start_date
