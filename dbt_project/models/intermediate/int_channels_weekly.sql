{{ config(materialized='table') }}

-- A basket of several categories is one of the channel, so baskets are counted anew; all else adds up.
with sums as (
    select
        company_id,
        week_start_date,
        channel,
        case when count(uom) = count(*) and min(uom) = max(uom) then min(uom) end as uom,
        {% for measure in [
            'sold_quantity', 'returned_quantity', 'net_amount', 'sold_amount', 'returned_amount', 'discount_amount',
            'costed_net_amount', 'cost_amount',
        ] -%}
        sum({{ measure }})::numeric(18, 4) as {{ measure }},
        {% endfor -%}
        sum(line_count) as line_count
    from {{ ref('int_channel_categories_weekly') }}
    group by company_id, week_start_date, channel
),

baskets as (
    select company_id, week_start_date, channel, count(*) as basket_count
    from (
        select distinct company_id, date_trunc('week', sale_date)::date as week_start_date, channel, transaction_id
        from {{ ref('fct_sales_lines') }}
        where not is_return
    ) as transactions
    group by company_id, week_start_date, channel
)

select
    sums.*,
    coalesce(baskets.basket_count, 0) as basket_count
from sums
left join baskets using (company_id, week_start_date, channel)
