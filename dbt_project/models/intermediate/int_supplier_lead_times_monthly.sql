{{ config(materialized='table') }}

-- What came of one order in one category on one day is one observation: ten lines on a truck prove no more than one.
with deliveries as (
    select distinct
        lines.company_id,
        lines.supplier_id,
        lines.purchase_order_id,
        coalesce(products.category_1, 'unknown') as category_1,
        lines.first_receipt_date,
        lines.lead_time_days
    from {{ ref('fct_purchase_order_lines') }} as lines
    left join {{ ref('dim_product') }} as products on lines.product_key = products.product_key
    -- Goods that came before they were ordered tell of a wrong date.
    where lines.lead_time_days >= 0 and lines.supplier_id is not null
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

monthly as (
    select
        company_id,
        supplier_id,
        category_1,
        date_trunc('month', first_receipt_date)::date as month_start_date,
        count(*) as receipts,
        sum(lead_time_days) as days,
        sum(lead_time_days * lead_time_days) as squared_days
    from deliveries
    group by company_id, supplier_id, category_1, date_trunc('month', first_receipt_date)
),

trailing_year as (
    select
        months.company_id,
        months.month_start_date,
        monthly.supplier_id,
        monthly.category_1,
        sum(monthly.receipts) as receipts,
        sum(monthly.days) as days,
        sum(monthly.squared_days) as squared_days
    from months
    inner join monthly
        on
            months.company_id = monthly.company_id
            and monthly.month_start_date between months.year_start_date and months.month_start_date
    group by months.company_id, months.month_start_date, monthly.supplier_id, monthly.category_1
),

categories as (
    select
        company_id,
        month_start_date,
        category_1,
        sum(days) / sum(receipts) as mean_days,
        -- Within suppliers: that they differ from one another makes none of them unsteady.
        sum(squared_days - days * days / receipts) / nullif(sum(receipts - 1), 0) as variance
    from trailing_year
    group by company_id, month_start_date, category_1
),

suppliers as (
    select
        own.company_id,
        own.supplier_id,
        own.month_start_date,
        sum(own.receipts) as receipts,
        sum(own.days) / sum(own.receipts) as mean_days,
        (sum(own.squared_days) - sum(own.days) * sum(own.days) / sum(own.receipts))
        / nullif(sum(own.receipts) - 1, 0) as variance,
        sum(own.receipts * categories.mean_days) / sum(own.receipts) as prior_mean_days,
        sum(own.receipts * categories.variance)
        / sum(own.receipts) filter (where categories.variance is not null) as prior_variance
    from trailing_year as own
    inner join categories using (company_id, month_start_date, category_1)
    group by own.company_id, own.supplier_id, own.month_start_date
),

shrunk as (
    select
        suppliers.*,
        suppliers.receipts >= policies.minimum_receipts as is_sample_sufficient,
        (suppliers.receipts * suppliers.mean_days + policies.shrinkage_receipts * suppliers.prior_mean_days)
        / (suppliers.receipts + policies.shrinkage_receipts) as shrunk_mean_days,
        coalesce(
            (
                (suppliers.receipts - 1) * coalesce(suppliers.variance, 0)
                + policies.shrinkage_receipts * suppliers.prior_variance
            ) / nullif(suppliers.receipts - 1 + policies.shrinkage_receipts, 0),
            suppliers.variance
        ) as shrunk_variance
    from suppliers
    inner join policies on suppliers.company_id = policies.company_id
)

select
    company_id,
    supplier_id,
    month_start_date,
    receipts::integer as lead_time_receipts_count,
    is_sample_sufficient,
    mean_days::numeric(9, 3) as lead_time_days_mean,
    sqrt(variance)::numeric(9, 3) as lead_time_days_sd,
    (sqrt(variance) / nullif(mean_days, 0))::numeric(9, 6) as lead_time_cv,
    shrunk_mean_days::numeric(9, 3) as lead_time_days_mean_shrunk,
    sqrt(shrunk_variance)::numeric(9, 3) as lead_time_days_sd_shrunk,
    (sqrt(shrunk_variance) / nullif(shrunk_mean_days, 0))::numeric(9, 6) as lead_time_cv_shrunk
from shrunk
