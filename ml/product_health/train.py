"""Training: choose the index, hold it against single indicators, learn it from all known outcomes, register it."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from ml import registry
from ml.product_health import evaluate, model, source, target
from ml.product_health.indicators import NAMES
from ml.splits import Split, split
from warehouse import frames
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

USE_CASE = "product_health"
# Fewer products tell chance, not weights.
MINIMUM_TRAINING_ROWS = 100
MINIMUM_TEST_ROWS = 20


def train(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Train the product health index of a company on what was known at business_date.

    Where history is too short, the index with equal weights becomes champion, unless a learnt one serves already, so
    that products are scored in any case.

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
        result = dict(registry.plain(_train(connection, company_id, business_date)))
    result["seconds"] = round(time.monotonic() - began, 2)
    log.info("run %s: product health of %s at %s: %s", run_id, company_id, business_date, result["status"])
    return result


def _train(connection: psycopg.Connection, company_id: str, business_date: date) -> dict[str, Any]:
    last_week = frames.last_complete_week(business_date)
    weeks = source.weeks(connection, company_id, last_week)
    plan = split(target.known_cutoffs(weeks), target.WEEKS)
    cutoffs = {*plan.training, *plan.test, *plan.final} if plan else set()
    later = {week + pd.Timedelta(weeks=target.WEEKS) for week in cutoffs}
    found = source.indicators_of(connection, company_id, {*(day.date() for day in cutoffs | later), last_week})
    parameters = {
        "indicators": NAMES,
        "horizon_weeks": target.WEEKS,
        "shrinkage": model.SHRINKAGE,
        "seed": model.SEED,
        "data": frames.fingerprint(found),
    }
    current = registry.champion(connection, company_id, USE_CASE, as_of=last_week + timedelta(days=6))
    if current and _is_same(current, parameters):
        return {"status": "skipped", "model_version": current.model_version, "metrics": current.metrics}
    entry: dict[str, Any] = {
        "company_id": company_id,
        "use_case": USE_CASE,
        "trained_through_date": last_week + timedelta(days=6),
        "window_start_date": weeks[0].date() if len(weeks) else last_week,
        "parameters": parameters,
    }
    known = source.products(found)
    rows = target.joined(known[known["cutoff"].isin(cutoffs)], found)
    reason = _too_few(rows, plan, len(weeks))
    if plan is None or reason:
        now = known[known["cutoff"] == pd.Timestamp(last_week)]
        return _insufficient(connection, entry, current, now, reason)
    return _learn(connection, entry, rows, plan)


def _is_same(current: registry.Champion, parameters: dict[str, Any]) -> bool:
    """Tell whether a champion has seen these data with this code."""
    seen = {name: current.parameters.get(name) for name in parameters}
    return seen == parameters and current.git_revision == registry.git_revision()


def _too_few(rows: pd.DataFrame, plan: Split | None, weeks: int) -> str:
    """Say why outcomes are too few to learn from and to judge by; empty where they suffice."""
    if plan is None:
        return f"{weeks} weeks of history leave too few with a known outcome to test on"
    training = int(rows["cutoff"].isin(plan.training).sum())
    if training < MINIMUM_TRAINING_ROWS:
        return f"{training} products with a known outcome in the training weeks, fewer than {MINIMUM_TRAINING_ROWS}"
    test = int(min((rows["cutoff"] == week).sum() for week in plan.test))
    if test < MINIMUM_TEST_ROWS:
        return f"{test} products with a known outcome in a test week, fewer than {MINIMUM_TEST_ROWS}"
    return ""


def _insufficient(
    connection: psycopg.Connection,
    entry: dict[str, Any],
    current: registry.Champion | None,
    now: pd.DataFrame,
    reason: str,
) -> dict[str, Any]:
    log.warning("product health of %s cannot be learnt: %s", entry["company_id"], reason)
    if current and current.metrics.get("status") != "insufficient":
        version = current.model_version
    else:
        metrics = {"status": "insufficient", "reason": reason}
        version = _registered(connection, entry, metrics, model.equal(now), 0)
        registry.promote(connection, version)
    return {"status": "insufficient", "reason": reason, "model_version": version, "training_rows": 0}


def _learn(connection: psycopg.Connection, entry: dict[str, Any], rows: pd.DataFrame, plan: Split) -> dict[str, Any]:
    table = evaluate.backtest(rows, plan)
    learnt = rows[rows["cutoff"].isin(plan.final)]
    fitted = model.fit(evaluate.choose(rows, plan), learnt)
    peers = evaluate.means(table)
    metrics = {"status": "trained", **plan.describe(), "weights": fitted.weights, "peers": peers}
    version = _registered(connection, entry, metrics, fitted, len(learnt))
    lines = table.assign(
        model_version=version,
        company_id=entry["company_id"],
        # Judged on the Sunday that ends the week.
        cutoff_date=(table["cutoff"] + pd.Timedelta(days=6)).dt.date,
        is_champion=table["method_name"] == fitted.name,
    ).drop(columns="cutoff")
    frames.replace(connection, "ml.product_health_backtests", lines, where={"model_version": version})
    registry.promote(connection, version)
    return {
        "status": "trained",
        "model_version": version,
        "model_name": fitted.name,
        "training_rows": len(learnt),
        "metrics": metrics,
    }


def _registered(
    connection: psycopg.Connection, entry: dict[str, Any], metrics: dict[str, Any], fitted: model.Model, rows: int
) -> str:
    return registry.register(
        connection, **entry, model_name=fitted.name, training_rows=rows, metrics=metrics, artifact=fitted
    )
