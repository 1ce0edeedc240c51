{{ config(materialized='table') }}

-- Prices paid, beside those that were expected on the day of the order. A price is compared in its own currency and unit only.
with lines as (
    select
        lines.*,
        coalesce(lines.order_date, lines.due_date) as price_date
    from {{ ref('fct_purchase_order_lines') }} as lines
    inner join {{ ref('int_company_policies') }} as policies
        on lines.company_id = policies.company_id and coalesce(lines.order_date, lines.due_date) <= policies.business_date
    where
        lines.is_binding
        and lines.supplier_id is not null
        -- A cent, or nothing, that fills the field of an unknown price would blow up all that is compared with it.
        and lines.unit_price > coalesce(policies.placeholder_price, 0)
),

terms as (
    select * from {{ ref('stg_supplier_products') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

compared as (
    select distinct on (lines.purchase_order_line_key)
        lines.*,
        -- A cost of nothing is one that nobody keeps.
        nullif(products.standard_cost, 0) as standard_price,
        terms.unit_price as contract_price
    from lines
    left join products
        on
            lines.product_key = products.product_key
            and lines.currency = products.currency
            and lines.uom = products.uom
    left join terms
        on
            lines.company_id = terms.company_id
            and lines.supplier_id = terms.supplier_id
            and lines.product_id = terms.product_id
            and lines.currency = terms.currency
            and lines.uom = terms.uom
            and lines.price_date >= terms.effective_from
            and lines.price_date < coalesce(terms.effective_to, date '9999-12-31')
    -- Of terms that overlap the later ones hold.
    order by lines.purchase_order_line_key asc, terms.effective_from desc
),

monthly as (
    select
        company_id,
        supplier_id,
        product_id,
        uom,
        currency,
        date_trunc('month', price_date)::date as month_start_date,
        count(*) as lines_count,
        sum(ordered_quantity) as ordered_quantity,
        sum(unit_price * ordered_quantity) as ordered_amount,
        sum(unit_price * ordered_quantity) / nullif(sum(ordered_quantity), 0) as unit_price,
        {% for reference in ['standard', 'contract'] -%}
        sum(ordered_quantity) filter (where {{ reference }}_price is not null) as {{ reference }}_quantity,
        sum({{ reference }}_price * ordered_quantity) as {{ reference }}_amount,
        sum((unit_price - {{ reference }}_price) * ordered_quantity) as {{ reference }}_variance_amount{{ ',' if not loop.last }}
        {% endfor %}
    from compared
    group by company_id, supplier_id, product_id, uom, currency, date_trunc('month', price_date)
)

select
    company_id,
    supplier_id,
    product_id,
    uom,
    currency,
    month_start_date,
    lines_count,
    ordered_quantity::numeric(18, 4) as ordered_quantity,
    ordered_amount::numeric(18, 4) as ordered_amount,
    unit_price::numeric(18, 6) as unit_price,
    {% for reference in ['standard', 'contract'] -%}
    {{ reference }}_quantity::numeric(18, 4) as {{ reference }}_quantity,
    {{ reference }}_amount::numeric(18, 4) as {{ reference }}_amount,
    {{ reference }}_variance_amount::numeric(18, 4) as {{ reference }}_variance_amount,
    {% endfor -%}
    (lag(unit_price) over history)::numeric(18, 6) as last_unit_price,
    (first_value(unit_price) over history)::numeric(18, 6) as first_unit_price,
    count(unit_price) over trailing_year as price_months_count,
    (sum(ordered_quantity) over trailing_year)::numeric(18, 4) as year_quantity,
    (stddev_samp(unit_price) over trailing_year / nullif(avg(unit_price) over trailing_year, 0))::numeric(9, 6) as price_cv
from monthly
window
    history as (partition by company_id, supplier_id, product_id, uom, currency order by month_start_date),
    trailing_year as (
        partition by company_id, supplier_id, product_id, uom, currency order by month_start_date
        range between interval '11 months' preceding and current row
    )
