"""Scoring: health, its parts and what pulls it down, for all products of the last complete week."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from ml import registry
from ml.product_health import model, reasons, source, target
from ml.product_health.indicators import NAMES
from ml.product_health.train import USE_CASE
from warehouse import frames
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

TABLE = "ml.product_health_scores"
SCORE_DIGITS = 4


def score(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Score a company's products at the end of the last complete week and replace its rows in ml.product_health_scores.

    Args:
        company_id: Company.
        business_date: Date of the run; a past one is scored by the champion that had seen nothing after it.
        run_id: Run that the rows name.

    Returns:
        status ``scored``, or ``empty`` with reason where there is no product to score; model_version, as_of_date, rows,
        mean_score (0 to 100) and seconds.

    Raises:
        registry.RegistryError: no index has been trained for the company up to business_date.
    """
    began = time.monotonic()
    with connect(Role.MODELER) as connection:
        champion = registry.champion(connection, company_id, USE_CASE, as_of=business_date)
        if champion is None:
            raise registry.RegistryError(
                f"no product health index of {company_id} up to {business_date}: run "
                f"python -m ml.product_health train --company {company_id} --date {business_date}"
            )
        last_week = frames.last_complete_week(business_date)
        known = _known(connection, company_id, last_week)
        scores = table(known, registry.load_artifact(champion), last_week + timedelta(days=6))
        key: dict[str, Any] = {
            "company_id": company_id,
            "business_date": business_date,
            "model_version": champion.model_version,
        }
        rows = scores.assign(**key, run_id=run_id, trained_through_date=champion.trained_through_date)
        frames.replace(connection, TABLE, rows, where=key)
    reason = f"{company_id} has no product whose stock is recorded in the week of {last_week}: nothing to score"
    if rows.empty:
        log.warning("%s", reason)
    log.info("run %s: %d products of %s scored by %s", run_id, len(rows), company_id, champion.model_version)
    return {
        **({"status": "empty", "reason": reason} if rows.empty else {"status": "scored"}),
        "model_version": champion.model_version,
        "as_of_date": last_week + timedelta(days=6),
        "rows": len(rows),
        "mean_score": None if rows.empty else round(float(rows["health_score"].mean()), 2),
        "seconds": round(time.monotonic() - began, 2),
    }


def table(known: pd.DataFrame, fitted: model.Model, as_of_date: date) -> pd.DataFrame:
    """Return the scores of products, in the columns of ml.product_health_scores that no run decides.

    Args:
        known: Result of ``source.products`` for the week that ends on as_of_date.
        fitted: Index to score with.
        as_of_date: Sunday of the indicators.
    """
    parts = model.components(fitted, known)
    shares, known_share = model.weights(fitted, parts)
    scored = known[["product_id", "planning_location_id"]].assign(
        as_of_date=as_of_date,
        window_end_date=as_of_date + timedelta(weeks=target.WEEKS),
        health_score=model.health(parts, shares).round(SCORE_DIGITS),
        is_learnt=fitted.name != model.EQUAL,
        known_share=known_share,
    )
    for name in NAMES:
        scored[f"{name}_component"], scored[f"{name}_weight"] = parts[name], shares[name]
    return scored.join(reasons.explain(known, parts, shares))


def _known(connection: psycopg.Connection, company_id: str, last_week: date) -> pd.DataFrame:
    return source.products(source.indicators_of(connection, company_id, [last_week]))
