"""What versions in service forecast, beside what came and what their backtests had promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import psycopg

from ml import metrics
from ml.demand_forecast import states
from ml.demand_forecast.engine import DECILE_NAMES
from ml.demand_forecast.states import Limits, Verdict
from ml.metrics import DECILES
from warehouse import frames

NAN = float("nan")
MEASURES = ("wql", "wape", "bias", "coverage_q10", "coverage_q50", "coverage_q90")
BY_DEMAND = ("wql", "wape", "bias")
STOCKOUT_SHARE = "stockout_share"
# The runs of a week forecast from the same history: the newest of them counts.
SERVED = f"""
select distinct on (
    forecasts.model_version, product_id, planning_location_id, week_start_date, forecasts.horizon_week
)
    forecasts.model_version, product_id || '|' || planning_location_id as unique_id, week_start_date as ds,
    week_start_date - 7 * forecasts.horizon_week as origin, forecasts.horizon_week::integer as step,
    demand.sold_quantity as y, coalesce(demand.is_stockout_week, false) as is_stockout_week,
    forecasts.mean_quantity as mean, forecasts.naive_quantity as naive,
    {", ".join(f"forecasts.{name}_quantity as {name}" for name in DECILE_NAMES)}
from ml.demand_forecast_predictions as forecasts
inner join core.fct_demand_weekly as demand
    using (company_id, product_id, planning_location_id, week_start_date)
where company_id = %(company)s and forecasts.scenario_id = 'base'
    and forecasts.business_date between %(first_run)s and %(business_date)s
    and week_start_date between %(first)s and %(last)s and forecasts.horizon_week <= %(lags)s
order by
    forecasts.model_version, product_id, planning_location_id, week_start_date, forecasts.horizon_week,
    forecasts.business_date desc
"""
PROMISED = """
select horizon_week, wql, wape, bias, coverage_q10, coverage_q50, coverage_q90
from ml.demand_forecast_backtests
where model_version = %s and is_champion and demand_class = 'all' and horizon_week > 0
"""


@dataclass(frozen=True)
class Measure:
    """One figure of a version, as the table ml.demand_forecast_monitoring holds it.

    Attributes:
        name: What was measured.
        group: error or input.
        observed: Its value over the newest weeks; nan where there is none.
        promised: What it was in the backtest, at as many weeks ahead; nan without one.
        naive: That of seasonal naive on the same rows; nan where it has none.
        verdict: What the limits make of it.
        rows: Rows, or items, that it was measured on.
    """

    name: str
    group: str
    observed: float
    promised: float
    naive: float
    verdict: Verdict
    rows: int


def read(connection: psycopg.Connection, company_id: str, business_date: date, limits: Limits) -> pd.DataFrame:
    """Read forecasts of the newest complete weeks beside what sold in them.

    A stock-out week counts with what sold, as in mart_forecast_accuracy.

    Args:
        connection: Connection of the role modeler.
        company_id: Company.
        business_date: Date the run works for; forecasts of later dates and later weeks are not read.
        limits: How many weeks, and how far ahead.

    Returns:
        One row per version, item, week and weeks ahead: ``model_version, unique_id, ds, origin`` (Monday of the last
        week the forecast knew), ``step, y, is_stockout_week, mean, naive, q10 ... q90``.
    """
    last = frames.last_complete_week(business_date)
    first = last - timedelta(weeks=limits.weeks - 1)
    parameters = {
        "company": company_id,
        "business_date": business_date,
        "first_run": first - timedelta(weeks=limits.lags),
        "first": first,
        "last": last,
        "lags": limits.lags,
    }
    return frames.read(connection, SERVED, parameters)


def promised(connection: psycopg.Connection, model_version: str) -> pd.DataFrame:
    """Read what the backtest of a version says: one row per week ahead (index), with the columns of MEASURES."""
    return frames.read(connection, PROMISED, [model_version]).set_index("horizon_week")


def loss(rows: pd.DataFrame) -> float:
    """Return the WQL of forecasts beside what came: columns ``y, q10 ... q90``; nan where nothing was demanded."""
    return metrics.wql(rows["y"].to_numpy(float), rows[DECILE_NAMES].to_numpy(float), DECILES)


def measure(rows: pd.DataFrame, promise: pd.DataFrame, limits: Limits) -> list[Measure]:
    """Judge a version by its forecasts beside what came.

    Args:
        rows: What read returns, of one version; may be empty.
        promise: What promised returns; empty for a version that nothing judged.
        limits: Limits of the company. On fewer rows than they want, figures are told and not judged.
    """
    if rows.empty:
        return [Measure(name, states.ERROR, NAN, NAN, NAN, Verdict(states.UNJUDGED), 0) for name in MEASURES]
    observed, naive = figures(rows), metrics.wape(rows["y"].to_numpy(float), rows["naive"].to_numpy(float))
    # A point forecast's WQL is its WAPE.
    beside = {
        "wql": naive,
        "wape": naive,
        "bias": metrics.bias(rows["y"].to_numpy(float), rows["naive"].to_numpy(float)),
    }
    found = []
    for name in MEASURES:
        expected = _expected(rows, promise, name)
        verdict = states.of_error(name, observed[name], expected, beside.get(name, NAN), limits)
        if len(rows) < limits.minimum_rows:
            verdict = Verdict(states.UNJUDGED, verdict.lower_limit, verdict.upper_limit)
        found.append(Measure(name, states.ERROR, observed[name], expected, beside.get(name, NAN), verdict, len(rows)))
    share = float(rows["is_stockout_week"].astype(float).mean())
    told = Measure(STOCKOUT_SHARE, states.ERROR, share, NAN, NAN, Verdict(states.UNJUDGED), len(rows))
    return [*found, told]


def figures(rows: pd.DataFrame) -> dict[str, float]:
    """Return MEASURES of forecasts beside what came: columns ``y, mean, q10 ... q90``."""
    actual, mean = rows["y"].to_numpy(float), rows["mean"].to_numpy(float)
    covered = metrics.coverage(actual, rows[DECILE_NAMES].to_numpy(float))
    return {
        "wql": loss(rows),
        "wape": metrics.wape(actual, mean),
        "bias": metrics.bias(actual, mean),
        **{f"coverage_{DECILE_NAMES[place]}": float(covered[place]) for place in (0, 4, 8)},
    }


def _expected(rows: pd.DataFrame, promise: pd.DataFrame, name: str) -> float:
    """Return the promise for as many weeks ahead as the rows look, weighted as the measure weighs them."""
    if promise.empty:
        return NAN
    by_step = rows.groupby("step")["y"]
    weights = by_step.sum() if name in BY_DEMAND else by_step.count().astype(float)
    values = promise[name].reindex(weights.index)
    known = values.notna().to_numpy()
    total = float(weights[known].sum())
    return float(np.dot(values[known], weights[known])) / total if total else NAN
