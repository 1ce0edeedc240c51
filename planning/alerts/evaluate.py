"""One evaluation: risks, signals, and the alerts of a business date and of those evaluated after it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from planning.alerts import (
    actions,
    elasticity,
    lifecycle,
    limits,
    messages,
    policy,
    risk,
    rules,
    source,
    store,
    wording,
)
from planning.alerts.actions import Advice
from warehouse import frames, thresholds
from warehouse.alert_policy import Alerts
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

# Figures that a signal shows, by name; unknown ones are left out.
EVIDENCE = (
    "on_hand_quantity", "inbound_quantity", "sold_quantity", "demand_quantity", "demand_standard", "demand_low",
    "demand_high", "forecast_4w_quantity", "forecast_13w_quantity", "cover_weeks", "needed_weeks", "safe_weeks",
    "unsold_probability", "expected_unsold_quantity", "slow_reason", "supplier_id", "supplier_name",
    "supplier_risk_index", "lead_time_days", "overdue_quantity", "overdue_days", "own_price", "competitor_price",
    "competitor_price_minimum", "price_index", "undercut_pct", "list_price", "unit_cost", "stock_unit_cost",
    "stockout_days", "demand_score", "supply_score", "competition_score", "limit_factor", "covered_by",
    "observed_unit",
)  # fmt: skip


def evaluate(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Evaluate a company's business date and replace its risk scores, signals and alerts in ``plan``.

    The alerts of later dates that were evaluated before follow from their signals anew. A decision of a planner counts
    for the first business date that is evaluated after it.

    Args:
        company_id: Company.
        business_date: Date of the run.
        run_id: Run that the rows name.

    Returns:
        status ``evaluated`` with items judged, signals, alerts by status, dates evaluated (this one, and later ones
        that follow anew) and seconds; or ``skipped`` with the reason, where the date is not there: nothing changes.

    Raises:
        ValueError: the company was never loaded, or its policy has no limits that hold on the date.
    """
    began = time.monotonic()
    with connect(Role.ADVISOR) as connection:
        store.lock(connection, company_id)
        values = thresholds.policies(connection, company_id)
        policy_in_force = policy.parse(values)
        reason = source.unready(connection, company_id, business_date)
        if reason:
            log.warning("%s", reason)
            return {"status": "skipped", "reason": reason}
        items = _scored_items(connection, company_id, business_date, values, policy_in_force)
        store.note_evaluation(connection, company_id, business_date, run_id)
        factors = _factors(connection, company_id, business_date, policy_in_force)
        noticed = rules.signals(items, policy_in_force.minimum_value, factors)
        advice = actions.advise(noticed, items, policy_in_force)
        key: dict[str, Any] = {"company_id": company_id, "business_date": business_date}
        store.write_scores(connection, _score_rows(items).assign(**key, run_id=run_id), company_id, business_date)
        rows = _signal_rows(noticed, advice, policy_in_force).assign(**key, run_id=run_id)
        store.write_signals(connection, rows, company_id, business_date)
        after = follow(connection, company_id, business_date, policy_in_force, run_id)
    statuses = Counter(alert.status for alert in after[business_date])
    log.info("run %s: %d signals of %d items of %s", run_id, len(rows), len(items), company_id)
    return {
        "status": "evaluated",
        "items": len(items),
        "signals": len(rows),
        "alerts": dict(sorted(statuses.items())),
        "dates": [str(day) for day in after],
        "seconds": round(time.monotonic() - began, 2),
    }


def _factors(
    connection: psycopg.Connection, company_id: str, day: date, policy_in_force: Alerts
) -> dict[tuple[str, str], float]:
    """Learn from what planners decided so far, unless later dates have, and return what is in force."""
    known = store.evaluated(connection, company_id)
    if day == max(known):
        limits.learn(connection, company_id, list(known), known[day], policy_in_force)
    return limits.in_force(connection, company_id, day)


def follow(
    connection: psycopg.Connection, company_id: str, first: date, policy_in_force: Alerts, run_id: str
) -> dict[date, list[lifecycle.Alert]]:
    """Write the alerts of a date and of all evaluated after it, each from those of the date before.

    Args:
        connection: Connection as advisor, with the company locked; the signals of the dates are written.
        company_id: Company.
        first: Business date to begin with, noted as evaluated.
        policy_in_force: Policy of the company.
        run_id: Run that the rows name.

    Returns:
        The alerts after each date.
    """
    known = store.evaluated(connection, company_id)
    days = list(known)
    after: dict[date, list[lifecycle.Alert]] = {}
    before = days[days.index(first) - 1] if days.index(first) else None
    standing = store.alerts(connection, company_id, before) if before else []
    for day in days[days.index(first) :]:
        decisions = store.decisions(connection, company_id, known[before] if before else None, known[day], before)
        standing = lifecycle.advance(
            company_id, day, standing, store.signals(connection, company_id, day), decisions, policy_in_force
        )
        store.write_alerts(connection, company_id, day, run_id, standing)
        after[day], before = standing, day
    return after


def _scored_items(
    connection: psycopg.Connection, company_id: str, day: date, values: dict[str, str], policy_in_force: Alerts
) -> pd.DataFrame:
    lose_sales = thresholds.flag(values, "forecast.stockouts_lose_sales")
    items = source.items(connection, company_id, day, values["planning.location_level"], lose_sales)
    found = elasticity.by_category(source.prices(connection, company_id, day))
    log.info(
        "elasticities of %s: %d categories, %d supported",
        company_id,
        len(found),
        sum(e.is_supported for e in found.values()),
    )
    return risk.score(items, policy_in_force, found, day, stockouts_lose_sales=lose_sales).assign(
        as_of_date=frames.last_complete_week(day) + timedelta(days=6),
        unsold_limit=thresholds.number(values, "slow_movers.unsold_share"),
        medium_probability=thresholds.number(values, "slow_movers.medium_probability"),
    )


def _score_rows(items: pd.DataFrame) -> pd.DataFrame:
    columns = [f"{dimension}_{part}_part" for dimension, parts in risk.PARTS.items() for part in parts]
    names = [column.removesuffix("_part") for column in columns]
    parts = [
        store.as_json({name: _plain(value) for name, value in zip(names, row, strict=True)})
        for row in items[columns].itertuples(index=False)
    ]
    scores = items[
        ["product_id", "planning_location_id", "as_of_date", "demand_score", "supply_score", "competition_score"]
    ]
    return scores.assign(
        critical_score=items["limit_critical_score"], critical_count=items["critical_count"], parts=parts
    )


def _signal_rows(noticed: pd.DataFrame, advice: list[Advice], policy_in_force: Alerts) -> pd.DataFrame:
    plain = ("rule_id", "product_id", "planning_location_id", "level", "rule_version", "dimension", "direction")
    rows = noticed[list(plain)].copy()
    rows["category_1"] = noticed["category_1"].fillna("")
    rows["limit_ratio"] = noticed["limit_ratio"].round(6)
    rows["observed_value"] = noticed["observed"]
    rows["standard_value"] = noticed["standard"]
    # That of the matrix has no end; numeric(12, 6) has.
    rows["deviation_pct"] = noticed["deviation"].clip(upper=99_999)
    rows["value_at_risk_amount"] = noticed["value"].round(4)
    rows["recommended_action"] = [each.action for each in advice]
    rows["action_quantity"] = [each.quantity for each in advice]
    rows["expected_effect_amount"] = [each.effect for each in advice]
    rows["owner_name"] = [policy.owner_of(policy_in_force, _plain(name)) for name in noticed["category_1"]]
    pairs = list(zip(noticed.to_dict("records"), advice, strict=True))
    rows["evidence"] = [store.as_json(_evidence(row, each)) for row, each in pairs]
    texts = [_texts(row, each) for row, each in pairs]
    for language in wording.LANGUAGES:
        rows[f"message_{language}"] = [text[language] for text in texts]
    return rows


def _evidence(row: Mapping[Any, Any], advice: Advice) -> dict[str, object]:
    return {name: _plain(row.get(name)) for name in EVIDENCE} | (advice.details or {})


def _texts(row: Mapping[Any, Any], advice: Advice) -> dict[str, str]:
    if row["level"] == rules.WATCH:
        return dict.fromkeys(wording.LANGUAGES, "")
    return messages.write(row["rule_id"], row["level"], advice.action, _told(row, advice))


def _told(row: Mapping[Any, Any], advice: Advice) -> dict[str, object]:
    """Return what a message may mention."""
    names = ("product_name", "planning_location_name", "uom", "currency", "observed", "standard", "deviation", "value")
    return (
        {"product_name": row["product_id"], "planning_location_name": row["planning_location_id"]}
        | {name: value for name in names if (value := _plain(row[name])) is not None}
        | _evidence(row, advice)
        | {"action_quantity": advice.quantity, "expected_effect_amount": advice.effect}
        # Where days without stock lost sales, what was wanted is an estimate.
        | {"estimated_quantity": row["demand_quantity"] if row["demand_quantity"] > row["sold_quantity"] else None}
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it, rounded; None where it is unknown."""
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return round(value, 6) if isinstance(value, float) else value
