-- depends_on: {{ ref('int_sales_weeks_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_weeks_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

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
    from {{ ref('int_channel_categories_weekly') }} as categories
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_weeks_affected'), 'categories.company_id', 'categories.week_start_date') }}
    {%- endif %}
    group by company_id, week_start_date, channel
),

-- Week by week: all transactions at once pass through the disk, again and again where the planner takes them for few.
baskets as (
    select weeks.company_id, weeks.week_start_date, counted.channel, counted.basket_count
    from (select distinct company_id, week_start_date from sums) as weeks
    cross join lateral (
        select channel, count(*) as basket_count
        from (
            select distinct lines.channel, lines.transaction_id
            from {{ ref('fct_sales_lines') }} as lines
            where
                lines.company_id = weeks.company_id
                and lines.sale_date >= weeks.week_start_date
                and lines.sale_date < weeks.week_start_date + 7
                and not lines.is_return
        ) as transactions
        group by channel
    ) as counted
)

select
    sums.*,
    coalesce(baskets.basket_count, 0) as basket_count
from sums
left join baskets using (company_id, week_start_date, channel)
