{{ config(materialized='table') }}

-- A line that takes goods back is redone with its day, and with the purchase before it: where that is redone, where another
-- is the last one now, and where the company begins to keep documents, or has none left.
with booked as (
    {{ existing_rows('intermediate', 'int_returns_booked', {
        'company_id': 'text',
        'customer_id': 'text',
        'product_id': 'text',
        'sale_date': 'date',
        'purchase_date': 'date',
        'is_documented': 'boolean',
    }) }}
),

documenting as (
    select distinct company_id from {{ ref('fct_returns') }}
),

redone as (
    select
        booked.company_id,
        booked.sale_date
    from booked
    inner join {{ ref('int_sales_dates_affected') }} as sales_dates
        on booked.company_id = sales_dates.company_id and booked.purchase_date = sales_dates.affected_date
),

bought_later as (
    select
        booked.company_id,
        booked.sale_date
    from {{ ref('fct_sales_lines') }} as sales
    inner join booked
        on
            sales.company_id = booked.company_id
            and sales.customer_id = booked.customer_id
            and sales.product_id = booked.product_id
            and sales.sale_date <= booked.sale_date
            and sales.sale_date > coalesce(booked.purchase_date, '-infinity')
    where
        booked.customer_id <> 'unknown'
        and not booked.is_documented
        and not sales.is_return
        and {{ only_affected_dates(ref('int_sales_dates_affected'), 'sales.company_id', 'sales.sale_date') }}
),

told_otherwise as (
    select
        booked.company_id,
        booked.sale_date
    from booked
    left join documenting on booked.company_id = documenting.company_id
    where booked.is_documented <> (documenting.company_id is not null)
)

select company_id, affected_date from {{ ref('int_sales_dates_affected') }}
union
select company_id, sale_date from redone
union
select company_id, sale_date from bought_later
union
select company_id, sale_date from told_otherwise
{{ or_broken_off() }}
