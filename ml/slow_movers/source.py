"""What the warehouse knows of demand and stock, for slow movers."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import psycopg

from warehouse import frames

# Older weeks tell nothing about stock of today, and bound the memory of long histories.
HISTORY_WEEKS = 156


def weekly(connection: psycopg.Connection, company_id: str, last_week: date) -> pd.DataFrame:
    """Return core.fct_demand_weekly of a company up to a week (its Monday), by series and week."""
    query = """
        select
            product_id, planning_location_id, week_start_date, sold_quantity, net_sales_amount, gross_sales_amount,
            regular_unit_price, promoted_share, received_quantity, closing_on_hand_quantity, closing_on_hand_amount,
            closing_unit_cost
        from core.fct_demand_weekly
        where company_id = %s and week_start_date between %s and %s
        order by product_id, planning_location_id, week_start_date
    """
    first_week = last_week - timedelta(weeks=HISTORY_WEEKS - 1)
    return frames.read(connection, query, [company_id, first_week, last_week])


def items(connection: psycopg.Connection, company_id: str) -> pd.DataFrame:
    """Return the attributes of a company's products per planning location, from core.dim_planning_item."""
    query = """
        select product_id, planning_location_id, category_1, category_2, unit_cost
        from core.dim_planning_item
        where company_id = %s
        order by product_id, planning_location_id
    """
    return frames.read(connection, query, [company_id])
