-- Orders that go back whole within hours, by return documents or by lines that take back as much of the product from the
-- same customer; and those lines themselves, which would else take back what demand never had.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

sold as (
    select
        orders.*,
        make_interval(hours => policies.suspect_return_hours) as return_time,
        {{ return_days('policies') }} as return_days
    from {{ ref('int_orders_in_scope') }} as orders
    inner join policies on orders.company_id = policies.company_id
    where not orders.takes_back
),

taken_back as (
    select * from {{ ref('int_orders_in_scope') }}
    where takes_back
),

documents as (
    select * from {{ ref('stg_returns') }}
    where status <> 'rejected'
),

returned as (
    select
        sold.company_id,
        sold.transaction_id,
        sold.sale_date,
        sold.product_id
    from sold
    inner join documents
        on
            sold.company_id = documents.company_id
            and sold.transaction_id = documents.transaction_id
            and sold.product_id = documents.product_id
            and sold.uom = documents.uom
            and documents.returned_at between sold.sold_at and sold.sold_at + sold.return_time
            and documents.return_date between sold.sale_date and sold.sale_date + sold.return_days
    group by sold.company_id, sold.transaction_id, sold.sale_date, sold.product_id, sold.uom, sold.currency
    having sum(documents.quantity) >= max(sold.quantity)
),

pairs as (
    select
        sold.company_id,
        sold.transaction_id,
        sold.sale_date,
        sold.product_id,
        taken_back.transaction_id as back_transaction_id,
        taken_back.sale_date as back_date
    from sold
    inner join taken_back
        on
            sold.company_id = taken_back.company_id
            and sold.customer_id = taken_back.customer_id
            and sold.product_id = taken_back.product_id
            and sold.uom = taken_back.uom
            and sold.quantity = taken_back.quantity
            and taken_back.sold_at between sold.sold_at and sold.sold_at + sold.return_time
            and taken_back.sale_date between sold.sale_date and sold.sale_date + sold.return_days
),

undone as (
    select company_id, transaction_id, sale_date, product_id from returned
    union
    select company_id, transaction_id, sale_date, product_id from pairs
),

undone_orders as (
    select
        sold.company_id,
        sold.transaction_id,
        sold.sale_date
    from sold
    left join undone using (company_id, transaction_id, sale_date, product_id)
    group by sold.company_id, sold.transaction_id, sold.sale_date
    having bool_and(undone.product_id is not null)
),

back_orders as (
    select
        taken_back.company_id,
        taken_back.transaction_id,
        taken_back.sale_date
    from taken_back
    left join pairs
        on
            taken_back.company_id = pairs.company_id
            and taken_back.transaction_id = pairs.back_transaction_id
            and taken_back.sale_date = pairs.back_date
            and taken_back.product_id = pairs.product_id
    left join undone_orders
        on
            pairs.company_id = undone_orders.company_id
            and pairs.transaction_id = undone_orders.transaction_id
            and pairs.sale_date = undone_orders.sale_date
    group by taken_back.company_id, taken_back.transaction_id, taken_back.sale_date
    having bool_and(undone_orders.transaction_id is not null)
)

select company_id, transaction_id, sale_date from undone_orders
union
select company_id, transaction_id, sale_date from back_orders
