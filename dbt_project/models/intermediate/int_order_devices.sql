-- Customers who order from one device or to one address within some days of each other.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

marks as (
    select distinct
        orders.company_id,
        orders.transaction_id,
        orders.sale_date,
        orders.customer_id,
        used.mark
    from {{ ref('int_orders_in_scope') }} as orders
    cross join lateral (
        values ('device ' || orders.device_hash), ('address ' || orders.address_hash)
    ) as used (mark)
    where not orders.takes_back and used.mark is not null
),

-- Day by day instead of order by order: a mark that all orders share stays cheap.
users as (
    select
        marks.company_id,
        marks.mark,
        marks.sale_date + days.shift as near_date,
        count(distinct marks.customer_id) as customer_count
    from (select distinct company_id, mark, sale_date, customer_id from marks) as marks
    inner join policies on marks.company_id = policies.company_id
    cross join lateral generate_series(-policies.suspect_shared_days, policies.suspect_shared_days) as days (shift)
    group by marks.company_id, marks.mark, marks.sale_date + days.shift
)

select
    marks.company_id,
    marks.transaction_id,
    marks.sale_date,
    max(users.customer_count)::integer as sharing_customer_count,
    max({{ evidence('users.customer_count', 'policies.suspect_shared_customers') }}) as shared_score
from marks
inner join users
    on
        marks.company_id = users.company_id
        and marks.mark = users.mark
        and marks.sale_date = users.near_date
inner join policies on marks.company_id = policies.company_id
group by marks.company_id, marks.transaction_id, marks.sale_date
