"""The life of alerts: what a set of signals and decisions makes of the alerts that were alive before.

A pure function, so that the same evaluation gives the same alerts however often it is repeated. Of one key (rule,
product, planning location) at most one alert is alive:

    open          somebody has to act until the due date; past it, it changes hands once, and expires at last. What no
                  budget has room for is nobody's to act on: its due date waits until it is listed
    acknowledged  the planner accepted or changed the action; a higher level opens it again
    snoozed       silent until a day, or until the level rises
    rejected      the planner says it is none: silent as long as the signal lasts at this level
    expired       nobody acted: silent likewise
    resolved      closed: the signal stayed away for some evaluations. A later signal makes a new alert

Open, acknowledged and snoozed alerts resolve; rejected and expired ones keep their status and end with their signal.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from planning.alerts import policy as policies
from planning.alerts.policy import LEVELS
from warehouse.alert_policy import Alerts

NAMESPACE = uuid.UUID("5b1d3a0e-7f0c-5a57-9f43-0f6f4f5f8c11")
ALIVE = ("open", "acknowledged", "snoozed", "rejected", "expired")
Keyed = TypeVar("Keyed", "Alert", "Signal")
DECISIONS = {"accept": "acknowledged", "change": "acknowledged", "reject": "rejected", "snooze": "snoozed"}


@dataclass(frozen=True)
class Signal:
    """What a rule noticed of an item, as far as the life of its alert depends on it."""

    rule_id: str
    product_id: str
    planning_location_id: str
    level: str
    value: float
    owner: str

    @property
    def key(self) -> str:
        """Of one key at most one alert is alive."""
        return dedupe_key(self.rule_id, self.product_id, self.planning_location_id)


@dataclass(frozen=True)
class Decision:
    """What a planner decided on an alert.

    Attributes:
        decision_id: Key, in the order of arrival.
        key: Dedupe key of the alert.
        first_seen: Business date of its first signal, as the planner saw it. An earlier date evaluated since may have
            shown that it began before; an alert that began later is another one. The last of all days where an
            evaluation repeated since has no such alert any more: then whichever is alive of its key, or begins, is
            meant.
        decision: accept, change, reject, snooze; None takes back what was decided before.
        until: Last silent day of a snoozed alert.
    """

    decision_id: int
    key: str
    first_seen: date
    decision: str | None
    until: date | None = None


@dataclass(frozen=True)
class Alert:
    """How an alert stands after an evaluation; the columns of plan.alerts that are not explained here."""

    alert_id: uuid.UUID
    dedupe_key: str
    rule_id: str
    product_id: str
    planning_location_id: str
    status: str
    level: str
    value: float
    owner: str
    first_seen: date
    last_seen: date
    streak: int
    quiet_count: int
    due: date
    snoozed_until: date | None = None
    decided_level: str | None = None
    escalated: date | None = None
    closed: date | None = None
    decision_id: int | None = None
    is_listed: bool = False
    rank: int | None = None


def dedupe_key(rule_id: str, product_id: str, planning_location_id: str) -> str:
    """Return the key of which at most one alert is alive; a separator within a name is doubled."""
    return "|".join(part.replace("|", "||") for part in (rule_id, product_id, planning_location_id))


def advance(
    company_id: str,
    day: date,
    before: Iterable[Alert],
    signals: Iterable[Signal],
    decisions: Iterable[Decision],
    policy: Alerts,
) -> list[Alert]:
    """Return the alerts after the evaluation of a business date.

    Args:
        company_id: Company.
        day: Business date.
        before: Alerts after the evaluation before; closed ones are left behind.
        signals: What the rules noticed, one per key.
        decisions: Decisions since the evaluation before, on any alert.
        policy: Policy of the company.

    Returns:
        The alerts that are alive, and those that ended on this day, by dedupe_key.

    Raises:
        ValueError: two signals, or two living alerts, have the same key.
    """
    alive = _by_key(alert for alert in before if alert.closed is None)
    noticed = _by_key(signals)
    begun = {key: _begin(company_id, day, signal, policy) for key, signal in noticed.items() if key not in alive}
    for decision in sorted(decisions, key=lambda decision: decision.decision_id):
        if decision.first_seen == date.max and decision.key in begun:
            begun[decision.key] = _decide(begun[decision.key], decision, day, policy)
        alert = alive.get(decision.key)
        if alert is not None and decision.first_seen >= alert.first_seen:
            alive[decision.key] = _decide(alert, decision, day, policy)
    after = list(begun.values())
    for key, alert in alive.items():
        signal = noticed.get(key)
        after.append(_go_on(alert, signal, day, policy) if signal else _fall_silent(alert, day, policy))
    return _rank(sorted((_grow_old(alert, day, policy) for alert in after), key=lambda each: each.dedupe_key), policy)


def _begin(company_id: str, day: date, signal: Signal, policy: Alerts) -> Alert:
    return Alert(
        alert_id=uuid.uuid5(NAMESPACE, f"{company_id}/{signal.key}/{day.isoformat()}"),
        dedupe_key=signal.key,
        rule_id=signal.rule_id,
        product_id=signal.product_id,
        planning_location_id=signal.planning_location_id,
        status="open",
        level=signal.level,
        value=signal.value,
        owner=signal.owner,
        first_seen=day,
        last_seen=day,
        streak=1,
        quiet_count=0,
        due=day + timedelta(days=policies.due_days(policy, signal.level)),
    )


def _decide(alert: Alert, decision: Decision, day: date, policy: Alerts) -> Alert:
    if decision.decision is None:
        return replace(alert, status="open", decided_level=None, snoozed_until=None, decision_id=decision.decision_id)
    until = None
    if decision.decision == "snooze":
        # Nobody snoozes for good.
        until = min(decision.until or day, alert.last_seen + timedelta(days=policy.snooze_days))
        if until <= alert.last_seen:
            # Over before it begins: it changes nothing, the due date least of all.
            return replace(alert, decision_id=decision.decision_id)
    return replace(
        alert,
        status=DECISIONS[decision.decision],
        decided_level=alert.level,
        snoozed_until=until,
        decision_id=decision.decision_id,
    )


def _go_on(alert: Alert, signal: Signal, day: date, policy: Alerts) -> Alert:
    rises = LEVELS.index(signal.level) > LEVELS.index(alert.decided_level or alert.level)
    wakes = alert.status == "snoozed" and alert.snoozed_until is not None and day > alert.snoozed_until
    due = alert.due
    if LEVELS.index(signal.level) > LEVELS.index(alert.level):
        due = min(due, day + timedelta(days=policies.due_days(policy, signal.level)))
    opens = alert.status != "open" and (wakes or rises)
    if opens:
        due = day + timedelta(days=policies.due_days(policy, signal.level))
    return replace(
        alert,
        status="open" if opens else alert.status,
        level=signal.level,
        value=signal.value,
        owner=alert.owner if alert.escalated and not opens else signal.owner,
        last_seen=day,
        streak=alert.streak + 1,
        quiet_count=0,
        due=due,
        snoozed_until=None if opens else alert.snoozed_until,
        decided_level=None if opens else alert.decided_level,
        escalated=None if opens else alert.escalated,
    )


def _fall_silent(alert: Alert, day: date, policy: Alerts) -> Alert:
    quiet = alert.quiet_count + 1
    if quiet < policy.quiet_evaluations:
        return replace(alert, quiet_count=quiet)
    ended = alert.status if alert.status in ("rejected", "expired") else "resolved"
    return replace(alert, status=ended, quiet_count=quiet, closed=day)


def _grow_old(alert: Alert, day: date, policy: Alerts) -> Alert:
    if alert.status != "open":
        return alert
    if not alert.is_listed:
        return replace(alert, due=max(alert.due, day + timedelta(days=policies.due_days(policy, alert.level))))
    if day <= alert.due:
        return alert
    if day > alert.due + timedelta(days=policy.expire_days):
        return replace(alert, status="expired", decided_level=alert.level)
    if alert.escalated is None:
        return replace(alert, escalated=day, owner=policy.escalation_owner)
    return alert


def _rank(alerts: Sequence[Alert], policy: Alerts) -> list[Alert]:
    """Rank the open alerts of each owner: red ones first, then by value; those within the budget are listed."""
    ranks: dict[str, int] = {}
    ranked = {}
    for alert in sorted(
        (alert for alert in alerts if alert.status == "open"),
        key=lambda alert: (alert.level != "red", -alert.value, alert.dedupe_key),
    ):
        rank = ranks[alert.owner] = ranks.get(alert.owner, 0) + 1
        ranked[alert.alert_id] = replace(alert, rank=rank, is_listed=rank <= policy.budget)
    return [ranked.get(alert.alert_id, replace(alert, rank=None, is_listed=False)) for alert in alerts]


def _by_key(found: Iterable[Keyed]) -> dict[str, Keyed]:
    keyed: dict[str, Keyed] = {}
    for each in found:
        key = each.dedupe_key if isinstance(each, Alert) else each.key
        if key in keyed:
            raise ValueError(f"two of {key!r} at once")
        keyed[key] = each
    return keyed
