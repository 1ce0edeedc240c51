"""The text of a notification: title and body, not longer than the channel takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from planning.alerts import wording
from planning.notify.news import Alert, News

TEXTS = Path(__file__).parent / "texts"
WORST_FIRST = ("red", "orange", "yellow")


@dataclass(frozen=True)
class Letterhead:
    """What all notifications of a run have in common.

    Attributes:
        company: Name of the company.
        currency: Its currency, ISO 4217.
        language: One of ``wording.LANGUAGES``.
        day: Business date.
    """

    company: str
    currency: str
    language: str
    day: date


def red(head: Letterhead, owner: str, alerts: Sequence[Alert], longest_bytes: int) -> tuple[str, str]:
    """Return title and body that tell an owner of red alerts; those beyond the owner's budget only as a sum."""
    return _message(head, "red", owner, News(alerts, {}, {}, {}), longest_bytes)


def digest(head: Letterhead, owner: str, news: News, longest_bytes: int) -> tuple[str, str]:
    """Return title and body of a digest: the alerts within the owner's budget in full, the others as a sum."""
    return _message(head, "digest", owner, news, longest_bytes)


def _message(head: Letterhead, kind: str, owner: str, news: News, longest_bytes: int) -> tuple[str, str]:
    texts = wording.catalog(TEXTS, head.language)
    one, many = texts["counts"][kind]
    count = (one if len(news.alerts) == 1 else many).replace("#", f"{len(news.alerts):,}")
    figures = {"company": head.company, "date": head.day, "owner": owner, "count": count, "value": _value(news.alerts)}
    title = _fill(head, texts["titles"][kind], figures)
    listed = [alert for alert in news.alerts if alert.is_listed]
    others = [alert for alert in news.alerts if not alert.is_listed]
    lines = [_item(head, texts, place, alert, news.before) for place, alert in enumerate(listed, start=1)]
    for shown in range(len(lines), -1, -1):
        closing = _closing(head, texts, [*listed[shown:], *others], news.ended)
        body = "\n".join([*lines[:shown], *closing])
        # Some services put the title on top of the body.
        if len(f"{title}\n{body}".encode()) <= longest_bytes:
            break
    return title, body


def _item(head: Letterhead, texts: Mapping[str, Any], place: int, alert: Alert, before: Mapping[str, str]) -> str:
    level, _, status = before.get(str(alert.alert_id), "").partition("/")
    was = (texts["levels"] | texts["statuses"]).get(level if level != alert.level else status)
    figures = {
        "place": place,
        "level": texts["levels"][alert.level],
        "before": was,
        "value": alert.value,
        "due": alert.due,
        "message": alert.message(head.language) or None,
    }
    return _fill(head, texts["item"], figures)


def _closing(head: Letterhead, texts: Mapping[str, Any], rest: Sequence[Alert], ended: Mapping[str, int]) -> list[str]:
    lines = []
    if rest:
        levels = Counter(alert.level for alert in rest)
        counts = {texts["levels"][level]: levels[level] for level in WORST_FIRST if levels[level]}
        lines.append(_fill(head, texts["rest"], {"counts": _counts(texts, counts), "value": _value(rest)}))
    if ended:
        counts = {texts["statuses"][status]: count for status, count in ended.items()}
        lines.append(_fill(head, texts["ended"], {"counts": _counts(texts, counts)}))
    return [*lines, texts["footer"]]


def _counts(texts: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    parts = (texts["part"].replace("#", f"{count:,}").replace("~", name) for name, count in counts.items())
    return str(texts["between"]).join(parts)


def _fill(head: Letterhead, templates: str | Sequence[str], figures: Mapping[str, object]) -> str:
    alternatives = [templates] if isinstance(templates, str) else templates
    return wording.first(alternatives, {"currency": head.currency} | dict(figures), head.language)


def _value(alerts: Sequence[Alert]) -> float:
    return sum(alert.value for alert in alerts)
