-- Grain: one row per company, stocked product and month, all places together.
-- Non-additive: every count of days, ratio and mean; average_stock_amount adds up over products, not over months.
{{ config(indexes=[{'columns': ['company_id', 'month_start_date']}]) }}

with months as (
    select
        *,
        on_hand_amount_days / nullif(stock_days, 0) as average_stock_amount,
        sum(sales_days) over last_3 as sales_days_3m,
        sum(stock_days) over last_3 as stock_days_3m,
        sum(cost_amount) over last_3 as cost_3m_amount,
        sum(on_hand_amount_days) over last_3 as on_hand_amount_days_3m
    from {{ ref('int_products_monthly') }}
    window last_3 as (
        partition by company_id, product_id
        order by month_start_date
        rows between 2 preceding and current row
    )
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

measured as (
    select
        months.*,
        products.product_name,
        coalesce(products.category_1, 'unknown') as category_1,
        policies.currency,
        policies.turnover_stop_factor,
        coalesce(classes.turnover_class, 'unclassified') as turnover_class,
        case classes.turnover_class
            when 'cash_cow' then policies.cash_cow_days
            when 'strategic' then policies.strategic_days
            when 'long_tail' then policies.long_tail_days
        end as threshold_days,
        months.average_stock_amount * months.sales_days
        / case when months.cost_amount > 0 then months.cost_amount end as turnover_days_cost,
        months.on_hand_amount_days_3m / nullif(months.stock_days_3m, 0) as average_stock_3m_amount,
        months.on_hand_amount_days_3m / nullif(months.stock_days_3m, 0) * months.sales_days_3m
        / case when months.cost_3m_amount > 0 then months.cost_3m_amount end as turnover_days_3m_cost
    from months
    inner join {{ ref('int_company_policies') }} as policies on months.company_id = policies.company_id
    left join products on months.company_id = products.company_id and months.product_id = products.product_id
    left join {{ ref('int_product_classes_quarterly') }} as classes
        on
            months.company_id = classes.company_id
            and months.product_id = classes.product_id
            and date_trunc('quarter', months.month_start_date) = classes.quarter_start_date
),

judged as (
    select
        *,
        -- Stock without sales breaches every limit, but not before it has had four weeks to sell.
        coalesce(
            stock_days_3m >= 28
            and average_stock_3m_amount * sales_days_3m > threshold_days * greatest(cost_3m_amount, 0), false
        ) as is_breach,
        average_stock_3m_amount * sales_days_3m
        > turnover_stop_factor * threshold_days * greatest(cost_3m_amount, 0) as is_hopeless,
        case
            when count(turnover_days_3m_cost) over last_12 >= 3 then avg(turnover_days_3m_cost) over last_12
        end as turnover_days_12m_mean,
        coalesce(average_stock_3m_amount > 0, false) as is_peer
    from measured
    window last_12 as (
        partition by company_id, product_id
        order by month_start_date
        rows between 12 preceding and 1 preceding
    )
),

medians as (
    select
        company_id,
        category_1,
        month_start_date,
        count(*) as peer_count,
        percentile_cont(0.5) within group (order by turnover_days_3m_cost) as median_days
    from judged
    where is_peer
    group by company_id, category_1, month_start_date
)

select
    judged.company_id,
    judged.product_id,
    judged.product_name,
    judged.category_1,
    judged.month_start_date,
    judged.closing_date,
    judged.is_complete_month,
    judged.currency,
    judged.cost_amount::numeric(18, 4) as cost_amount,
    judged.average_stock_amount::numeric(18, 4) as average_stock_amount,
    judged.turnover_days_cost::numeric(18, 2) as turnover_days_cost,
    judged.turnover_days_3m_cost::numeric(18, 2) as turnover_days_3m_cost,
    judged.turnover_class,
    judged.threshold_days::numeric(9, 2) as threshold_days,
    judged.is_breach,
    case
        when not judged.is_breach then null
        when judged.turnover_class = 'long_tail' or judged.is_hopeless then 'stop_producing'
        else 'promotion'
    end as suggestion,
    judged.turnover_days_12m_mean::numeric(18, 2) as turnover_days_12m_mean,
    (judged.turnover_days_3m_cost / nullif(judged.turnover_days_12m_mean, 0) - 1)::numeric(18, 6)
        as turnover_days_deviation_pct,
    medians.peer_count::integer as category_peer_count,
    medians.median_days::numeric(18, 2) as category_median_days,
    -- Stock that does not sell at all is the slowest of its category.
    case
        when judged.is_peer and medians.peer_count > 1
            then percent_rank() over (
                partition by judged.company_id, judged.category_1, judged.month_start_date, judged.is_peer
                order by judged.turnover_days_3m_cost asc nulls last
            )
    end::numeric(9, 6) as category_percentile
from judged
left join medians using (company_id, category_1, month_start_date)
