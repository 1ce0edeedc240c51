"""Days of early warning by hand: what a rule notices is given, all else is the real thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import psycopg

from planning.alerts import evaluate, limits, store
from warehouse.alert_policy import Alerts
from warehouse.connection import Role, connect

DECIDE = """
insert into app.planner_actions (company_id, action_type, object_type, object_key, new_value, reason)
values (%s, 'feedback', 'mart_alerts', %s, %s, 'as seen in the shop')
"""


def evaluate_day(company: str, day: date, levels: Mapping[str, str]) -> None:
    """Evaluate a day on which demand_falls notices these products at place DC1, 1.2 times the yellow limit."""
    signal = {
        "company_id": company, "business_date": day, "rule_id": "demand_falls", "planning_location_id": "DC1",
        "rule_version": 1, "dimension": "demand", "direction": "surplus", "observed_value": 20, "standard_value": 40,
        "deviation_pct": 0.4, "value_at_risk_amount": 105, "recommended_action": "review", "owner_name": "planner",
        "evidence": "{}", "category_1": "Drinks", "limit_ratio": 1.2, "message_en": "Less.", "message_zh": "少。",
        "run_id": "r",
    }  # fmt: skip
    with connect(Role.ADVISOR) as connection:
        store.lock(connection, company)
        store.note_evaluation(connection, company, day, "r")
        connection.execute(
            "delete from plan.alert_signals where company_id = %s and business_date = %s", [company, day]
        )
        for product, level in levels.items():
            row = signal | {"product_id": product, "level": level}
            names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
            connection.execute(
                f"insert into plan.alert_signals ({names}) values ({marks})",  # type: ignore[arg-type]
                list(row.values()),
            )
        known = store.evaluated(connection, company)
        if day == max(known):
            limits.learn(connection, company, list(known), known[day], Alerts())
        evaluate.follow(connection, company, day, Alerts(), "r")


def alert_ids(company: str) -> dict[str, str]:
    """Return the alerts ever raised, by product."""
    query = "select distinct product_id, alert_id::text from plan.alerts where company_id = %s"
    with connect(Role.ANALYST) as connection:
        return dict(connection.execute(query, [company]).fetchall())


def decide(planner: psycopg.Connection, company: str, alert_id: str, **new_value: str) -> None:
    """Decide on an alert, or take the decision back."""
    planner.execute(DECIDE, [company, json.dumps({"alert_id": alert_id}), json.dumps(new_value) if new_value else None])


def forget(owner: psycopg.Connection, company: str) -> None:
    """Remove all that early warning and planners wrote of a company."""
    for table in ("alert_limits", "alerts", "alert_episodes", "alert_signals", "alert_evaluations", "risk_scores"):
        owner.execute(f"delete from plan.{table} where company_id = %s", [company])  # type: ignore[arg-type]
    owner.execute("alter table app.planner_actions no force row level security")
    owner.execute("delete from app.planner_actions where company_id = %s", [company])
    owner.execute("alter table app.planner_actions force row level security")
