-- Orders that go back whole within hours, by return documents or by lines that take back as much of the product from the
-- same customer; and those lines themselves, which would else take back what demand never had. What came back at the very
-- instant of the sale tells no time: sources that keep days only give both the same.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

orders as (
    select
        orders.*,
        make_interval(hours => policies.suspect_return_hours) as return_time,
        {{ return_days('policies') }} as return_days
    from {{ ref('int_orders_in_scope') }} as orders
    inner join policies on orders.company_id = policies.company_id
),

sold as (
    select * from orders
    where not takes_back
),

taken_back as (
    select * from orders
    where takes_back
),

documents as (
    select * from {{ ref('stg_returns') }}
    where not is_deleted and status <> 'rejected'
),

returned as (
    select
        sold.company_id,
        sold.transaction_id,
        sold.sale_date,
        sold.product_id,
        sold.uom,
        sold.currency
    from sold
    inner join documents
        on
            sold.company_id = documents.company_id
            and sold.transaction_id = documents.transaction_id
            and sold.product_id = documents.product_id
            and sold.uom = documents.uom
            and sold.sold_at < documents.returned_at
            and sold.sold_at + sold.return_time >= documents.returned_at
            and documents.return_date between sold.sale_date and sold.sale_date + sold.return_days
    group by sold.company_id, sold.transaction_id, sold.sale_date, sold.product_id, sold.uom, sold.currency
    having sum(documents.quantity) >= max(sold.quantity)
),

-- A line takes back the last sale before it that no other one does, as brackets close: a sale is a step up, and what undoes
-- it the next step down between the same two levels.
steps as (
    select
        *,
        sum(case when takes_back then -1 else 1 end) over (
            partition by company_id, customer_id, product_id, uom, currency, quantity
            order by sale_date asc, sold_at asc, takes_back desc, transaction_id asc
        ) + takes_back::integer as upper_level
    from orders
    where customer_id is not null
),

followed as (
    select
        *,
        lead(transaction_id) over same_level as back_transaction_id,
        lead(sale_date) over same_level as back_date,
        lead(sold_at) over same_level as back_sold_at
    from steps
    window same_level as (
        partition by company_id, customer_id, product_id, uom, currency, quantity, upper_level
        order by sale_date asc, sold_at asc, takes_back desc, transaction_id asc
    )
),

pairs as (
    select
        company_id,
        transaction_id,
        sale_date,
        product_id,
        uom,
        currency,
        back_transaction_id,
        back_date
    from followed
    where
        not takes_back
        and sold_at < back_sold_at
        and sold_at + return_time >= back_sold_at
        and sale_date + return_days >= back_date
),

undone as (
    select company_id, transaction_id, sale_date, product_id, uom, currency from returned
    union
    select company_id, transaction_id, sale_date, product_id, uom, currency from pairs
),

undone_orders as (
    select
        sold.company_id,
        sold.transaction_id,
        sold.sale_date
    from sold
    left join undone using (company_id, transaction_id, sale_date, product_id, uom, currency)
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
            and taken_back.uom = pairs.uom
            and taken_back.currency = pairs.currency
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
