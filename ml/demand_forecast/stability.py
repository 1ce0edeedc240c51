"""Drift of inputs: how far the newest weeks are from those that a version learnt from."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import psycopg

from ml.demand_forecast import states
from ml.demand_forecast.served import NAN, Measure
from ml.demand_forecast.states import Limits, Verdict
from ml.metrics import Floats
from warehouse import frames

MOST_BINS = 10
# Newest items per bin: with n of them and B bins the index is about (B - 1) / n where nothing has changed.
ITEMS_PER_BIN = 50
INPUTS = ("demand_level", "zero_share", "promoted_share", "is_new")
# An item over one block of weeks: block 0 ends with the last complete week, block 1 before it begins.
BLOCKS = """
select
    unique_id, block, ln(1 + greatest(avg(sold_quantity), 0)) as demand_level,
    avg((sold_quantity <= 0)::integer) as zero_share, coalesce(avg(promoted_share), 0) as promoted_share,
    bool_or(is_first)::integer as is_new
from (
    select
        product_id || '|' || planning_location_id as unique_id, (%(last)s - week_start_date) / (7 * %(weeks)s) as block,
        sold_quantity, promoted_share,
        week_start_date = min(week_start_date) over (partition by product_id, planning_location_id) as is_first
    from core.fct_demand_weekly
    where company_id = %(company)s and week_start_date <= %(last)s
) as weeks
group by unique_id, block
"""


def psi(expected: Floats, actual: Floats, bins: int) -> float:
    """Return the population stability index: sum over bins of (a - e) x ln(a / e), e and a the shares in the bin.

    Bins are quantiles of what was expected; a value that fills one by itself, as 0 often does, is a bin of its own.
    Half a case is added to each, so that an empty one has a share. Sources: Siddiqi 2006, "Credit Risk Scorecards"
    (limits 0.1 and 0.25); Yurdakul 2018, "Statistical Properties of Population Stability Index" (it is biased upwards
    by (bins - 1) x (1 / n + 1 / m)).

    Args:
        expected: Values learnt from, shape (n,).
        actual: Values of now, shape (m,).
        bins: Most bins, 2 or more.

    Returns:
        The index, 0 where both fall alike; nan where either is empty.
    """
    if not len(expected) or not len(actual):
        return NAN
    quantiles = np.unique(np.quantile(expected, np.arange(1, bins) / bins, method="lower"))
    alone = [value for value in quantiles if (expected == value).mean() >= 1 / bins]
    edges = np.unique(np.concatenate([quantiles, np.nextafter(alone, -np.inf)]))
    counts = [np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) for values in (expected, actual)]
    filled = (counts[0] + counts[1]) > 0
    e, a = ((count[filled] + 0.5) / (count[filled] + 0.5).sum() for count in counts)
    return float(((a - e) * np.log(a / e)).sum())


def read(connection: psycopg.Connection, company_id: str, business_date: date, limits: Limits) -> pd.DataFrame:
    """Read the inputs that are watched: one row per item and block of as many weeks as are judged.

    Reference and present are blocks of the same length, because means over fewer weeks scatter more.

    Returns:
        ``unique_id, block`` (0 is the newest, 1 the one before), ``demand_level`` (log1p of the mean week, in base
        units), ``zero_share``, ``promoted_share`` (0 to 1), ``is_new`` (1: its first week lies in the block).
    """
    parameters = {"company": company_id, "last": frames.last_complete_week(business_date), "weeks": limits.weeks}
    return frames.read(connection, BLOCKS, parameters)


def measure(blocks: pd.DataFrame, business_date: date, window: tuple[date, date], limits: Limits) -> list[Measure]:
    """Compare the newest block with those before it that a version learnt from.

    Args:
        blocks: What read returns.
        business_date: Date that it was read for.
        window: First and last day that the version learnt from. Its first block is left out: all items are new there.
        limits: Limits of the company; with fewer items than they want, nothing is judged.

    Returns:
        A measure ``psi_<input>`` for each of INPUTS.
    """
    end = frames.last_complete_week(business_date) + timedelta(days=6)
    length = timedelta(weeks=limits.weeks)
    number = range(1, (end - window[0]) // length + 1)
    learnt = [
        block for block in number if end - length * block <= window[1] and end - length * (block + 1) >= window[0]
    ]
    past, present = blocks[blocks["block"].isin(learnt)], blocks[blocks["block"] == 0]
    bins = min(max(len(present) // ITEMS_PER_BIN, 2), MOST_BINS)
    found = []
    for name in INPUTS:
        index = psi(past[name].to_numpy(float), present[name].to_numpy(float), bins)
        verdict = states.of_input(index, limits)
        if len(present) < limits.minimum_rows:
            verdict = Verdict(states.UNJUDGED, verdict.lower_limit, verdict.upper_limit)
        found.append(Measure(f"psi_{name}", states.INPUT, index, NAN, NAN, verdict, len(present)))
    return found
