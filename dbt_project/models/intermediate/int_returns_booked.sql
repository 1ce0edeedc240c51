-- depends_on: {{ ref('int_returns_booked_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_returns_booked_affected', 'date_column': 'sale_date'},
    indexes=[{'columns': ['company_id', 'sale_date']}]
) }}

with booked as (
    select
        *,
        company_id in (select company_id from {{ ref('fct_returns') }}) as is_documented
    from {{ ref('fct_sales_lines') }} as sales_lines
    where
        is_return
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_returns_booked_affected'), 'sales_lines.company_id', 'sales_lines.sale_date'
        ) }}
        {%- endif %}
),

-- Sales lines do not say which sale they undo: the last day on which the same customer bought the same product before.
purchases as (
    select
        booked.sales_line_key,
        max(sales.sale_date) as purchase_date
    from booked
    inner join {{ ref('fct_sales_lines') }} as sales
        on
            booked.company_id = sales.company_id
            and booked.customer_id = sales.customer_id
            and booked.product_id = sales.product_id
            -- As a difference: no index over days is read once for every line.
            and booked.sale_date - sales.sale_date >= 0
    where booked.customer_id <> 'unknown' and not booked.is_documented and not sales.is_return
    group by booked.sales_line_key
)

select
    booked.sales_line_key,
    booked.company_id,
    booked.customer_id,
    booked.product_id,
    booked.uom,
    booked.quantity,
    booked.net_amount,
    booked.is_documented,
    booked.sale_date,
    purchases.purchase_date
from booked
left join purchases on booked.sales_line_key = purchases.sales_line_key
