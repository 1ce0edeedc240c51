-- Grain: one row per company, supplier and month, in the twelve months from an order line on; the current month is so far.
-- Non-additive: all. The points of the factors add up to the index of their row.
{% set factors = ['lead_time', 'lateness', 'lateness_trend', 'concentration', 'price', 'logistics', 'overdue'] -%}

with factors as (
    select * from {{ ref('int_supply_risk_factors_monthly') }}
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

weights as (
    select * from {{ ref('int_supply_risk_weights') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

weighed as (
    select
        factors.*,
        months.closing_date,
        months.is_complete_month,
        {% for factor in factors -%}
        weights.{{ factor }}_weight * factors.{{ factor }}_risk as {{ factor }}_weighted,
        {% endfor -%}
        {% for factor in factors -%}
        case when factors.{{ factor }}_risk is null then 0 else weights.{{ factor }}_weight end{{ ' +' if not loop.last }}
        {% endfor -%}
        as known_weight
    from factors
    inner join months
        on factors.company_id = months.company_id and factors.month_start_date = months.month_start_date
    -- The weights that held at the close of the month: what changes later leaves it alone.
    left join weights
        on
            factors.company_id = weights.company_id
            and months.closing_date >= weights.effective_from
            and months.closing_date < weights.effective_to
),

indexed as (
    select
        weighed.*,
        case
            when weighed.known_weight >= policies.risk_minimum_known_share then 100 / weighed.known_weight
        end as points_per_weight,
        policies.medium_index,
        policies.high_index,
        policies.minimum_lines
    from weighed
    inner join policies on weighed.company_id = policies.company_id
),

summed as (
    select
        *,
        points_per_weight * (
            {% for factor in factors -%}
            coalesce({{ factor }}_weighted, 0){{ ' +' if not loop.last }}
            {% endfor %}
        ) as risk_index
    from indexed
)

select
    summed.company_id,
    summed.supplier_id,
    suppliers.supplier_name,
    suppliers.country_code,
    summed.month_start_date,
    summed.closing_date,
    summed.is_complete_month,
    summed.products_count,
    summed.sole_products_count,
    summed.ordered_lines_count,
    summed.lines_measured_12m_count,
    summed.lead_time_receipts_count,
    summed.inbound_shipments_count,
    summed.overdue_lines_count,
    summed.lead_time_cv,
    summed.late_shrunk_pct,
    summed.late_rise_pct,
    summed.product_share_pct,
    summed.price_cv,
    summed.carrier_late_pct,
    summed.currency,
    summed.overdue_amount::numeric(18, 4) as overdue_amount,
    summed.overdue_pct::numeric(18, 6) as overdue_pct,
    {% for factor in factors -%}
    summed.{{ factor }}_risk,
    {% endfor -%}
    {% for factor in factors -%}
    (summed.points_per_weight * summed.{{ factor }}_weighted)::numeric(9, 3) as {{ factor }}_points,
    {% endfor -%}
    summed.known_weight::numeric(9, 6) as known_share,
    summed.risk_index::numeric(9, 3) as risk_index,
    case
        when summed.risk_index is null then 'unknown'
        when summed.risk_index >= summed.high_index then 'high'
        when summed.risk_index >= summed.medium_index then 'medium'
        else 'low'
    end as risk_level,
    coalesce(summed.lines_measured_12m_count >= summed.minimum_lines, false) as is_sample_sufficient
from summed
left join suppliers on summed.company_id = suppliers.company_id and summed.supplier_id = suppliers.supplier_id
