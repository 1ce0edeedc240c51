-- depends_on: {{ ref('int_sales_weeks_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_weeks_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Weeks without sales are missing here. Distinct counts are rows of a distinct select: that hashes, count(distinct) sorts.
with daily as (
    select *
    from {{ ref('fct_sales_daily') }} as sales_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_weeks_affected'), 'sales_daily.company_id', 'sales_daily.sale_date') }}
    {%- endif %}
),

sales as (
    select
        company_id,
        date_trunc('week', sale_date)::date as week_start_date,
        sum(net_amount) as net_amount,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(costed_net_amount) as costed_net_amount,
        sum(cost_amount) as cost_amount
    from daily
    group by company_id, date_trunc('week', sale_date)
),

products as (
    select company_id, week_start_date, count(*) as product_count
    from (
        select distinct company_id, date_trunc('week', sale_date)::date as week_start_date, product_id
        from daily
        where sold_quantity > 0
    ) as sold
    group by company_id, week_start_date
),

-- Week by week: all transactions at once pass through the disk.
baskets as (
    select weeks.company_id, weeks.week_start_date, counted.transaction_count
    from sales as weeks
    cross join lateral (
        select count(*) as transaction_count
        from (
            select distinct lines.transaction_id
            from {{ ref('fct_sales_lines') }} as lines
            where
                lines.company_id = weeks.company_id
                and lines.sale_date >= weeks.week_start_date
                and lines.sale_date < weeks.week_start_date + 7
        ) as transactions
    ) as counted
)

select
    sales.*,
    coalesce(products.product_count, 0) as product_count,
    baskets.transaction_count
from sales
left join products using (company_id, week_start_date)
inner join baskets using (company_id, week_start_date)
