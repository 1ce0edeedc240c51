"""Training: backtest the candidates, fit the best one on all known outcomes, register it as champion."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from ml import registry, splits
from ml.slow_movers import evaluate, examples, label, model, panel, policy, source
from ml.slow_movers.features import FEATURES
from warehouse import frames, thresholds
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

USE_CASE = "slow_movers"
# With fewer cases of a class neither a fit nor its measures mean anything.
MINIMUM_TRAINING_CASES = 20
MINIMUM_TEST_CASES = 5
# The calibration deals products into folds, and every fold needs slow and other products to learn from.
MINIMUM_PRODUCTS = 6


def train(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Train the slow-mover model of a company on what was known at business_date.

    Where labelled history is too short, the label-free demand-rate model becomes champion, unless a learnt one
    serves already, so that stock is scored in any case.

    Args:
        company_id: Company.
        business_date: Data of weeks that end after it are not used.
        run_id: Run on whose behalf the training happens, for the log.

    Returns:
        status ``trained``, ``skipped`` (the same data and code have been trained) or ``insufficient`` (with reason),
        model_version, model_name, training_rows, metrics and seconds.
    """
    began = time.monotonic()
    with connect(Role.MODELER) as connection:
        result = _train(connection, company_id, business_date)
    # A measure without a value is nan, which no scheduler can pass on.
    result = dict(registry.plain(result))
    result["seconds"] = round(time.monotonic() - began, 2)
    log.info("run %s: slow movers of %s at %s: %s", run_id, company_id, business_date, result["status"])
    return result


def _train(connection: psycopg.Connection, company_id: str, business_date: date) -> dict[str, Any]:
    last_week = frames.last_complete_week(business_date)
    limits = policy.parse(thresholds.policies(connection, company_id))
    weekly, items = source.weekly(connection, company_id, last_week), source.items(connection, company_id)
    parameters = {
        **limits.parameters(),
        "features": list(FEATURES),
        "seed": model.SEED,
        "data": [frames.fingerprint(weekly), frames.fingerprint(items)],
    }
    current = registry.champion(connection, company_id, USE_CASE, as_of=last_week + timedelta(days=6))
    if current and _is_same(current, parameters):
        return {"status": "skipped", "model_version": current.model_version, "metrics": current.metrics}
    entry: dict[str, Any] = {
        "company_id": company_id,
        "use_case": USE_CASE,
        "trained_through_date": last_week + timedelta(days=6),
        "window_start_date": last_week if weekly.empty else weekly["week_start_date"].min().date(),
    }
    rows, plan, reason = _rows(weekly, items, limits)
    if plan is None:
        return _insufficient(connection, entry, parameters, current, reason)
    return _learn(connection, entry, parameters, rows, plan, limits)


def _is_same(current: registry.Champion, parameters: dict[str, Any]) -> bool:
    """Tell whether a champion has seen these data with this code."""
    known = {name: current.parameters.get(name) for name in parameters}
    return known == parameters and current.git_revision == registry.git_revision()


def _rows(
    weekly: pd.DataFrame, items: pd.DataFrame, limits: policy.Policy
) -> tuple[pd.DataFrame, splits.Split | None, str]:
    """Return labelled rows and the backtest's cut-offs, or no cut-offs and why."""
    if weekly.empty:
        return weekly, None, "core.fct_demand_weekly has no complete week"
    history = panel.build(weekly)
    known = label.known_cutoffs(history, limits)
    plan = splits.split(known, limits.horizon_weeks)
    if plan is None:
        weeks = len(history.weeks)
        return weekly, None, f"{weeks} weeks of history leave {len(known)} with a known outcome, too few to test on"
    rows = examples.build(history, items, sorted({*plan.training, *plan.test, *plan.final}), limits)
    reason = too_few(rows, plan) or _uncalibratable(rows[rows["cutoff"].isin(plan.final)])
    return rows, None if reason else plan, reason


def too_few(rows: pd.DataFrame, plan: splits.Split) -> str:
    """Say why the rows of a backtest are too few to learn and to judge; empty where they suffice."""
    for name, cutoffs, least in (
        ("training", plan.training, MINIMUM_TRAINING_CASES),
        ("test", plan.test, MINIMUM_TEST_CASES),
    ):
        slow = rows.loc[rows["cutoff"].isin(cutoffs), "is_slow"]
        if slow.sum() < least or (~slow).sum() < least:
            return f"{slow.sum()} slow and {(~slow).sum()} other stocks in the {name} weeks, fewer than {least}"
    return _uncalibratable(rows[rows["cutoff"].isin(plan.training)])


def _uncalibratable(rows: pd.DataFrame) -> str:
    """Say why rows do not suffice for a calibration: models of the earlier half score the later one."""
    if rows.empty:
        return "no stock in the weeks to learn from"
    later = model.is_later(rows)
    products = rows[~later].groupby("is_slow")["product_id"].nunique()
    if products.reindex([False, True], fill_value=0).min() < MINIMUM_PRODUCTS:
        return f"slow and other stocks are of fewer than {MINIMUM_PRODUCTS} products each"
    slow = rows.loc[later, "is_slow"]
    if min(slow.sum(), (~slow).sum()) < MINIMUM_TEST_CASES:
        return f"{slow.sum()} slow and {(~slow).sum()} other stocks to calibrate with, fewer than {MINIMUM_TEST_CASES}"
    return ""


def _insufficient(
    connection: psycopg.Connection,
    entry: dict[str, Any],
    parameters: dict[str, Any],
    current: registry.Champion | None,
    reason: str,
) -> dict[str, Any]:
    log.warning("slow movers of %s cannot be learnt: %s", entry["company_id"], reason)
    if current and current.metrics.get("status") != "insufficient":
        version = current.model_version
    else:
        version = registry.register(
            connection,
            **entry,
            model_name=model.DEMAND_RATE,
            training_rows=0,
            parameters=parameters,
            metrics={"status": "insufficient", "reason": reason},
            artifact=model.uncalibrated(),
        )
        registry.promote(connection, version)
    return {"status": "insufficient", "reason": reason, "model_version": version, "training_rows": 0}


def _learn(
    connection: psycopg.Connection,
    entry: dict[str, Any],
    parameters: dict[str, Any],
    rows: pd.DataFrame,
    plan: splits.Split,
    limits: policy.Policy,
) -> dict[str, Any]:
    table = evaluate.backtest(rows, plan, limits)
    chosen = evaluate.choose(table)
    learnt = rows[rows["cutoff"].isin(plan.final)]
    metrics = {"status": "trained", **plan.describe(), "peers": evaluate.pooled(table)}
    version = registry.register(
        connection,
        **entry,
        model_name=chosen,
        training_rows=len(learnt),
        parameters=parameters,
        metrics=metrics,
        artifact=model.fit(chosen, learnt),
    )
    _write_backtest(connection, version, entry["company_id"], table, chosen)
    registry.promote(connection, version)
    return {
        "status": "trained",
        "model_version": version,
        "model_name": chosen,
        "training_rows": len(learnt),
        "metrics": metrics,
    }


def _write_backtest(
    connection: psycopg.Connection, version: str, company_id: str, table: pd.DataFrame, chosen: str
) -> None:
    lines = table[table["cutoff"].notna()]
    lines = lines.assign(
        model_version=version,
        company_id=company_id,
        # The cut-off's stock is counted on the Sunday that ends its week.
        cutoff_date=(lines["cutoff"] + pd.Timedelta(days=6)).dt.date,
        is_champion=lines["model_name"] == chosen,
    ).drop(columns="cutoff")
    frames.replace(connection, "ml.slow_mover_backtests", lines, where={"model_version": version})
