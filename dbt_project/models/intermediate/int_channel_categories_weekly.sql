-- depends_on: {{ ref('int_sales_weeks_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_weeks_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Sums come from the days, which are added up already; only baskets and the value of returns need the lines. Distinct
-- counts are rows of a distinct select: that hashes, count(distinct) sorts.
with products as (
    select * from {{ ref('dim_product') }}
),

daily as (
    select *
    from {{ ref('fct_sales_daily') }} as sales_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_weeks_affected'), 'sales_daily.company_id', 'sales_daily.sale_date') }}
    {%- endif %}
),

lines as (
    select *
    from {{ ref('fct_sales_lines') }} as sales_lines
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_weeks_affected'), 'sales_lines.company_id', 'sales_lines.sale_date') }}
    {%- endif %}
),

sums as (
    select
        daily.company_id,
        date_trunc('week', daily.sale_date)::date as week_start_date,
        daily.channel,
        coalesce(products.category_1, 'unknown') as category_1,
        case when min(daily.uom) = max(daily.uom) then min(daily.uom) end as uom,
        sum(daily.line_count) as line_count,
        {% for measure in [
            'sold_quantity', 'returned_quantity', 'net_amount', 'discount_amount', 'costed_net_amount', 'cost_amount',
        ] -%}
        sum(daily.{{ measure }})::numeric(18, 4) as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from daily
    left join products on daily.product_key = products.product_key
    group by
        daily.company_id,
        date_trunc('week', daily.sale_date),
        daily.channel,
        coalesce(products.category_1, 'unknown')
),

returns as (
    select
        lines.company_id,
        date_trunc('week', lines.sale_date)::date as week_start_date,
        lines.channel,
        coalesce(products.category_1, 'unknown') as category_1,
        count(*) as line_count,
        -sum(lines.net_amount) as net_amount
    from lines
    left join products on lines.product_key = products.product_key
    where lines.is_return
    group by
        lines.company_id,
        date_trunc('week', lines.sale_date),
        lines.channel,
        coalesce(products.category_1, 'unknown')
),

-- Week by week: all transactions at once pass through the disk.
baskets as (
    select weeks.company_id, weeks.week_start_date, counted.channel, counted.category_1, counted.basket_count
    from (select distinct company_id, week_start_date from sums) as weeks
    cross join lateral (
        select channel, category_1, count(*) as basket_count
        from (
            select distinct
                lines.channel,
                coalesce(products.category_1, 'unknown') as category_1,
                lines.transaction_id
            from {{ ref('fct_sales_lines') }} as lines
            left join products on lines.product_key = products.product_key
            where
                lines.company_id = weeks.company_id
                and lines.sale_date >= weeks.week_start_date
                and lines.sale_date < weeks.week_start_date + 7
                and not lines.is_return
        ) as transactions
        group by channel, category_1
    ) as counted
)

select
    sums.company_id,
    sums.week_start_date,
    sums.channel,
    sums.category_1,
    sums.uom,
    sums.line_count - coalesce(returns.line_count, 0) as line_count,
    sums.sold_quantity,
    sums.returned_quantity,
    sums.net_amount,
    (sums.net_amount + coalesce(returns.net_amount, 0))::numeric(18, 4) as sold_amount,
    coalesce(returns.net_amount, 0)::numeric(18, 4) as returned_amount,
    sums.discount_amount,
    sums.costed_net_amount,
    sums.cost_amount,
    coalesce(baskets.basket_count, 0) as basket_count
from sums
left join returns using (company_id, week_start_date, channel, category_1)
left join baskets using (company_id, week_start_date, channel, category_1)
