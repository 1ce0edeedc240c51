"""What the warehouse knows of each item on a business date: the inputs of early warning, one row per item."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import psycopg

from warehouse import frames

KEYS = ["product_id", "planning_location_id"]
# The last four weeks are judged by the thirteen before them.
JUDGED_WEEKS = 4
STANDARD_WEEKS = 13
HISTORY_WEEKS = 104

ITEMS = """
    select
        product_id, planning_location_id, planning_location_name, product_name, category_1, uom, currency, list_price,
        unit_cost
    from core.dim_planning_item
    where company_id = %(company_id)s
    order by product_id, planning_location_id
"""
DEMAND = """
    select
        product_id,
        planning_location_id,
        sum(sold_quantity) filter (where week_start_date > %(judged)s) as sold_quantity,
        count(*) filter (where week_start_date > %(judged)s) as sold_weeks,
        sum(stockout_days) filter (where week_start_date > %(judged)s) as stockout_days,
        avg(promoted_share) filter (where week_start_date > %(judged)s) as promoted_share,
        sum(net_sales_amount) filter (where week_start_date > %(judged)s)
        / nullif(sum(sold_quantity) filter (where week_start_date > %(judged)s), 0) as sold_price,
        avg(sold_quantity) filter (
            where week_start_date <= %(judged)s and not (is_stockout_week and %(stockouts_lose_sales)s)
        ) as usual_weekly_quantity,
        stddev_samp(sold_quantity) filter (
            where week_start_date <= %(judged)s and not (is_stockout_week and %(stockouts_lose_sales)s)
        ) as usual_weekly_sd,
        count(*) filter (
            where week_start_date <= %(judged)s and not (is_stockout_week and %(stockouts_lose_sales)s)
        ) as usual_weeks,
        avg(promoted_share) filter (where week_start_date <= %(judged)s) as usual_promoted_share,
        max(closing_on_hand_quantity) filter (where week_start_date = %(week)s) as on_hand_quantity,
        max(closing_inbound_quantity) filter (where week_start_date = %(week)s) as inbound_quantity
    from core.fct_demand_weekly
    where company_id = %(company_id)s and week_start_date between %(first)s and %(week)s
    group by product_id, planning_location_id
"""
FORECAST = """
    select
        product_id,
        planning_location_id,
        sum(final_quantity) filter (where horizon_week <= 4) as forecast_4w_quantity,
        sum(final_quantity) filter (where horizon_week <= 13) as forecast_13w_quantity
    from marts_build.mart_forecast_weekly
    where
        company_id = %(company_id)s and business_date = %(day)s and scenario_id = 'base'
        -- The last run of the date, which need not be the last of all.
        and model_version = (
            select model_version from marts_build.mart_forecast_weekly
            where company_id = %(company_id)s and business_date = %(day)s and scenario_id = 'base'
            order by predicted_at desc, model_version limit 1
        )
    group by product_id, planning_location_id
"""
SLOW = """
    select
        product_id, planning_location_id, probability as unsold_probability, expected_unsold_quantity,
        expected_unsold_amount, on_hand_quantity as scored_quantity, reason_1 as slow_reason,
        on_hand_amount / nullif(on_hand_quantity, 0) as stock_unit_cost
    from marts_build.mart_slow_movers
    where
        company_id = %(company_id)s and business_date = %(day)s
        and model_version = (
            select model_version from marts_build.mart_slow_movers
            where company_id = %(company_id)s and business_date = %(day)s
            order by predicted_at desc, model_version limit 1
        )
"""
# Whoever delivered most of the lines of a year is the product's supplier; all others are alternatives.
SUPPLIERS = """
    with counted as (
        select product_id, supplier_id, count(*) as lines, max(order_date) as last_order_date
        from core.fct_purchase_order_lines
        where company_id = %(company_id)s and order_date between %(year)s and %(day)s and supplier_id is not null
        group by product_id, supplier_id
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by product_id order by lines desc, last_order_date desc, supplier_id
            ) as place
        from counted
    ),

    risks as (
        select distinct on (supplier_id) supplier_id, supplier_name, risk_index
        from marts_build.mart_supply_risk_monthly
        where company_id = %(company_id)s and month_start_date <= %(day)s
        order by supplier_id, month_start_date desc
    ),

    lead_times as (
        select distinct on (supplier_id) supplier_id, lead_time_days_mean_shrunk as lead_time_days
        from marts_build.mart_supplier_scorecard_monthly
        where
            company_id = %(company_id)s and month_start_date <= %(day)s and lead_time_days_mean_shrunk is not null
        order by supplier_id, month_start_date desc
    )

    select
        ranked.product_id,
        max(ranked.supplier_id) filter (where ranked.place = 1) as supplier_id,
        max(risks.supplier_name) filter (where ranked.place = 1) as supplier_name,
        max(risks.risk_index) filter (where ranked.place = 1) as supplier_risk_index,
        max(lead_times.lead_time_days) filter (where ranked.place = 1) as lead_time_days,
        string_agg(coalesce(risks.supplier_name, ranked.supplier_id), ', ' order by ranked.place)
        filter (where ranked.place between 2 and 4) as alternative_suppliers
    from ranked
    left join risks on ranked.supplier_id = risks.supplier_id
    left join lead_times on ranked.supplier_id = lead_times.supplier_id
    group by ranked.product_id
"""
ORDERS = """
    with places as (
        select
            location_id,
            case %(location_level)s
                when 'store' then location_id
                when 'dc' then coalesce(parent_location_id, location_id)
                else 'ALL'
            end as planning_location_id
        from core.dim_location
        where company_id = %(company_id)s and is_current
    )

    select
        orders.product_id,
        places.planning_location_id,
        sum(orders.open_quantity) filter (where orders.is_overdue) as overdue_quantity,
        max(orders.late_days) filter (where orders.is_overdue) as overdue_days
    from marts_build.mart_purchase_order_progress as orders
    inner join places on orders.location_id = places.location_id
    where orders.company_id = %(company_id)s and orders.as_of_date = %(day)s and orders.open_quantity > 0
    group by orders.product_id, places.planning_location_id
"""
# Prices of more than four weeks ago say nothing of today.
COMPETITION = """
    with compared as (
        select * from marts_build.mart_competitor_prices_weekly
        where
            company_id = %(company_id)s and week_start_date between %(first)s and %(week)s
            and price_index is not null and compared_offer_count > 0
            and currency = (select currency from ops.companies where company_id = %(company_id)s)
    ),

    usual as (
        select
            product_id,
            avg(price_index) as usual_price_index,
            stddev_samp(price_index) as usual_price_index_sd,
            count(*) as usual_price_weeks
        from compared
        where week_start_date < %(week)s
        group by product_id
    )

    select distinct on (product_id)
        product_id,
        price_index,
        own_price_mean as own_price,
        competitor_price_mean as competitor_price,
        competitor_price_minimum,
        undercut_pct,
        usual_price_index,
        usual_price_index_sd,
        usual_price_weeks
    from compared
    left join usual using (product_id)
    where week_start_date > %(judged)s
    order by product_id, week_start_date desc
"""
ATTENTION = """
    select
        product_id,
        sum(view_count) filter (where week_start_date > %(judged)s) as view_count,
        sum(view_count) filter (where week_start_date <= %(judged)s) as usual_view_count
    from marts_build.mart_web_products_weekly
    where company_id = %(company_id)s and week_start_date between %(first)s and %(week)s
    group by product_id
"""
PRICES = """
    select
        d.product_id, d.planning_location_id, i.category_1, d.week_start_date, d.sold_quantity, d.average_unit_price,
        d.promoted_share, d.is_stockout_week
    from core.fct_demand_weekly as d
    inner join core.dim_planning_item as i using (company_id, product_id, planning_location_id)
    where company_id = %(company_id)s and week_start_date between %(history)s and %(week)s
    order by d.product_id, d.planning_location_id, d.week_start_date
"""


def items(
    connection: psycopg.Connection, company_id: str, day: date, location_level: str, stockouts_lose_sales: bool
) -> pd.DataFrame:
    """Return what is known of every planned item of a company on a business date.

    Facts up to the last complete week count, and forecasts, scores and orders as they were written for that date; where
    there are none, their columns are empty.

    Args:
        connection: Connection as advisor.
        company_id: Company.
        day: Business date.
        location_level: Policy ``planning.location_level``: store, dc or company.
        stockouts_lose_sales: Policy ``forecast.stockouts_lose_sales``: whether weeks out of stock tell nothing of what
            is usual.

    Returns:
        One row per product and planning location with the columns of the queries of this module.
    """
    given = parameters(company_id, day) | {
        "location_level": location_level,
        "stockouts_lose_sales": stockouts_lose_sales,
    }
    found = frames.read(connection, ITEMS, given)
    for query, keys in (
        (DEMAND, KEYS),
        (FORECAST, KEYS),
        (SLOW, KEYS),
        (ORDERS, KEYS),
        (SUPPLIERS, KEYS[:1]),
        (COMPETITION, KEYS[:1]),
        (ATTENTION, KEYS[:1]),
    ):
        found = found.merge(frames.read(connection, query, given), on=keys, how="left", validate="many_to_one")
    return found


def unready(connection: psycopg.Connection, company_id: str, day: date) -> str | None:
    """Return why a business date cannot be judged: its week is not there, or what models wrote for it; None if it can.

    Where nothing is known, nothing would be noticed, and alerts would end for no reason.
    """
    given = parameters(company_id, day)
    for table, column, value in (
        ("core.fct_demand_weekly", "week_start_date", given["week"]),
        ("marts_build.mart_forecast_weekly", "business_date", day),
        ("marts_build.mart_slow_movers", "business_date", day),
    ):
        found = f"select 1 from {table} where company_id = %(company_id)s"  # noqa: S608
        query = f"select exists ({found}) and not exists ({found} and {column} = %(value)s)"
        # A company without stock or sales has none of them at any time.
        if connection.execute(query, {"company_id": company_id, "value": value}).fetchone() == (True,):  # type: ignore[arg-type]
            return f"{table} has nothing of {value} for {company_id}: run the chain for {day} first"
    return None


def prices(connection: psycopg.Connection, company_id: str, day: date) -> pd.DataFrame:
    """Return two years of weekly quantities and prices, by item and week, for elasticities."""
    return frames.read(connection, PRICES, parameters(company_id, day))


def parameters(company_id: str, day: date) -> dict[str, object]:
    """Return the days that the queries name: ``week`` is the Monday of the last complete week."""
    week = frames.last_complete_week(day)
    judged = week - timedelta(weeks=JUDGED_WEEKS)
    return {
        "company_id": company_id,
        "day": day,
        "week": week,
        "judged": judged,
        "first": judged - timedelta(weeks=STANDARD_WEEKS - 1),
        "history": week - timedelta(weeks=HISTORY_WEEKS - 1),
        "year": day - timedelta(days=365),
    }
