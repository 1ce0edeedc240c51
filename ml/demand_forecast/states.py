"""When a version drifts and when it fails: limits by policy, and what they make of its figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import psycopg

from warehouse import thresholds

USE_CASE = "demand_forecast"
TABLE = "ml.demand_forecast_monitoring"
OK, DRIFTING, FAILING, SHIFTED, UNJUDGED = "ok", "drifting", "failing", "shifted", "unjudged"
ERROR, INPUT = "error", "input"


@dataclass(frozen=True)
class Limits:
    """The policies ``forecast.drift_*`` of a company.

    Attributes:
        weeks: Newest complete weeks that are judged.
        lags: Most weeks ahead that are judged.
        minimum_rows: Rows (or items) below which nothing is judged.
        ratio: Multiple of the promised WQL or WAPE above which a version drifts.
        failing_ratio: Multiple of the promised WQL above which it fails.
        bias: Distance of the bias from the promised one, as a share of demand, above which it drifts.
        coverage: Distance of a coverage from the promised one, 0 to 1, above which it drifts.
        psi: Population stability index above which an input drifts.
        psi_shifted: The same above which it has shifted.
    """

    weeks: int
    lags: int
    minimum_rows: int
    ratio: float
    failing_ratio: float
    bias: float
    coverage: float
    psi: float
    psi_shifted: float


@dataclass(frozen=True)
class Verdict:
    """What limits make of one figure.

    Attributes:
        state: ok, drifting, failing, shifted or unjudged.
        lower_limit: Above it the figure (bias and coverage: its distance from the promise) drifts; None without one.
        upper_limit: Above it a version fails and an input has shifted; None where the measure knows no such limit.
    """

    state: str
    lower_limit: float | None = None
    upper_limit: float | None = None


def limits(values: Mapping[str, str]) -> Limits:
    """Return the limits that the thresholds of a company set.

    Raises:
        ValueError: one is missing, as before the first load.
    """

    def number(name: str) -> float:
        return thresholds.number(values, f"forecast.drift_{name}")

    counts = {name: int(number(name)) for name in ("weeks", "lags", "minimum_rows")}
    return Limits(
        **counts,
        ratio=number("ratio"),
        failing_ratio=number("failing_ratio"),
        bias=number("bias"),
        coverage=number("coverage"),
        psi=number("psi"),
        psi_shifted=number("psi_shifted"),
    )


def of_error(name: str, observed: float, promised: float, naive: float, limits: Limits) -> Verdict:
    """Judge a measure of error of a version in service.

    Args:
        name: ``wql``, ``wape``, ``bias`` or ``coverage_q10`` and the like.
        observed: What it came to; nan where there was no demand.
        promised: What the backtest says of as many weeks ahead; nan for a version that nothing judged.
        naive: WQL or WAPE of seasonal naive on the same rows; nan where it has none.
        limits: Limits of the company.
    """
    if name == "wql":
        upper = _least(naive, limits.failing_ratio * promised)
        return _verdict(observed, _least(upper, limits.ratio * promised), upper, FAILING)
    if name == "wape":
        return _verdict(observed, limits.ratio * promised, math.nan, FAILING)
    distance = limits.bias if name == "bias" else limits.coverage
    return _verdict(abs(observed - promised), distance, math.nan, FAILING)


def of_input(index: float, limits: Limits) -> Verdict:
    """Judge a population stability index; nan where there is nothing to compare."""
    return _verdict(index, limits.psi, limits.psi_shifted, SHIFTED)


def overall(error_states: Iterable[str]) -> str:
    """Return the state of a version from those of its measures of error: the worst of those judged."""
    found = set(error_states)
    return next((state for state in (FAILING, DRIFTING, OK) if state in found), UNJUDGED)


def newest(connection: psycopg.Connection, company_id: str, model_version: str, business_date: date) -> str:
    """Return the state of a version when it was last monitored by a business date; unjudged where it never was."""
    rows = connection.execute(
        """
        select state from ml.demand_forecast_monitoring as rows
        where company_id = %(company)s and model_version = %(version)s and measure_group = %(group)s
            and business_date = (
                select max(business_date) from ml.demand_forecast_monitoring
                where company_id = %(company)s and model_version = %(version)s and business_date <= %(date)s
            )
        """,
        {"company": company_id, "version": model_version, "group": ERROR, "date": business_date},
    ).fetchall()
    return overall(state for (state,) in rows)


def _verdict(value: float, lower: float, upper: float, worst: str) -> Verdict:
    if math.isnan(value) or (math.isnan(lower) and math.isnan(upper)):
        state = UNJUDGED
    elif value > upper:
        state = worst
    else:
        state = DRIFTING if value > lower else OK
    return Verdict(state, *(None if math.isnan(limit) else limit for limit in (lower, upper)))


def _least(*numbers: float) -> float:
    return min((number for number in numbers if not math.isnan(number)), default=math.nan)
