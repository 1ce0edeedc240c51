"""The policy of early warning as it holds on a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from warehouse.alert_policy import AlertLimits, Alerts

SECTION = "alerts."
LEVELS = ("yellow", "orange", "red")


def parse(values: Mapping[str, str]) -> Alerts:
    """Return the policy of early warning from ops.policies' texts.

    Raises:
        ValueError: a threshold is missing; the message says how to write it.
        pydantic.ValidationError: a text is not what ``warehouse.alert_policy`` allows.
    """
    found = {name.removeprefix(SECTION): text for name, text in values.items() if name.startswith(SECTION)}
    if missing := sorted(Alerts.model_fields.keys() - found.keys()):
        raise ValueError(
            f"ops.policies has no {SECTION}{missing[0]}: load the company first (python -m ingest load), which writes "
            "every threshold"
        )
    return Alerts.model_validate_json(json.dumps({name: _value(text) for name, text in found.items()}))


def limits_on(policy: Alerts, category: str | None, day: date) -> AlertLimits:
    """Return what holds for a category on a day: its own last entry up to that day, else the last one for all.

    Raises:
        ValueError: no entry for all holds on that day yet.
    """
    for wanted in (category, None):
        entries = [entry for entry in policy.limits if entry.category == wanted and entry.effective_from <= day]
        if entries:
            return entries[-1]
    raise ValueError(f"policy alerts.limits has no entry without category that holds on {day}")


def owner_of(policy: Alerts, category: str | None) -> str:
    """Return who has to act on alerts of a category."""
    return policy.owners.get(category or "", policy.owner)


def due_days(policy: Alerts, level: str) -> int:
    """Return the days within which to act on an alert of a level."""
    return {"yellow": policy.yellow_due_days, "orange": policy.orange_due_days, "red": policy.red_due_days}[level]


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
