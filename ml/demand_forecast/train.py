"""Train a company's demand forecast, and make it the champion where the backtest allows."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ml import registry
from ml.demand_forecast.due import INSUFFICIENT, Service
from ml.demand_forecast.states import FAILING, USE_CASE
from warehouse import frames, thresholds
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

    from ml.demand_forecast.contest import Contest
    from ml.demand_forecast.engine import Engine
    from ml.demand_forecast.states import Limits

log = logging.getLogger(__name__)

MODEL_NAME = "combination"
UNTESTED_NAME = "window_average"


@dataclass(frozen=True)
class _Rival:
    """The champion that a new version is held against, its forecasts beside what came, and from when they count."""

    service: Service
    served: pd.DataFrame
    after: date
    limits: Limits


def train(company_id: str, business_date: date, run_id: str, *, force: bool = False) -> dict[str, Any]:
    """Backtest, fit, register and perhaps promote a version, from demand through the business date.

    Training is skipped where the same code and settings have a version younger than the policy
    forecast.retrain_weeks, where that long has not passed since an earlier version was gone back to, or where a
    version is of the same data; the first two do not hold for a champion that drifts or fails. A version becomes
    champion when its WQL is below that of seasonal naive, on the same cut-offs, by the share
    forecast.champion_margin, and, where weeks came that the champion had not learnt from, below the champion's on them.
    It does so in any case when no champion serves; of one that fails, only the champion's own figures are held against
    it. Where the history is too short to judge anything by, recent means become champion, unless a judged version
    serves already, so that items get a forecast in any case.

    Args:
        company_id: Company.
        business_date: Date the run works for.
        run_id: Run that asks, for the log.
        force: Train also where it would be skipped.

    Returns:
        ``status`` (``trained``, or ``skipped`` and ``insufficient`` with ``reason``), ``model_version`` (None where
        there is no demand at all), ``is_champion`` and the champion row's figures.

    Raises:
        ValueError: a policy is missing, as for a company that was never loaded.
    """
    from ml.demand_forecast import due, history, states

    through = history.trained_through(business_date)
    with connect(Role.MODELER) as connection:
        values = thresholds.policies(connection, company_id)
        settings, retrain_weeks = _settings(values), thresholds.number(values, "forecast.retrain_weeks")
        limits = states.limits(values)
        serving = due.service(connection, company_id, business_date)
        if serving and not force and (reason := due.rest(serving, through, settings, retrain_weeks)):
            return _skipped(serving, reason)
        demand, _ = history.read(connection, company_id, business_date, history.reading(values))
        if demand.empty:
            reason = history.nothing(company_id, business_date)
            return {"status": INSUFFICIENT, "reason": reason, "model_version": None, "is_champion": False}
        parameters = settings | {"data_fingerprint": frames.fingerprint(demand)}
        if serving and not force and (reason := due.repeated(connection, company_id, serving, through, parameters)):
            return _skipped(serving, reason)
        rival = _rival(connection, company_id, business_date, serving, settings, limits) if serving else None
    entry: dict[str, Any] = {
        "company_id": company_id,
        "use_case": USE_CASE,
        "trained_through_date": through,
        "window_start_date": demand["ds"].min().date(),
        "training_rows": int(demand["y"].notna().sum()),
        "parameters": parameters,
    }
    log.info("run %s: training on %d weeks of series", run_id, entry["training_rows"])
    return _fit(demand, entry, rival)


def _rival(
    connection: psycopg.Connection,
    company_id: str,
    business_date: date,
    serving: Service,
    settings: dict[str, Any],
    limits: Limits,
) -> _Rival:
    from ml.demand_forecast import due, served

    version = serving.champion
    rows = served.read(connection, company_id, business_date, limits)
    learnt = version.trained_through_date
    # Fitted on the same weeks by other code or settings, a challenger is another model; otherwise it is the champion.
    after = learnt if due.is_like(version, settings) else learnt - timedelta(weeks=1)
    return _Rival(serving, rows[rows["model_version"] == version.model_version], after, limits)


def _fit(demand: pd.DataFrame, entry: dict[str, Any], rival: _Rival | None) -> dict[str, Any]:
    """Fit a version, judged by a backtest where the history allows, and register it."""
    from ml.demand_forecast import contest, engine, history, judging, panel

    grid, settings = panel.build(demand, history.FREQ), entry["parameters"]
    lead = settings["promotion_lead_weeks"]
    setting = engine.Setting(settings["horizon_weeks"], settings["season_weeks"], lead=lead)
    try:
        lengths = judging.plan(len(grid.periods), setting.horizon, settings["backtest_cutoffs"])
        table = judging.table(judging.run(grid, lengths, setting))
        fitted = engine.fit(grid, setting)
    except engine.HistoryError as error:
        return _untested(engine.untested(grid, setting), entry, rival, str(error))
    met = None
    if rival and not registry.serves(rival.service.champion):
        rival = None
    if rival and rival.service.is_judged:
        met = contest.challenge(grid, rival.served, setting, rival.after, rival.limits)
    # A champion that fails is not kept for the sake of a margin.
    holds = rival is not None and rival.service.state != FAILING
    metrics = _metrics(table, settings["champion_margin"], met, has_champion=holds)
    return _judged(fitted, table, entry, metrics)


def _judged(fitted: Engine, table: pd.DataFrame, entry: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any]:
    """Register a version with its backtest, and promote it where it holds."""
    with connect(Role.MODELER) as connection:
        version = registry.register(connection, **entry, model_name=MODEL_NAME, metrics=metrics, artifact=fitted)
        rows = table.assign(model_version=version, company_id=entry["company_id"])
        frames.replace(connection, "ml.demand_forecast_backtests", rows, where={"model_version": version})
        is_champion = metrics["passes_gate"] and registry.promote(connection, version)
    # A measure without a value (MASE of constant series) is nan, which no scheduler can pass on.
    figures: dict[str, Any] = registry.plain(metrics)
    return {"status": "trained", "model_version": version, "is_champion": is_champion, **figures}


def _untested(fitted: Engine, entry: dict[str, Any], rival: _Rival | None, reason: str) -> dict[str, Any]:
    """Register recent means as champion, unless a judged version serves already."""
    log.warning("forecasts of %s cannot be judged: %s", entry["company_id"], reason)
    result: dict[str, Any] = {"status": INSUFFICIENT, "reason": reason, "is_champion": True}
    if rival and rival.service.is_judged and registry.serves(rival.service.champion):
        return result | {"model_version": rival.service.champion.model_version}
    metrics = {"status": INSUFFICIENT, "reason": reason}
    with connect(Role.MODELER) as connection:
        version = registry.register(connection, **entry, model_name=UNTESTED_NAME, metrics=metrics, artifact=fitted)
        return result | {"model_version": version, "is_champion": registry.promote(connection, version)}


def _skipped(serving: Service, reason: str) -> dict[str, Any]:
    log.info("not trained: %s", reason)
    version = serving.champion.model_version
    return {"status": "skipped", "reason": reason, "model_version": version, "is_champion": True}


def _settings(values: dict[str, str]) -> dict[str, Any]:
    """Return all that decides the outcome besides data and code."""
    from ml.demand_forecast import history
    from ml.demand_forecast.boosted import SEED

    names = ("horizon_weeks", "season_weeks", "backtest_cutoffs")
    return {
        **{name: int(thresholds.number(values, f"forecast.{name}")) for name in names},
        "champion_margin": thresholds.number(values, "forecast.champion_margin"),
        "seed": SEED,
        **vars(history.reading(values)),
    }


def _metrics(table: pd.DataFrame, margin: float, met: Contest | None, *, has_champion: bool) -> dict[str, Any]:
    """Figures of the champion row, and whether the version may serve."""
    from ml.demand_forecast import judging

    overall = table[(table["demand_class"] == judging.ALL) & (table["horizon_week"] == 0)].set_index("model_name")
    names = ["wql", "wape", "bias", "mase", "coverage_q10", "coverage_q90"]
    figures: dict[str, Any] = {name: overall[name].to_dict()[judging.CHAMPION] for name in names}
    naive = overall["wql"].to_dict()[judging.BASELINE]
    # Without any sale in the weeks judged, neither has a figure, and the newer one passes.
    passes = not (figures["wql"] > (1 - margin) * naive and has_champion)
    if met:
        figures |= {"contest_rows": len(met.other), "contest_wql": met.other_wql, "champion_wql": met.served_wql}
        passes = passes and not met.other_wql >= met.served_wql
    return figures | {"seasonal_naive_wql": naive, "passes_gate": passes}
