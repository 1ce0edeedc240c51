-- Grain: one row per company, product, planning location and complete week. Stocked products only.
-- Semi-additive: on-hand figures (not over weeks). Non-additive: every ratio and every count of days.
{{ config(tags=['after_ml'], indexes=[{'columns': ['company_id', 'week_start_date']}]) }}

with demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

rolling as (
    select * from {{ ref('int_sku_rolling_weekly') }}
),

aged as (
    select * from {{ ref('int_inventory_aged_weekly') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

-- Runs of one week share their last known week: the newest of them speaks for it.
forecast as (
    select distinct on (company_id, product_id, planning_location_id, last_known_week_date)
        company_id,
        product_id,
        planning_location_id,
        last_known_week_date,
        weekly_forecast_quantity
    from (
        select
            company_id,
            product_id,
            planning_location_id,
            business_date,
            (date_trunc('week', business_date + 1) - interval '7 days')::date as last_known_week_date,
            avg(mean_quantity) as weekly_forecast_quantity
        from {{ ref('int_forecast_runs') }}
        where is_newest_of_date
        group by company_id, product_id, planning_location_id, business_date
    ) as runs
    order by company_id asc, product_id asc, planning_location_id asc, last_known_week_date asc, business_date desc
),

active_share as (
    select
        demand.company_id,
        demand.planning_location_id,
        items.category_1,
        demand.week_start_date,
        count(*) filter (where demand.sold_quantity > 0) as selling_product_count,
        count(*) filter (where demand.closing_on_hand_quantity > 0 or demand.sold_quantity > 0) as stocked_product_count
    from demand
    inner join items using (company_id, product_id, planning_location_id)
    group by demand.company_id, demand.planning_location_id, items.category_1, demand.week_start_date
)

select
    demand.company_id,
    demand.product_id,
    items.product_name,
    items.category_1,
    demand.planning_location_id,
    demand.week_start_date,
    items.uom,
    demand.sold_quantity,
    demand.net_sales_amount,
    (demand.net_sales_amount - demand.cost_amount)::numeric(18, 4) as gross_margin_amount,
    demand.received_quantity,
    rolling.opening_on_hand_quantity,
    demand.closing_on_hand_quantity,
    demand.closing_on_hand_amount,
    demand.closing_inbound_quantity,
    -- Turnover per year over the trailing 13 weeks; the three bases differ, so each is named.
    (rolling.cost_13w_amount / nullif(rolling.average_on_hand_13w_amount, 0) * 52 / rolling.weeks_in_window)::numeric(
        18, 4
    ) as turnover_cost,
    (
        rolling.net_sales_13w_amount
        / nullif(rolling.average_on_hand_13w_quantity * items.list_price, 0) * 52 / rolling.weeks_in_window
    )::numeric(18, 4) as turnover_retail,
    (
        rolling.sold_13w_quantity / nullif(rolling.average_on_hand_13w_quantity, 0) * 52 / rolling.weeks_in_window
    )::numeric(18, 4) as turnover_unit,
    (
        (rolling.net_sales_13w_amount - rolling.cost_13w_amount)
        / nullif(rolling.average_on_hand_13w_amount, 0) * 52 / rolling.weeks_in_window
    )::numeric(18, 4) as gmroi,
    rolling.sold_4w_quantity::numeric(18, 4) as sell_through_numerator,
    (rolling.on_hand_4w_ago_quantity + rolling.received_4w_quantity)::numeric(18, 4) as sell_through_denominator,
    (
        rolling.sold_4w_quantity / nullif(rolling.on_hand_4w_ago_quantity + rolling.received_4w_quantity, 0)
    )::numeric(18, 6) as sell_through_pct,
    active_share.selling_product_count::integer as active_sku_numerator,
    active_share.stocked_product_count::integer as active_sku_denominator,
    (active_share.selling_product_count / nullif(active_share.stocked_product_count, 0)::numeric)::numeric(9, 6)
        as active_sku_pct,
    (demand.closing_on_hand_quantity / nullif(rolling.sold_13w_quantity / (7.0 * rolling.weeks_in_window), 0))::numeric(
        18, 2
    ) as backward_cover_days,
    (demand.closing_on_hand_quantity / nullif(forecast.weekly_forecast_quantity / 7.0, 0))::numeric(18, 2)
        as forward_cover_days,
    demand.stockout_days,
    rolling.stockout_days_4w::smallint as stockout_days_4w,
    aged.aged_45_quantity::numeric(18, 4) as aged_45_quantity,
    aged.aged_90_quantity::numeric(18, 4) as aged_90_quantity,
    aged.aged_180_quantity::numeric(18, 4) as aged_180_quantity,
    (aged.aged_45_quantity * demand.closing_unit_cost)::numeric(18, 4) as aged_45_amount,
    (aged.aged_90_quantity * demand.closing_unit_cost)::numeric(18, 4) as aged_90_amount,
    (aged.aged_180_quantity * demand.closing_unit_cost)::numeric(18, 4) as aged_180_amount,
    case
        when demand.closing_on_hand_quantity is null then 'not_stocked'
        when demand.closing_on_hand_quantity <= 0 then 'out_of_stock'
        when
            -- An item of less than four weeks has had no time to sell.
            rolling.weeks_in_window >= 4
            and demand.closing_on_hand_quantity * 7.0 * rolling.weeks_in_window
            > policies.overstock_cover_days * rolling.sold_13w_quantity
            then 'overstocked'
        when
            demand.closing_on_hand_quantity * 7.0 * rolling.weeks_in_window
            < policies.understock_cover_days * rolling.sold_13w_quantity
            then 'understocked'
        else 'in_stock'
    end as stock_status
from demand
inner join rolling using (company_id, product_id, planning_location_id, week_start_date)
inner join items using (company_id, product_id, planning_location_id)
inner join policies using (company_id)
left join aged using (company_id, product_id, planning_location_id, week_start_date)
left join active_share
    on
        demand.company_id = active_share.company_id
        and demand.planning_location_id = active_share.planning_location_id
        and items.category_1 = active_share.category_1
        and demand.week_start_date = active_share.week_start_date
left join forecast
    on
        demand.company_id = forecast.company_id
        and demand.product_id = forecast.product_id
        and demand.planning_location_id = forecast.planning_location_id
        -- The forecast made with this week as its last known one; weeks before the first run have none.
        and demand.week_start_date = forecast.last_known_week_date
