{{ config(materialized='table') }}

with reopened as (
    {{ reopened_dates(
        ref('stg_returns_affected_dates'),
        fact='fct_returns',
        date_column='return_date',
        members=[
            {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
            {'dimension': ref('dim_location'), 'entity': 'locations', 'natural': 'location_id', 'key': 'location_key'},
            {'dimension': ref('dim_customer'), 'entity': 'customers', 'natural': 'customer_id', 'key': 'customer_key'},
        ]
    ) }}
),

returns as (
    {{ existing_rows('core', 'fct_returns', {
        'company_id': 'text',
        'transaction_id': 'text',
        'product_id': 'text',
        'return_date': 'date',
        'sale_date': 'date',
    }) }}
),

-- A return copies from its sale: from the one that it had, and from one that it finds only now.
had as (
    select
        returns.company_id,
        returns.return_date
    from returns
    inner join {{ ref('int_sales_dates_affected') }} as sales_dates
        on returns.company_id = sales_dates.company_id and returns.sale_date = sales_dates.affected_date
),

found as (
    select
        returns.company_id,
        returns.return_date
    from {{ ref('fct_sales_lines') }} as sales_lines
    inner join returns
        on
            sales_lines.company_id = returns.company_id
            and sales_lines.transaction_id = returns.transaction_id
            and sales_lines.product_id = returns.product_id
    where {{ only_affected_dates(
        ref('int_sales_dates_affected'), 'sales_lines.company_id', 'sales_lines.sale_date'
    ) }}
)

select company_id, affected_date from reopened
union
select company_id, return_date from had
union
select company_id, return_date from found
