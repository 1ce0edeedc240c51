"""What the warehouse knows of products, week by week, for product health."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd
import psycopg

from ml.product_health import indicators
from warehouse import frames

# Older weeks tell nothing about products of today, and bound the time of long histories.
HISTORY_WEEKS = 156


def weeks(connection: psycopg.Connection, company_id: str, last_week: date) -> pd.DatetimeIndex:
    """Return the Mondays of a company's history up to a week; none where that week is not there."""
    query = """
        select min(week_start_date), max(week_start_date) from core.fct_demand_weekly
        where company_id = %s and week_start_date between %s and %s
    """
    first = last_week - timedelta(weeks=HISTORY_WEEKS - 1)
    row = connection.execute(query, [company_id, first, last_week]).fetchone()
    if row is None or row[1] != last_week:
        return pd.DatetimeIndex([])
    return pd.date_range(row[0], row[1], freq="7D")


def indicators_of(connection: psycopg.Connection, company_id: str, mondays: Collection[date]) -> pd.DataFrame:
    """Return core.fct_sku_indicators_weekly of a company in some weeks."""
    query = """
        select
            product_id, planning_location_id, week_start_date, sold_13w_quantity, net_sales_13w_amount,
            gross_margin_13w_amount, closing_on_hand_quantity, closing_on_hand_amount, closing_available_quantity,
            closing_inbound_quantity, backward_cover_days, turnover_unit, gmroi, sell_through_pct,
            sell_through_13w_pct, stockout_days_4w, age_weighted_days, return_pct
        from core.fct_sku_indicators_weekly
        where company_id = %s and week_start_date = any(%s)
        order by week_start_date, product_id, planning_location_id
    """
    return frames.read(connection, query, [company_id, sorted(mondays)])


def products(found: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of the products that can be healthy or not: with stock on hand, or sold in 13 weeks.

    Args:
        found: Result of ``indicators_of``. Products whose stock nobody records are left out.

    Returns:
        product_id, planning_location_id, cutoff (the week) and a column per indicator.
    """
    is_alive = (found["closing_on_hand_quantity"] > 0) | (found["sold_13w_quantity"] > 0)
    alive = found[found["closing_on_hand_quantity"].notna() & is_alive].reset_index(drop=True)
    keys = alive[["product_id", "planning_location_id"]].assign(cutoff=alive["week_start_date"])
    return keys.join(indicators.figures(alive))
