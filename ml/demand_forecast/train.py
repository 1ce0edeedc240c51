"""Train a company's demand forecast, and make it the champion where the backtest allows."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from ml import frames, registry
from ml.registry import Champion
from warehouse import thresholds
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

    from ml.demand_forecast.engine import Engine

log = logging.getLogger(__name__)

USE_CASE = "demand_forecast"
MODEL_NAME = "combination"
UNTESTED_NAME = "window_average"
INSUFFICIENT = "insufficient"


def train(company_id: str, business_date: date, run_id: str, *, force: bool = False) -> dict[str, Any]:
    """Backtest, fit, register and perhaps promote a version, from demand through the business date.

    Training is skipped where the same code and settings have a version younger than the policy
    forecast.retrain_weeks, or one of the same data. A version becomes champion when its WQL is below that of seasonal
    naive, on the same cut-offs, by the share forecast.champion_margin, or when there is no champion yet. Where the
    history is too short to judge anything by, recent means become champion, unless a judged version serves already,
    so that items get a forecast in any case.

    Args:
        company_id: Company.
        business_date: Date the run works for.
        run_id: Run that asks, for the log.
        force: Train also where it would be skipped.

    Returns:
        ``status`` (``trained``, ``skipped``, or ``insufficient`` with ``reason``), ``model_version`` (None where there
        is no demand at all), ``is_champion`` and the champion row's figures.

    Raises:
        ValueError: a policy is missing, as for a company that was never loaded.
    """
    from ml.demand_forecast import history

    through = history.trained_through(business_date)
    with connect(Role.MODELER) as connection:
        values = thresholds.policies(connection, company_id)
        settings, retrain_weeks = _settings(values), thresholds.number(values, "forecast.retrain_weeks")
        previous = registry.champion(connection, company_id, USE_CASE, as_of=through)
        if previous and not force and _is_young(previous, through, settings, retrain_weeks):
            return _skipped(previous)
        demand, _ = history.read(connection, company_id, business_date, settings["promotion_lead_weeks"])
    if demand.empty:
        reason = history.nothing(company_id, business_date)
        return {"status": INSUFFICIENT, "reason": reason, "model_version": None, "is_champion": False}
    parameters = settings | {"data_fingerprint": frames.fingerprint(demand)}
    if previous and not force and _is_same(previous, through, parameters):
        return _skipped(previous)
    entry: dict[str, Any] = {
        "company_id": company_id,
        "use_case": USE_CASE,
        "trained_through_date": through,
        "window_start_date": demand["ds"].min().date(),
        "training_rows": int(demand["y"].notna().sum()),
        "parameters": parameters,
    }
    log.info("run %s: training on %d weeks of series", run_id, entry["training_rows"])
    return _fit(demand, entry, previous)


def _fit(demand: pd.DataFrame, entry: dict[str, Any], previous: Champion | None) -> dict[str, Any]:
    """Fit a version, judged by a backtest where the history allows, and register it."""
    from ml.demand_forecast import engine, history, judging, panel

    grid, settings = panel.build(demand, history.FREQ), entry["parameters"]
    lead = settings["promotion_lead_weeks"]
    setting = engine.Setting(settings["horizon_weeks"], settings["season_weeks"], lead=lead)
    try:
        lengths = judging.plan(len(grid.periods), setting.horizon, settings["backtest_cutoffs"])
        table = judging.table(judging.run(grid, lengths, setting))
        fitted = engine.fit(grid, setting)
    except engine.HistoryError as error:
        return _untested(engine.untested(grid, setting), entry, previous, str(error))
    return _judged(fitted, table, entry, previous)


def _judged(fitted: Engine, table: pd.DataFrame, entry: dict[str, Any], previous: Champion | None) -> dict[str, Any]:
    """Register a version with its backtest, and promote it where it holds."""
    metrics = _metrics(table, entry["parameters"]["champion_margin"], has_champion=registry.serves(previous))
    with connect(Role.MODELER) as connection:
        version = registry.register(connection, **entry, model_name=MODEL_NAME, metrics=metrics, artifact=fitted)
        rows = table.assign(model_version=version, company_id=entry["company_id"])
        frames.replace(connection, "ml.demand_forecast_backtests", rows, where={"model_version": version})
        is_champion = metrics["passes_gate"] and registry.promote(connection, version)
    # A measure without a value (MASE of constant series) is nan, which no scheduler can pass on.
    figures: dict[str, Any] = registry.plain(metrics)
    return {"status": "trained", "model_version": version, "is_champion": is_champion, **figures}


def _untested(fitted: Engine, entry: dict[str, Any], previous: Champion | None, reason: str) -> dict[str, Any]:
    """Register recent means as champion, unless a judged version serves already."""
    log.warning("forecasts of %s cannot be judged: %s", entry["company_id"], reason)
    result: dict[str, Any] = {"status": INSUFFICIENT, "reason": reason, "is_champion": True}
    if previous and _is_judged(previous) and registry.serves(previous):
        return result | {"model_version": previous.model_version}
    metrics = {"status": INSUFFICIENT, "reason": reason}
    with connect(Role.MODELER) as connection:
        version = registry.register(connection, **entry, model_name=UNTESTED_NAME, metrics=metrics, artifact=fitted)
        return result | {"model_version": version, "is_champion": registry.promote(connection, version)}


def _is_judged(version: Champion) -> bool:
    return bool(version.metrics.get("status") != INSUFFICIENT)


def _is_young(previous: Champion, through: date, settings: dict[str, Any], retrain_weeks: float) -> bool:
    """Tell whether a version need not be trained again yet; one that nothing judged is tried again with new data."""
    age = (through - previous.trained_through_date).days
    same_settings = settings.items() <= previous.parameters.items()
    same_code = previous.git_revision == registry.git_revision()
    return _is_judged(previous) and age < 7 * retrain_weeks and same_settings and same_code


def _is_same(previous: Champion, through: date, parameters: dict[str, Any]) -> bool:
    same_data = previous.trained_through_date == through and previous.parameters == parameters
    return same_data and previous.git_revision == registry.git_revision()


def _skipped(previous: Champion) -> dict[str, Any]:
    log.info("%s is recent enough, not trained again", previous.model_version)
    return {"status": "skipped", "model_version": previous.model_version, "is_champion": True}


def _settings(values: dict[str, str]) -> dict[str, Any]:
    """Return all that decides the outcome besides data and code."""
    from ml.demand_forecast.boosted import SEED

    names = ("horizon_weeks", "season_weeks", "backtest_cutoffs", "promotion_lead_weeks")
    return {
        **{name: int(thresholds.number(values, f"forecast.{name}")) for name in names},
        "champion_margin": thresholds.number(values, "forecast.champion_margin"),
        "seed": SEED,
    }


def _metrics(table: pd.DataFrame, margin: float, *, has_champion: bool) -> dict[str, Any]:
    """Figures of the champion row, and whether the version may serve."""
    from ml.demand_forecast import judging

    overall = table[(table["demand_class"] == judging.ALL) & (table["horizon_week"] == 0)].set_index("model_name")
    names = ["wql", "wape", "bias", "mase", "coverage_q10", "coverage_q90"]
    figures: dict[str, Any] = {name: overall[name].to_dict()[judging.CHAMPION] for name in names}
    naive = overall["wql"].to_dict()[judging.BASELINE]
    # Without any sale in the weeks judged, neither has a figure, and the newer one passes.
    is_worse = figures["wql"] > (1 - margin) * naive
    return figures | {"seasonal_naive_wql": naive, "passes_gate": not (is_worse and has_champion)}
