{{ config(materialized='table') }}

-- Class of every product, frozen for a quarter: by what it earned in the twelve months before, or as many as there are.
with months as (
    select * from {{ ref('int_products_monthly') }}
),

quarters as (
    select distinct
        company_id,
        date_trunc('quarter', month_start_date)::date as quarter_start_date
    from months
),

earned as (
    select
        months.company_id,
        months.product_id,
        quarters.quarter_start_date,
        sum(months.costed_net_amount - months.cost_amount) as gross_margin_amount,
        sum(months.net_amount) as net_amount,
        bool_or(bool_or(months.costed_net_amount <> 0)) over (
            partition by months.company_id, quarters.quarter_start_date
        ) as has_costs
    from months
    inner join quarters
        on
            months.company_id = quarters.company_id
            and months.month_start_date < quarters.quarter_start_date
            and months.month_start_date >= quarters.quarter_start_date - interval '12 months'
    group by months.company_id, months.product_id, quarters.quarter_start_date
),

valued as (
    select
        *,
        greatest(case when has_costs then gross_margin_amount else net_amount end, 0) as class_amount
    from earned
),

ranked as (
    select
        *,
        sum(class_amount) over (partition by company_id, quarter_start_date) as total_amount,
        sum(class_amount) over (
            partition by company_id, quarter_start_date
            order by class_amount desc, product_id asc
            rows between unbounded preceding and current row
        ) - class_amount as amount_before
    from valued
)

select
    ranked.company_id,
    ranked.product_id,
    ranked.quarter_start_date,
    -- The product that crosses a cut belongs to the better class.
    case
        when ranked.class_amount = 0 then 'long_tail'
        when ranked.amount_before < policies.cash_cow_share * ranked.total_amount then 'cash_cow'
        when ranked.amount_before < policies.strategic_share * ranked.total_amount then 'strategic'
        else 'long_tail'
    end as turnover_class
from ranked
inner join {{ ref('int_company_policies') }} as policies on ranked.company_id = policies.company_id
