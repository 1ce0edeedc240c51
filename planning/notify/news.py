"""What there is to tell: how the alerts of each owner stand, and which of them are news to a channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from psycopg.rows import class_row

# An alert that was quiet on the day says what its last signal said.
ALERTS = """
    select
        a.alert_id,
        a.owner_name as owner,
        a.status,
        a.level,
        a.value_at_risk_amount::float8 as value,
        a.due_date as due,
        a.is_listed,
        s.message_en,
        s.message_zh
    from plan.alerts as a
    left join plan.alert_signals as s
        on
            a.company_id = s.company_id and a.last_seen_date = s.business_date and a.rule_id = s.rule_id
            and a.product_id = s.product_id and a.planning_location_id = s.planning_location_id
    where a.company_id = %s and a.business_date = %s
    order by a.value_at_risk_amount desc, a.alert_id
"""


@dataclass(frozen=True)
class Alert:
    """How an alert stands, as far as its owner is told; value in the company's currency."""

    alert_id: UUID
    owner: str
    status: str
    level: str
    value: float
    due: date
    is_listed: bool
    message_en: str | None
    message_zh: str | None

    @property
    def state(self) -> str:
        """What makes it news when it changes."""
        return f"{self.level}/{self.status}"

    @property
    def is_urgent(self) -> bool:
        """Whether it is told at once."""
        return self.level == "red" and self.status == "open"

    def message(self, language: str) -> str:
        """Return what it says in a language; nothing where its signal is gone."""
        return (self.message_zh if language == "zh" else self.message_en) or ""


@dataclass(frozen=True)
class News:
    """What a digest tells.

    Attributes:
        alerts: Open alerts that are new or changed, those with the most at risk first.
        before: What was told of the changed ones: level/status by alert_id.
        ended: How many that were open when last told are no longer, by status.
        states: How all alerts of the owner stand: level/status by alert_id.
    """

    alerts: Sequence[Alert]
    before: Mapping[str, str]
    ended: Mapping[str, int]
    states: Mapping[str, str]


def standing(connection: psycopg.Connection, company_id: str, day: date) -> dict[str, list[Alert]]:
    """Return how the alerts stand after the evaluation of a business date, by owner, most at risk first."""
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        found: dict[str, list[Alert]] = {}
        for alert in cursor.execute(ALERTS, [company_id, day]):
            found.setdefault(alert.owner, []).append(alert)
    return dict(sorted(found.items()))


def since(alerts: Sequence[Alert], told: Mapping[str, str], told_red: Collection[UUID]) -> News:
    """Return what is news to a channel.

    Args:
        alerts: Alerts of the owner, as they stand.
        told: What its last digest said: level/status by alert_id.
        told_red: Alerts told as red ones, which are no news while they are red and open.
    """
    states = {str(alert.alert_id): alert.state for alert in alerts}
    fresh = [
        alert
        for alert in alerts
        if alert.status == "open"
        and told.get(str(alert.alert_id)) != alert.state
        and not (alert.is_urgent and alert.alert_id in told_red)
    ]
    before = {str(alert.alert_id): told[str(alert.alert_id)] for alert in fresh if str(alert.alert_id) in told}
    ended: dict[str, int] = {}
    for alert in alerts:
        was = told.get(str(alert.alert_id), "")
        if was.endswith("/open") and alert.status != "open":
            ended[alert.status] = ended.get(alert.status, 0) + 1
    return News(fresh, before, dict(sorted(ended.items())), states)
