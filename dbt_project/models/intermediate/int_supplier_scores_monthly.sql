{{ config(materialized='table') }}

{%- set parts = ['on_time', 'in_full', 'quality', 'confirmation', 'lead_time', 'price_stability', 'price'] -%}

-- Each part is 0 at its worst and 1 at its best, and null where nobody knows: the known parts share the weight of the others.
with rates as (
    select * from {{ ref('int_supplier_rates_monthly') }}
),

lead_times as (
    select * from {{ ref('int_supplier_lead_times_monthly') }}
    where is_sample_sufficient
),

prices as (
    select * from {{ ref('int_supplier_prices_monthly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

parts as (
    select
        rates.company_id,
        rates.supplier_id,
        rates.month_start_date,
        rates.on_time_shrunk_pct as on_time,
        rates.in_full_shrunk_pct as in_full,
        1 - rates.reject_shrunk_pct as quality,
        rates.confirmation_shrunk_pct as confirmation,
        -- Of null and a number, greatest takes the number.
        case
            when lead_times.lead_time_cv_shrunk is not null
                then greatest(1 - lead_times.lead_time_cv_shrunk / policies.lead_time_cv_limit, 0)
        end as lead_time,
        case
            when prices.price_cv is not null then greatest(1 - prices.price_cv / policies.price_cv_limit, 0)
        end as price_stability,
        case
            when prices.contract_amount > 0
                then least(
                    greatest(
                        1 - prices.contract_variance_amount / prices.contract_amount / policies.price_variance_limit, 0
                    ), 1
                )
        end as price
    from rates
    inner join policies on rates.company_id = policies.company_id
    {% for source in ['lead_times', 'prices'] -%}
    left join {{ source }}
        on
            rates.company_id = {{ source }}.company_id
            and rates.supplier_id = {{ source }}.supplier_id
            and rates.month_start_date = {{ source }}.month_start_date
    {% endfor %}
),

weighed as (
    select
        parts.*,
        {% for part in parts -%}
        case when parts.{{ part }} is null then 0 else policies.{{ part }}_weight end{{ ' +' if not loop.last }}
        {% endfor -%}
        as known_weight,
        {% for part in parts -%}
        policies.{{ part }}_weight * coalesce(parts.{{ part }}, 0){{ ' +' if not loop.last }}
        {% endfor -%}
        as weighted_sum,
        policies.score_minimum_known_share
    from parts
    inner join policies on parts.company_id = policies.company_id
),

scored as (
    select
        *,
        case when known_weight >= score_minimum_known_share then 100 * weighted_sum / known_weight end as score
    from weighed
)

select
    company_id,
    supplier_id,
    month_start_date,
    {% for part in parts -%}
    {{ part }}::numeric(9, 6) as {{ part }}_part,
    {% endfor -%}
    known_weight::numeric(9, 6) as score_known_share,
    score::numeric(9, 3) as score,
    {% for months in [3, 6] -%}
    (avg(score) over (
        partition by company_id, supplier_id order by month_start_date
        range between interval '{{ months }} months' preceding and interval '1 month' preceding
    ))::numeric(9, 3) as score_{{ months }}m_mean{{ ',' if not loop.last }}
    {% endfor %}
from scored
