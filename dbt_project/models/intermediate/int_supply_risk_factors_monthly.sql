{{ config(materialized='table') }}

-- The factors of supply risk: 0 is none, 1 is what the policy calls full risk, null is unknown.
with shares as (
    select * from {{ ref('int_supplier_shares_monthly') }}
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

prices as (
    -- The last month of the year in which prices could be compared.
    select distinct on (months.company_id, prices.supplier_id, months.month_start_date)
        months.company_id,
        prices.supplier_id,
        months.month_start_date,
        prices.price_cv
    from months
    inner join {{ ref('int_supplier_prices_monthly') }} as prices
        on
            months.company_id = prices.company_id
            and prices.month_start_date between months.year_start_date and months.month_start_date
    where prices.price_cv is not null
    order by months.company_id asc, prices.supplier_id asc, months.month_start_date asc, prices.month_start_date desc
),

{% set sources = {
    'lead_times': 'int_supplier_lead_times_monthly',
    'lateness': 'int_supplier_lateness_monthly',
    'logistics': 'int_supplier_logistics_monthly',
    'overdue': 'int_supplier_overdue_monthly',
} -%}
joined as (
    select
        shares.company_id,
        shares.supplier_id,
        shares.month_start_date,
        shares.products_count,
        shares.sole_products_count,
        shares.ordered_lines_count,
        lateness.lines_measured_12m_count,
        lead_times.lead_time_receipts_count,
        case when lead_times.is_sample_sufficient then lead_times.lead_time_cv_shrunk end as lead_time_cv,
        lateness.late_shrunk_pct,
        lateness.late_rise_pct,
        shares.product_share_pct,
        prices.price_cv,
        logistics.inbound_shipments_count,
        logistics.carrier_late_pct,
        overdue.overdue_lines_count,
        overdue.currency,
        case when overdue.currency is not null then overdue.overdue_amount end as overdue_amount,
        case
            when overdue.currency is null then null
            when overdue.due_3m_amount > 0 then overdue.overdue_amount / overdue.due_3m_amount
            -- Nothing was due since, and something older is still to come.
            when overdue.overdue_amount > 0 then 1
        end as overdue_pct
    from shares
    left join prices using (company_id, supplier_id, month_start_date)
    {% for alias, model in sources.items() -%}
    left join {{ ref(model) }} as {{ alias }} using (company_id, supplier_id, month_start_date)
    {% endfor %}
)

select
    joined.*,
    {% for factor, figure, limit in [
        ('lead_time', 'lead_time_cv', 'policies.lead_time_cv_limit'),
        ('lateness', 'late_shrunk_pct', 'policies.late_limit'),
        ('lateness_trend', 'late_rise_pct', 'policies.late_rise_limit'),
        ('concentration', 'product_share_pct', '1'),
        ('price', 'price_cv', 'policies.price_cv_limit'),
        ('logistics', 'carrier_late_pct', 'policies.carrier_late_limit'),
        ('overdue', 'overdue_pct', 'policies.overdue_limit'),
    ] -%}
    case
        when joined.{{ figure }} is not null then least(greatest(joined.{{ figure }} / {{ limit }}, 0), 1)
    end::numeric(9, 6) as {{ factor }}_risk{{ ',' if not loop.last }}
    {% endfor %}
from joined
inner join policies on joined.company_id = policies.company_id
