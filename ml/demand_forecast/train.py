"""Train a company's demand forecast, and make it the champion where the backtest allows."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from ml import frames, registry
from ml.registry import Champion
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

    from ml.demand_forecast.backtest import Evaluation

log = logging.getLogger(__name__)

USE_CASE = "demand_forecast"
MODEL_NAME = "champion_per_demand_class"
# Below this share of seasonal naive's WQL, the difference is not worth a model nobody can check by eye.
CHAMPION_MARGIN = 0.01
TOLERANCE = 1e-9


def train(company_id: str, business_date: date, run_id: str, *, force: bool = False) -> dict[str, Any]:
    """Backtest, fit, register and perhaps promote a version, from demand through the business date.

    Training is skipped where the same code has a version younger than the policy forecast.retrain_weeks, or one of the
    same data. A version becomes champion when its per-class choice is not worse, on the same cut-offs, than the
    previous champion's.

    Args:
        company_id: Company.
        business_date: Date the run works for.
        run_id: Run that asks, for the log.
        force: Train also where it would be skipped.

    Returns:
        ``status`` (``trained`` or ``skipped``), ``model_version``, ``is_champion`` and the champion row's figures.

    Raises:
        ValueError: no demand, too little history, or a policy is missing.
    """
    from ml.demand_forecast import backtest, engine, history, panel

    through = history.trained_through(business_date)
    with connect(Role.MODELER) as connection:
        values = frames.policies(connection, company_id)
        previous = registry.champion(connection, company_id, USE_CASE, as_of=through)
        if previous and not force and _is_young(previous, through, frames.policy(values, "forecast.retrain_weeks")):
            return _skipped(previous)
        demand, _ = history.read(connection, company_id, business_date)
    parameters = _parameters(values, demand)
    if previous and not force and _is_same(previous, through, parameters):
        return _skipped(previous)
    grid = panel.build(demand, history.FREQ)
    log.info("run %s: training on %d series x %d weeks", run_id, len(grid.ids), len(grid.periods))
    fitted, evaluation = engine.train(
        grid,
        horizon=parameters["horizon_weeks"],
        season=parameters["season_weeks"],
        freq=history.FREQ,
        cutoffs=parameters["backtest_cutoffs"],
        margin=parameters["champion_margin"],
    )
    table = backtest.table(evaluation, fitted.choices)
    metrics = _metrics(table, evaluation, fitted.choices, previous)
    with connect(Role.MODELER) as connection:
        version = registry.register(
            connection,
            company_id=company_id,
            use_case=USE_CASE,
            model_name=MODEL_NAME,
            trained_through_date=through,
            window_start_date=grid.periods[0].date(),
            training_rows=len(demand),
            parameters=parameters,
            metrics=metrics,
            artifact=fitted,
        )
        rows = table.assign(model_version=version, company_id=company_id)
        frames.replace(connection, "ml.demand_forecast_backtests", rows, where={"model_version": version})
        is_champion = metrics["passes_gate"] and registry.promote(connection, version)
    # A measure without a value (MASE of constant series) is nan, which no scheduler can pass on.
    figures: dict[str, Any] = registry.plain(metrics)
    return {"status": "trained", "model_version": version, "is_champion": is_champion, **figures}


def _is_young(previous: Champion, through: date, retrain_weeks: float) -> bool:
    age = (through - previous.trained_through_date).days
    return age < 7 * retrain_weeks and previous.git_revision == registry.git_revision()


def _is_same(previous: Champion, through: date, parameters: dict[str, Any]) -> bool:
    same_data = previous.trained_through_date == through and previous.parameters == parameters
    return same_data and previous.git_revision == registry.git_revision()


def _skipped(previous: Champion) -> dict[str, Any]:
    log.info("%s is recent enough, not trained again", previous.model_version)
    return {"status": "skipped", "model_version": previous.model_version, "is_champion": True}


def _parameters(values: dict[str, str], demand: pd.DataFrame) -> dict[str, Any]:
    from ml.demand_forecast.gbm import BOOSTING, SEED
    from ml.demand_forecast.models import NAMES

    names = ("horizon_weeks", "season_weeks", "backtest_cutoffs")
    return {
        **{name: int(frames.policy(values, f"forecast.{name}")) for name in names},
        "champion_margin": float(values.get("forecast.champion_margin", CHAMPION_MARGIN)),
        "candidates": list(NAMES),
        "boosting": BOOSTING,
        "seed": SEED,
        "data_fingerprint": frames.fingerprint(demand),
    }


def _metrics(
    table: pd.DataFrame, evaluation: Evaluation, choices: dict[str, str], previous: Champion | None
) -> dict[str, Any]:
    """Figures of the champion row, and whether the choice holds against the previous champion's."""
    import numpy as np

    from ml import metrics
    from ml.demand_forecast import backtest, models

    overall = table[(table["demand_class"] == backtest.ALL) & (table["horizon_week"] == 0)].set_index("model_name")
    names = ["wql", "wape", "bias", "mase", "coverage_q10", "coverage_q90"]
    figures: dict[str, Any] = {name: overall[name].to_dict()[backtest.CHAMPION] for name in names}
    figures |= {"seasonal_naive_wql": overall["wql"].to_dict()[models.BASELINE], "choices": choices}
    limit = None
    if previous is not None:
        observed = ~np.isnan(evaluation.actual)
        _, deciles = backtest.combined(evaluation, previous.metrics["choices"])
        limit = metrics.wql(evaluation.actual[observed], deciles[observed], metrics.DECILES)
    return figures | {"previous_wql": limit, "passes_gate": limit is None or figures["wql"] <= limit + TOLERANCE}
