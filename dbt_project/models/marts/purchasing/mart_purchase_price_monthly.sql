-- Grain: one row per company, supplier, product, unit, currency and month of order. Months without an order line that states a price have no row.
-- Non-additive: every price, rate and index. Amounts add up within one currency, quantities within one unit.
with prices as (
    select * from {{ ref('int_purchase_prices_monthly') }}
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
)

select
    prices.company_id,
    prices.supplier_id,
    suppliers.supplier_name,
    prices.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    prices.uom,
    prices.currency,
    prices.month_start_date,
    prices.lines_count::integer as lines_count,
    prices.ordered_quantity::numeric(18, 4) as ordered_quantity,
    prices.ordered_amount::numeric(18, 4) as ordered_amount,
    prices.unit_price::numeric(18, 4) as unit_price,
    (prices.standard_amount / nullif(prices.standard_quantity, 0))::numeric(18, 4) as standard_price,
    (prices.contract_amount / nullif(prices.contract_quantity, 0))::numeric(18, 4) as contract_price,
    prices.last_unit_price::numeric(18, 4) as last_unit_price,
    prices.standard_quantity::numeric(18, 4) as standard_quantity,
    prices.standard_variance_amount::numeric(18, 4) as ppv_standard_amount,
    (prices.standard_variance_amount / nullif(prices.standard_amount, 0))::numeric(18, 6) as ppv_standard_pct,
    prices.contract_quantity::numeric(18, 4) as contract_quantity,
    prices.contract_variance_amount::numeric(18, 4) as ppv_contract_amount,
    (prices.contract_variance_amount / nullif(prices.contract_amount, 0))::numeric(18, 6) as ppv_contract_pct,
    ((prices.unit_price - prices.last_unit_price) * prices.ordered_quantity)::numeric(18, 4) as ppv_last_amount,
    (prices.unit_price / nullif(prices.last_unit_price, 0) - 1)::numeric(18, 6) as ppv_last_pct,
    prices.price_months_count::integer as price_months_count,
    prices.price_cv,
    (100 * prices.unit_price / nullif(prices.first_unit_price, 0))::numeric(18, 3) as price_index
from prices
left join products on prices.company_id = products.company_id and prices.product_id = products.product_id
left join suppliers on prices.company_id = suppliers.company_id and prices.supplier_id = suppliers.supplier_id
