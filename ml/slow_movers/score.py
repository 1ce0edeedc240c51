"""Scoring: probability, expected unsold stock, rules and reasons for all stock on hand."""

from __future__ import annotations

import logging
import time
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from ml import registry
from ml.slow_movers import features, model, panel, policy, reasons, rules, source
from ml.slow_movers.train import USE_CASE
from warehouse import frames, thresholds
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

BANDS = ("low", "medium", "high")


def score(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Score a company's stock at the end of the last complete week and replace its rows in ml.slow_mover_scores.

    Args:
        company_id: Company.
        business_date: Date of the run; a past one is scored by the champion that had seen nothing after it.
        run_id: Run that the rows name.

    Returns:
        status ``scored``, or ``empty`` with reason where there is no stock to score; model_version, as_of_date, rows,
        flagged rows, expected_unsold_amount and seconds.

    Raises:
        registry.RegistryError: no model has been trained for the company up to business_date.
    """
    began = time.monotonic()
    with connect(Role.MODELER) as connection:
        champion = registry.champion(connection, company_id, USE_CASE, as_of=business_date)
        if champion is None:
            raise registry.RegistryError(
                f"no slow-mover model of {company_id} up to {business_date}: run "
                f"python -m ml.slow_movers train --company {company_id} --date {business_date}"
            )
        as_of_date = frames.last_complete_week(business_date) + timedelta(days=6)
        scores, reason = _scores(connection, company_id, business_date, as_of_date, champion)
        key: dict[str, Any] = {
            "company_id": company_id,
            "business_date": business_date,
            "model_version": champion.model_version,
        }
        rows = scores.assign(**key, run_id=run_id, trained_through_date=champion.trained_through_date)
        frames.replace(connection, "ml.slow_mover_scores", rows, where=key)
    log.info("run %s: %d stocks of %s scored by %s", run_id, len(rows), company_id, champion.model_version)
    return {
        **({"status": "empty", "reason": reason} if reason else {"status": "scored"}),
        "model_version": champion.model_version,
        "as_of_date": as_of_date,
        "rows": len(rows),
        "flagged": int(rows["is_flagged"].sum()),
        "expected_unsold_amount": round(float(rows["expected_unsold_amount"].sum()), 2),
        "seconds": round(time.monotonic() - began, 2),
    }


def table(
    stock: pd.DataFrame,
    fitted: model.Model,
    limits: policy.Policy,
    as_of_date: date,
    flagged_before: pd.MultiIndex | None = None,
) -> pd.DataFrame:
    """Return the scores of features of stock on hand, in the columns of ml.slow_mover_scores that no run decides.

    Args:
        stock: Result of ``features.at`` for the week that ends on as_of_date.
        fitted: Model to score with.
        limits: Bands and window.
        as_of_date: Sunday on which the stock was counted.
        flagged_before: Product and planning location of what the run before had flagged: it stays flagged down to
            ``release_probability``, so that a flag does not come and go without news.
    """
    probability = model.probability(fitted, stock)
    share = model.unsold_share(fitted, stock)
    bands = np.digitize(probability, [limits.medium_probability, limits.high_probability])
    window_start, window_end = limits.window(as_of_date)
    keys = pd.MultiIndex.from_frame(stock[["product_id", "planning_location_id"]])
    was_flagged = np.zeros(len(stock), dtype=bool) if flagged_before is None else keys.isin(flagged_before)
    scored = stock[["product_id", "planning_location_id", "on_hand_quantity", "on_hand_amount"]].assign(
        as_of_date=as_of_date,
        window_start_date=window_start,
        window_end_date=window_end,
        probability=probability,
        risk_band=np.array(BANDS)[bands],
        is_flagged=(probability >= limits.high_probability)
        | (was_flagged & (probability >= limits.release_probability)),
        expected_unsold_quantity=share * stock["on_hand_quantity"],
        expected_unsold_amount=share * stock["on_hand_amount"],
        rule_flags=rules.flags(stock),
    )
    return scored.join(reasons.explain(fitted, stock))


def _flagged_before(connection: psycopg.Connection, company_id: str, business_date: date) -> pd.MultiIndex:
    """Return product and planning location of what the last run of an earlier date had flagged."""
    query = """
        select product_id, planning_location_id from ml.slow_mover_scores
        where is_flagged and (company_id, business_date, model_version) = (
            select company_id, business_date, model_version from ml.slow_mover_scores
            where company_id = %s and business_date < %s
            order by business_date desc, predicted_at desc, model_version limit 1
        )
    """
    return pd.MultiIndex.from_frame(frames.read(connection, query, [company_id, business_date]))


def _scores(
    connection: psycopg.Connection,
    company_id: str,
    business_date: date,
    as_of_date: date,
    champion: registry.Champion,
) -> tuple[pd.DataFrame, str | None]:
    """Return the scores, or none and why."""
    limits = policy.parse(thresholds.policies(connection, company_id)).as_learnt(champion.parameters)
    last_week = as_of_date - timedelta(days=6)
    weekly = source.weekly(connection, company_id, last_week)
    reason = f"core.fct_demand_weekly has no week of {last_week} for {company_id}: nothing to score"
    if len(weekly) and weekly["week_start_date"].max().date() == last_week:
        stock = features.at(panel.build(weekly), source.items(connection, company_id), pd.Timestamp(last_week), limits)
        if len(stock):
            before = _flagged_before(connection, company_id, business_date)
            return table(stock, registry.load_artifact(champion), limits, as_of_date, before), None
        reason = f"{company_id} has no stock on hand at the end of {as_of_date}: nothing to score"
    log.warning("%s", reason)
    return pd.DataFrame({"is_flagged": [], "expected_unsold_amount": []}), reason
