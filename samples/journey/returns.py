"""Extracts of the returns desk: goods that customers bring back, drawn over real sales lines, in every version."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.files import write_by_day, write_csv
from samples.journey.source import FIRST_DAY

RETURN_STREAM = 61
# Share of the sales lines of a department that come back; departments not named here never do.
RATES = {
    "GROCERY": 0.003,
    "DRUG GM": 0.016,
    "PRODUCE": 0.006,
    "MEAT": 0.007,
    "MEAT-PCKGD": 0.005,
    "DELI": 0.004,
    "PASTRY": 0.004,
    "NUTRITION": 0.008,
    "SEAFOOD-PCKGD": 0.006,
    "COSMETICS": 0.03,
    "SEAFOOD": 0.009,
}
# Shares of the reasons, for goods that spoil and for all others, with whether such goods can be sold again.
REASONS = ("damaged", "expired", "quality", "wrong_item", "unwanted")
SPOILING_SHARES, OTHER_SHARES = (0.15, 0.25, 0.45, 0.10, 0.05), (0.25, 0.05, 0.15, 0.15, 0.40)
RESTOCKABLE = ("wrong_item", "unwanted")
_SPOILING = ("PRODUCE", "MEAT", "MEAT-PCKGD", "DELI", "PASTRY", "SEAFOOD", "SEAFOOD-PCKGD")
MEAN_DAYS, LONGEST_DAYS = 4, 30
REFUSED_SHARE, MISTAKEN_SHARE = 0.04, 0.02
_LINES_SQL = """
    create or replace table returnable as
    select row_number() over (order by day, basket_id, line_number) - 1 as number, day, basket_id, line_number,
        store_id, household_id, product_id, quantity, net_cents, department
    from sale_lines join products using (product_id)
    where list_contains($departments, department) and quantity between 1 and 20 and net_cents > 0
"""
_RETURNS_SQL = """
    create or replace table returns as
    select
        lines.*, drawn.* exclude (number), lines.day + drawn.after as return_day,
        ceil(drawn.part * quantity)::int as units,
        round(net_cents * ceil(drawn.part * quantity) / quantity)::bigint as refund_cents,
        'RT' || basket_id || '-' || (lines.day + drawn.after) as return_no,
        row_number() over (partition by basket_id, lines.day + drawn.after order by line_number) as position
    from returnable as lines join drawn_returns as drawn using (number)
"""
_VERSIONS_SQL = f"""
    with versions as (
        select *, return_day as event_day, 'RECEIVED' as STATUS, '' as DEL_IND from returns
        union all
        select *, return_day + settled_after, if(is_refused, 'REFUSED', 'PAID'), '' from returns where not is_mistaken
        union all
        -- The desk takes back what was keyed in by mistake: the line stays in its books, marked as deleted.
        select *, return_day + settled_after, 'RECEIVED', 'X' from returns where is_mistaken
    )
    select
        event_day::int as day, return_no as RETURN_NO, position as POS_NR,
        strftime(
            date '{FIRST_DAY}' + return_day::int + to_minutes(540 + number % 660), '%Y-%m-%d %H:%M:%S'
        ) as RETURN_TS,
        STATUS, store_id as STORE, household_id as HSHD_ID, basket_id as BASKET_ID, line_number as LINE_NO,
        product_id as UPC, units as QTY,
        case when STATUS = 'PAID' then (refund_cents / 100)::decimal(18, 2) end as REFUND,
        reason as REASON, is_restockable as RESTOCK, DEL_IND,
        strftime(date '{FIRST_DAY}' + event_day::int, '%Y-%m-%d 21:30:00') as CHG_AT
    from versions
    where event_day < $days
    order by event_day, RETURN_NO, POS_NR, STATUS
"""


def _draw(departments: list[str], seed: int) -> pa.Table:
    """Draw which of the lines come back, when, how much of them and why; one entry per line that does."""
    rng = np.random.default_rng([seed, RETURN_STREAM])
    chance, after, part, why, fate, settled = rng.random((len(departments), 6)).T
    number = np.nonzero(chance < np.array([RATES[name] for name in departments]))[0]
    after, part, why, fate, settled = (column[number] for column in (after, part, why, fate, settled))
    spoils = np.isin(np.array(departments)[number], _SPOILING)
    limits = np.where(spoils[:, None], np.cumsum(SPOILING_SHARES), np.cumsum(OTHER_SHARES))
    reason = np.array(REASONS)[np.minimum((why[:, None] >= limits).sum(axis=1), len(REASONS) - 1)]
    days = 1 + np.floor(np.log1p(-after) / np.log1p(-1 / MEAN_DAYS)).astype(np.int64)
    return pa.table(
        {
            "number": number,
            "after": np.minimum(days, LONGEST_DAYS),
            "part": np.maximum(part, 0.01),
            "reason": reason,
            "is_restockable": np.isin(reason, RESTOCKABLE),
            "is_refused": fate < REFUSED_SHARE,
            "is_mistaken": fate >= 1 - MISTAKEN_SHARE,
            "settled_after": 1 + np.floor(settled * 3).astype(np.int64),
        }
    )


def write_returns(source: duckdb.DuckDBPyConnection, folder: Path, days: int, seed: int) -> dict[str, Any]:
    """Write the returns of each day on which they came in, were settled or taken back.

    Returns:
        What was drawn: rates, and the lines, units and refunds that stand at the end.
    """
    source.execute(_LINES_SQL, {"departments": list(RATES)})
    departments = source.sql("select department from returnable order by number").fetchall()
    source.register("drawn_returns", _draw([name for (name,) in departments], seed))
    source.execute(_RETURNS_SQL)
    table = source.sql(_VERSIONS_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "returns_{date}.csv.gz", partial(write_csv, quoting="needed"))
    return {"rates": RATES, "refused_share": REFUSED_SHARE, "mistaken_share": MISTAKEN_SHARE, **_totals(source, days)}


def _totals(source: duckdb.DuckDBPyConnection, days: int) -> dict[str, Any]:
    seen = f"select *, return_day + settled_after < {days} as is_settled from returns where return_day < {days}"
    names = ("lines", "deleted_lines", "units", "refunded_cents")
    totals = source.sql(
        f"""
        select
            count(*) filter (not (is_mistaken and is_settled)), count(*) filter (is_mistaken and is_settled),
            coalesce(sum(units) filter (not (is_mistaken and is_settled)), 0)::int,
            coalesce(sum(refund_cents) filter (is_settled and not is_mistaken and not is_refused), 0)::bigint
        from ({seen})
        """
    ).fetchall()[0]
    lines = source.sql(f"select department, count(*) from ({seen}) group by 1 order by 1").fetchall()
    return {**dict(zip(names, totals, strict=True)), "lines_by_department": dict(lines)}
