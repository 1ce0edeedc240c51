"""What would be sent, without sending or writing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import psycopg

from planning.notify import channels, letters, news
from planning.notify.channels import Channel
from planning.notify.letters import Letterhead
from planning.notify.news import Alert
from planning.notify.outbox import Mailbox
from planning.notify.send import letterhead
from warehouse.connection import Role, connect


def last_date(connection: psycopg.Connection, company_id: str) -> date:
    """Return the last business date that was evaluated.

    Raises:
        LookupError: there is none.
    """
    row = connection.execute(
        "select max(business_date) from plan.alert_evaluations where company_id = %s", [company_id]
    ).fetchone()
    if row is None or row[0] is None:
        raise LookupError(f"no alerts of {company_id} were evaluated yet")
    found: date = row[0]
    return found


def preview(company_id: str, day: date) -> str:
    """Return the messages that ``send`` would send, with the kind of each channel and the variable it comes from."""
    parts = []
    with connect(Role.ADVISOR) as connection:
        head = letterhead(connection, company_id, day)
        for owner, alerts in news.standing(connection, company_id, day).items():
            found = channels.of_owner(owner)
            if not found:
                parts.append(f"--- {owner}: no channel, set {channels.variable(owner)} or {channels.NOTIFY}")
            for channel in found:
                mailbox = Mailbox(connection, company_id, channel, day, "dry-run")
                messages = list(_messages(channel, mailbox, head, alerts)) or ["nothing new"]
                parts += [f"--- {channel}\n{message}" for message in messages]
    return "\n".join(parts) or f"no alerts of {company_id} on {day}"


def _messages(channel: Channel, mailbox: Mailbox, head: Letterhead, alerts: Sequence[Alert]) -> Iterator[str]:
    latest = mailbox.latest()
    if latest is not None and latest > head.day:
        return
    done = mailbox.red_done()
    red = [alert for alert in alerts if alert.is_urgent and alert.alert_id not in done]
    if red:
        yield "\n".join(letters.red(head, channel.owner, red, channel.longest_bytes))
    told = mailbox.red_sent() | {alert.alert_id for alert in red}
    found = news.since(alerts, mailbox.told(), told)
    if found.alerts and not mailbox.has_digest():
        yield "\n".join(letters.digest(head, channel.owner, found, channel.longest_bytes))
