"""Watch the versions in service: drift of their errors and of their inputs, and a rollback where the champion fails."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from ml import registry
from ml.demand_forecast import rollback, states
from ml.demand_forecast.states import TABLE, USE_CASE, Limits
from ml.registry import Champion
from warehouse import frames, thresholds
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

    from ml.demand_forecast.served import Measure

log = logging.getLogger(__name__)

DECIMALS = 6
WINDOWS = """
select model_version, window_start_date, trained_through_date from ml.model_registry
where company_id = %s and use_case = %s and model_version = any(%s)
order by model_version
"""


def monitor(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Judge what versions forecast by what came, replace the rows of this business date, and go back where needed.

    Every version that forecast one of the newest complete weeks is judged, and the one that serves the date. Where
    that is the champion and it fails, an earlier version that would have done better takes its place; where there is
    none, the next training is not skipped.

    Args:
        company_id: Company.
        business_date: Date the run works for; later forecasts and weeks are not read.
        run_id: Written to every row.

    Returns:
        ``status`` (``monitored``, or ``nothing`` with ``reason``), ``model_version``, its ``state`` (ok, drifting,
        failing, or unjudged with ``reason``), ``judged_rows``, ``shifted_inputs``, and ``restored_version`` and
        ``reason`` after a rollback.

    Raises:
        ValueError: a policy is missing, as for a company that was never loaded.
    """
    from ml.demand_forecast import history, served

    with connect(Role.MODELER) as connection:
        limits = states.limits(thresholds.policies(connection, company_id))
        serving = registry.champion(connection, company_id, USE_CASE, as_of=history.trained_through(business_date))
        if serving is None:
            log.info("nothing to judge yet: no version serves %s", company_id)
            return {"status": "nothing", "reason": f"nothing to judge yet: no version serves {company_id}"}
        rows = served.read(connection, company_id, business_date, limits)
        found = _measures(connection, company_id, business_date, serving, rows, limits)
        _write(connection, found, company_id, business_date, limits, run_id)
    own = rows[rows["model_version"] == serving.model_version]
    result = _told(serving, found[serving.model_version], len(own), limits)
    if result["state"] == states.FAILING:
        result |= _went_back(company_id, business_date, serving, own, limits, run_id)
    return result


def _measures(
    connection: psycopg.Connection,
    company_id: str,
    business_date: date,
    serving: Champion,
    rows: pd.DataFrame,
    limits: Limits,
) -> dict[str, list[Measure]]:
    """Return the measures of errors and inputs of each version."""
    from ml.demand_forecast import served, stability

    blocks = stability.read(connection, company_id, business_date, limits)
    versions = sorted({*rows["model_version"], serving.model_version})
    windows = connection.execute(WINDOWS, [company_id, USE_CASE, versions]).fetchall()
    return {
        version: [
            *served.measure(rows[rows["model_version"] == version], served.promised(connection, version), limits),
            *stability.measure(blocks, business_date, (first, last), limits),
        ]
        for version, first, last in windows
    }


def _write(
    connection: psycopg.Connection,
    found: dict[str, list[Measure]],
    company_id: str,
    business_date: date,
    limits: Limits,
    run_id: str,
) -> None:
    import pandas as pd

    key = {"company_id": company_id, "business_date": business_date}
    last = frames.last_complete_week(business_date)
    common = {
        **key,
        "run_id": run_id,
        "first_week_date": last - timedelta(weeks=limits.weeks - 1),
        "last_week_date": last,
    }
    rows = [
        {
            **common,
            "model_version": version,
            "measure_name": measure.name,
            "measure_group": measure.group,
            "state": measure.verdict.state,
            "row_count": measure.rows,
            "observed_value": measure.observed,
            "promised_value": measure.promised,
            "naive_value": measure.naive,
            "lower_limit": measure.verdict.lower_limit,
            "upper_limit": measure.verdict.upper_limit,
        }
        for version, measures in found.items()
        for measure in measures
    ]
    frames.replace(connection, TABLE, pd.DataFrame(rows).round(DECIMALS), where=key)


def _told(serving: Champion, measures: list[Measure], judged: int, limits: Limits) -> dict[str, Any]:
    """Return what a run is told of the version that serves."""
    state = states.overall(measure.verdict.state for measure in measures if measure.group == states.ERROR)
    shifted = [measure.name for measure in measures if measure.verdict.state == states.SHIFTED]
    result: dict[str, Any] = {
        "status": "monitored",
        "model_version": serving.model_version,
        "state": state,
        "judged_rows": judged,
        "shifted_inputs": shifted,
    }
    if state == states.UNJUDGED:
        wanted = f"{judged} forecasts of weeks that are over, forecast.drift_minimum_rows is {limits.minimum_rows}"
        result["reason"] = f"nothing to judge yet: {wanted}"
    log.info("%s", result)
    return result


def _went_back(
    company_id: str, business_date: date, serving: Champion, rows: pd.DataFrame, limits: Limits, run_id: str
) -> dict[str, Any]:
    with connect(Role.MODELER) as connection:
        current = registry.champion(connection, company_id, USE_CASE)
        if current is None or current.model_version != serving.model_version:
            return {"reason": f"{serving.model_version} serves past dates only: nothing to go back from"}
        done = rollback.automatic(connection, company_id, business_date, serving, rows, limits, run_id)
    if done is None:
        return {"reason": "no earlier version would have done better: it is trained anew"}
    return {"restored_version": done.restored_version, "reason": done.reason}
