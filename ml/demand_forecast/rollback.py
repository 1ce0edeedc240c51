"""Go back to an earlier version: by itself where the champion fails, or because somebody says so."""

from __future__ import annotations

import logging
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg

from ml import registry, rollbacks
from ml.demand_forecast import states
from ml.demand_forecast.due import INSUFFICIENT
from ml.demand_forecast.states import USE_CASE, Limits
from ml.registry import Champion, RegistryError
from ml.rollbacks import Rollback
from warehouse import thresholds
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

    from ml.demand_forecast.panel import Panel

log = logging.getLogger(__name__)

# Earlier versions that are made to forecast the weeks judged: each costs as many forecasts as there are origins.
TRIED = 3
LAST_RUN = """
select coalesce(max(business_date), %(otherwise)s) from ml.demand_forecast_predictions
where company_id = %(company)s and model_version = %(version)s
"""


def automatic(
    connection: psycopg.Connection,
    company_id: str,
    business_date: date,
    failing: Champion,
    rows: pd.DataFrame,
    limits: Limits,
    run_id: str,
) -> Rollback | None:
    """Go back to the newest earlier version that would have done better, and not have failed, on the same rows.

    Of the versions that a backtest has judged, that were not withdrawn and do not fail themselves, the newest three
    whose artefact this code reads are made to forecast the rows again.

    Args:
        connection: Connection of the role modeler; the caller commits.
        company_id: Company.
        business_date: Date the run works for.
        failing: The champion.
        rows: What served.read returns, of the champion.
        limits: Limits of the company.
        run_id: Run that asks.

    Returns:
        What was done, or None where there is no such version.
    """
    from ml.demand_forecast import contest, served

    earlier = registry.versions(connection, company_id, USE_CASE, ["archived"], failing.trained_through_date)
    fit = (version for version in earlier if _may_serve(connection, company_id, version, business_date))
    for version in islice(fit, TRIED):
        learned = registry.load_artifact(version)
        grid = _grid(connection, version, company_id, business_date)
        met = contest.replay(learned, grid, rows)
        found = served.measure(met.other, served.promised(connection, version.model_version), limits)
        state = states.overall(measure.verdict.state for measure in found)
        log.info("%s would have come to WQL %.4f, not %.4f", version.model_version, met.other_wql, met.served_wql)
        if state in (states.OK, states.DRIFTING) and met.other_wql < met.served_wql:
            reason = (
                f"WQL {met.served_wql:.4f} over {len(met.other)} forecasts of weeks that are over, where "
                f"{version.model_version} would have come to {met.other_wql:.4f}"
            )
            return rollbacks.go_back(
                connection, failing, version, business_date, reason=reason, run_id=run_id, is_automatic=True
            )
    return None


def by_hand(company_id: str, to: str | None, reason: str, run_id: str = "manual") -> dict[str, Any]:
    """Go back from the champion to another version because somebody says so.

    The next prediction is made with it. It serves for forecast.retrain_weeks, unless it drifts or somebody trains with
    --force.

    Args:
        company_id: Company.
        to: Version that served, also one that was withdrawn; None for the newest archived one that a backtest has
            judged and this code reads.
        reason: Why, for the record.
        run_id: Run that asks.

    Returns:
        ``withdrawn_version, restored_version, business_date`` (last one forecast by the withdrawn version), ``reason``.

    Raises:
        ValueError: no reason is given.
        RegistryError: nothing serves, there is nothing to go back to, or the version named cannot serve.
    """
    if not reason.strip():
        raise ValueError("--reason is empty: say why, it is kept in ml.model_rollbacks")
    with connect(Role.MODELER) as connection:
        current = registry.champion(connection, company_id, USE_CASE)
        if current is None:
            raise RegistryError(f"{company_id} has no demand forecast that serves: there is nothing to go back from")
        version = _named(connection, company_id, current, to) if to else _newest(connection, company_id, current)
        parameters = {
            "company": company_id,
            "version": current.model_version,
            "otherwise": current.trained_through_date,
        }
        found = connection.execute(LAST_RUN, parameters).fetchone()
        day = found[0] if found else current.trained_through_date
        done = rollbacks.go_back(
            connection, current, version, day, reason=reason.strip(), run_id=run_id, is_automatic=False
        )
    return vars(done)


def _named(connection: psycopg.Connection, company_id: str, current: Champion, name: str) -> Champion:
    if name == current.model_version:
        raise RegistryError(f"{name} serves {company_id} already")
    served = registry.versions(connection, company_id, USE_CASE, ["archived", "withdrawn"], date.max)
    for version in served:
        if version.model_version == name:
            registry.load_artifact(version)
            return version
    known = ", ".join(version.model_version for version in served) or "none"
    raise RegistryError(f"{name} is no version that has served {company_id}; those that have: {known}")


def _newest(connection: psycopg.Connection, company_id: str, current: Champion) -> Champion:
    for version in registry.versions(connection, company_id, USE_CASE, ["archived"], current.trained_through_date):
        if version.metrics.get("status") != INSUFFICIENT and registry.serves(version):
            return version
    raise RegistryError(
        f"{company_id} has no earlier version that a backtest has judged and this code reads: train anew with "
        f"python -m ml.demand_forecast train --company {company_id} --date YYYY-MM-DD --force"
    )


def _grid(connection: psycopg.Connection, version: Champion, company_id: str, business_date: date) -> Panel:
    from ml.demand_forecast import history, panel

    reading = history.learnt(thresholds.policies(connection, company_id), version.parameters)
    demand, _ = history.read(connection, company_id, business_date, reading)
    return panel.build(demand, history.FREQ)


def _may_serve(connection: psycopg.Connection, company_id: str, version: Champion, business_date: date) -> bool:
    if version.metrics.get("status") == INSUFFICIENT:
        return False
    state = states.newest(connection, company_id, version.model_version, business_date)
    return state != states.FAILING and registry.serves(version)
