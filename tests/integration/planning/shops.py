"""Companies whose alerts tests write by hand."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from warehouse.connection import Role, connect

DAY = date(2024, 5, 6)
RED = {"product": "tea", "level": "red", "value": 1240}
ORANGE = {"product": "jam", "level": "orange", "value": 300}
YELLOW = {"product": "oil", "level": "yellow", "value": 1000.5}
UNLISTED = {"product": "nut", "level": "yellow", "value": 20, "is_listed": False}
FOOTER = "All alerts with their figures: marts.mart_alerts."
SHARED = (
    "company_id", "business_date", "rule_id", "product_id", "planning_location_id", "level", "value_at_risk_amount",
    "owner_name", "run_id",
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """One company."""

    company_id: str

    def write(self, day: date, *alerts: dict[str, Any]) -> None:
        """Write how alerts stand after the evaluation of a day.

        Args:
            day: Business date.
            alerts: product, level, value, perhaps the name that the message says, and columns of plan.alerts.
        """
        with connect(Role.ADVISOR) as connection:
            key = {"company_id": self.company_id, "business_date": day, "run_id": "test"}
            _insert(connection, "plan.alert_evaluations", key)
            for alert in alerts:
                self._write_one(connection, key, alert)

    def _write_one(self, connection: psycopg.Connection, key: dict[str, Any], alert: dict[str, Any]) -> None:
        product, day = alert["product"], key["business_date"]
        given = key | {
            "alert_id": self.alert_id(product),
            "dedupe_key": f"slow_mover|{product}|ALL",
            "rule_id": "slow_mover",
            "product_id": product,
            "planning_location_id": "ALL",
            "status": "open",
            "value_at_risk_amount": alert["value"],
            "owner_name": "planner",
            "first_seen_date": day,
            "last_seen_date": day,
            "streak": 1,
            "quiet_count": 0,
            "due_date": day + timedelta(days=2),
            "is_listed": True,
        }
        given |= {name: value for name, value in alert.items() if name not in ("product", "value", "name")}
        _insert(connection, "plan.alerts", given)
        name = alert.get("name", product)
        signal = {column: given[column] for column in SHARED} | {
            "rule_version": 1,
            "dimension": "demand",
            "direction": "surplus",
            "category_1": "",
            "limit_ratio": 4,
            "observed_value": 0.6,
            "standard_value": 0.5,
            "deviation_pct": 0.2,
            "recommended_action": "review",
            "evidence": "{}",
            "message_en": f"{name}: 60 % will be left.",
            "message_zh": f"{name}：预计 60% 将滞销。",
        }
        _insert(connection, "plan.alert_signals", signal)

    def alert_id(self, product: str) -> uuid.UUID:
        """Return the id of the alert on a product."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.company_id}/{product}")

    def rows(self) -> list[tuple[Any, ...]]:
        """Return subject, status, attempt_count and failure of what the outbox holds, red alerts first."""
        with connect(Role.ANALYST) as connection:
            return connection.execute(
                "select subject, status, attempt_count, failure from plan.notifications where company_id = %s "
                "order by alert_id is null, business_date, subject",
                [self.company_id],
            ).fetchall()


def _insert(connection: psycopg.Connection, table: str, values: dict[str, Any]) -> None:
    columns = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    connection.execute(
        f"insert into {table} ({columns}) values ({marks}) on conflict do nothing",  # type: ignore[arg-type]
        list(values.values()),
    )
