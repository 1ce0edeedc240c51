"""Extracts of the ERP about the year ahead: the trading calendar, and the budget by month and department."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.files import write_by_day, write_csv
from samples.journey.source import DAYS, FIRST_DAY, day_date, day_number

BUDGET_STREAM, REVISION_STREAM = 70, 71
TARGET_MEAN, TARGET_SPREAD = 1.02, 0.06
SMALLEST_DEPARTMENT_LINES = 5_000
REVISION = date(2017, 7, 1)
MARGIN, TURNS, SERVICE_LEVEL, OTIF, RETURN_RATE = 0.28, 14.0, 0.95, 0.9, 0.01
HOLIDAYS = {
    date(2017, 1, 1): "New Year's Day",
    date(2017, 1, 16): "Martin Luther King Jr. Day",
    date(2017, 2, 20): "Presidents' Day",
    date(2017, 5, 29): "Memorial Day",
    date(2017, 7, 4): "Independence Day",
    date(2017, 9, 4): "Labor Day",
    date(2017, 10, 9): "Columbus Day",
    date(2017, 11, 11): "Veterans Day",
    date(2017, 11, 23): "Thanksgiving Day",
    date(2017, 12, 25): "Christmas Day",
}
CLOSED = (date(2017, 12, 25),)
# First and last day of assumed school holidays.
SCHOOL_HOLIDAYS = (
    (date(2017, 1, 1), date(2017, 1, 2)),
    (date(2017, 4, 10), date(2017, 4, 14)),
    (date(2017, 6, 15), date(2017, 8, 25)),
    (date(2017, 11, 23), date(2017, 11, 24)),
    (date(2017, 12, 22), date(2017, 12, 31)),
)
_BUDGETS_SQL = """
    with parts as (
        select targets.department, month, (round(sum(net_cents) * factor) / 100)::decimal(18, 2) as sales
        from sale_lines join products using (product_id)
        join targets on targets.department = products.department and targets.month = month(trading_date)
        group by targets.department, month, factor
    ),
    plan as (
        from parts
        union all
        select 'TOTAL', month, sum(sales) from parts group by month
    )
    select
        $day::int as day, '2017-' || lpad(month::varchar, 2, '0') as PERIOD, department as DEPT, sales as SALES,
        round(sales * $margin, 2)::decimal(18, 2) as MARGIN,
        round(sales * 12 * (1 - $margin) / $turns, 2)::decimal(18, 2) as STOCK, 'USD' as CUR, $turns as TURNS,
        $service as SERVICE, $otif as OTIF, $returned as RETURNED
    from plan where month >= $first
    order by PERIOD, DEPT
"""


def write_calendar(folder: Path) -> None:
    """Write the trading calendar of the year; school holidays and paydays are assumed."""
    dates = [day_date(day) for day in range(DAYS)]
    paydays = [day.day == 15 or (day + timedelta(days=1)).day == 1 for day in dates]
    columns = {
        "CAL_DT": [day.isoformat() for day in dates],
        "HOLIDAY": [HOLIDAYS.get(day) for day in dates],
        "OPEN_FLG": ["N" if day in CLOSED else "Y" for day in dates],
        "SCHOOL_FLG": ["Y" if any(a <= day <= b for a, b in SCHOOL_HOLIDAYS) else "N" for day in dates],
        "PAY_FLG": ["Y" if is_payday else "N" for is_payday in paydays],
    }
    write_csv(pa.table(columns), folder / f"calendar_{FIRST_DAY}.csv", quoting="needed")


def _targets(departments: list[str], seed: int, stream: int) -> pa.Table:
    """Draw by which factor the budget of each department and month differs from what will really sell."""
    factors = np.random.default_rng([seed, stream]).normal(TARGET_MEAN, TARGET_SPREAD, (len(departments), 12))
    return pa.table(
        {
            "department": np.repeat(departments, 12),
            "month": np.tile(np.arange(1, 13), len(departments)),
            "factor": np.round(factors.ravel(), 4),
        }
    )


def write_budgets(source: duckdb.DuckDBPyConnection, folder: Path, days: int, seed: int) -> dict[str, Any]:
    """Write the budget of the year on its first day, and its second half anew on the first of July.

    Returns:
        What was drawn: the factor of each department and month against real sales, by issue of the budget.
    """
    found = source.sql(
        f"""
        select department from sale_lines join products using (product_id)
        where department not in ('FUEL', 'COUPON', 'MISCELLANEOUS')
        group by 1 having count(*) >= {SMALLEST_DEPARTMENT_LINES} order by 1
        """
    ).fetchall()
    departments = [name for (name,) in found]
    rates = {"margin": MARGIN, "turns": TURNS, "service": SERVICE_LEVEL, "otif": OTIF, "returned": RETURN_RATE}
    truth = {}
    for name, issued, stream in (("first", FIRST_DAY, BUDGET_STREAM), ("revised", REVISION, REVISION_STREAM)):
        if day_number(issued) >= days:
            continue
        targets = _targets(departments, seed, stream)
        source.register("targets", targets)
        params = {"day": day_number(issued), "first": issued.month, **rates}
        table = source.sql(_BUDGETS_SQL, params=params).to_arrow_table()
        write_by_day(table, folder, "budget_{date}.csv", partial(write_csv, quoting="needed"))
        truth[name] = [row for row in targets.to_pylist() if row["month"] >= issued.month]
    return {"factors": truth}
