-- Weekly demand of planned products adds up to their daily sales of complete weeks, wherever they sold,
-- less what is likely fake where the policy leaves that out. An incremental build reads the weekly sums instead of the lines
-- of all days, so these have to add up to the daily sums, which it makes by other days.
-- depends_on: {{ ref('int_sales_plans_weekly') }}, {{ ref('int_sales_categories_daily') }}, {{ ref('fct_sales_daily') }}
with daily as (
    select sales.company_id, sum(sales.sold_quantity) as sold_quantity
    from {{ ref('int_sales_plans_weekly' if of_a_build() else 'fct_sales_daily') }} as sales
    inner join {{ ref('int_products_planned') }} as products
        on sales.company_id = products.company_id and sales.product_id = products.product_id
    inner join {{ ref('int_company_policies') }} as policies
        on
            sales.company_id = policies.company_id
            and sales.{{ 'week_start_date' if of_a_build() else 'sale_date' }} <= policies.last_complete_week_date + 6
    where not (sales.is_suspect and policies.suspect_exclude_from_demand)
    group by sales.company_id
),

weekly as (
    select company_id, sum(sold_quantity) as sold_quantity
    from {{ ref('fct_demand_weekly') }}
    group by company_id
)

select daily.company_id
from daily
left join weekly using (company_id)
where daily.sold_quantity is distinct from weekly.sold_quantity
{%- if of_a_build() %}

union all

select company_id
from (
    select company_id, sum(sold_quantity) as sold_quantity
    from {{ ref('int_sales_categories_daily') }}
    group by company_id
) as days
full join (
    select company_id, sum(sold_quantity) as sold_quantity
    from {{ ref('int_sales_plans_weekly') }}
    group by company_id
) as weeks using (company_id)
where days.sold_quantity is distinct from weeks.sold_quantity
{%- endif %}
