-- depends_on: {{ ref('int_return_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_return_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

-- What customers brought back, by documents and by sales lines that book it. A company with documents may book its returns as
-- sales lines too: one of the two counts. Which one, and the currency of the company, may change any day: both are kept apart.
with documents as (
    select
        company_id,
        product_id,
        uom,
        return_reason,
        is_restockable,
        return_date,
        returned_quantity,
        -- Without a refund on the document: its share of what the sale brought.
        coalesce(refund_amount, sold_net_amount / nullif(sold_quantity, 0) * returned_quantity)::numeric(18, 4)
            as returned_amount,
        case when refund_amount is not null then currency end as refund_currency,
        days_to_return,
        true as is_document
    from {{ ref('fct_returns') }} as returns
    where
        -- What was only asked for, or refused, did not come back.
        status in ('received', 'refunded')
        {% if is_incremental() -%}
        and {{ only_affected_dates(ref('int_return_months_affected'), 'returns.company_id', 'returns.return_date') }}
        {%- endif %}
),

booked as (
    select
        company_id,
        product_id,
        uom,
        'unknown' as return_reason,
        null::boolean as is_restockable,
        sale_date as return_date,
        -quantity as returned_quantity,
        -net_amount as returned_amount,
        null as refund_currency,
        sale_date - purchase_date as days_to_return,
        false as is_document
    from {{ ref('int_returns_booked') }} as returns_booked
    {% if is_incremental() -%}
    where {{ only_affected_dates(
        ref('int_return_months_affected'), 'returns_booked.company_id', 'returns_booked.sale_date'
    ) }}
    {%- endif %}
),

lines as (
    select * from documents
    union all
    select * from booked
)

select
    company_id,
    product_id,
    date_trunc('month', return_date)::date as month_start_date,
    return_reason,
    refund_currency,
    is_document,
    min(uom) as first_uom,
    max(uom) as last_uom,
    count(*) as return_line_count,
    sum(returned_quantity) as returned_quantity,
    sum(returned_amount) as returned_amount,
    sum(returned_quantity) filter (where is_restockable) as restockable_quantity,
    sum(returned_quantity) filter (where is_restockable is not null) as restockable_known_quantity,
    count(days_to_return) as dated_line_count,
    sum(days_to_return) as days_to_return_sum
from lines
group by company_id, product_id, date_trunc('month', return_date), return_reason, refund_currency, is_document
