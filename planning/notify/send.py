"""One run of the outbox: every channel of every owner is told what is due, side by side, within a time limit."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from planning.notify import channels, news, outbox
from planning.notify.channels import Channel
from planning.notify.letters import Letterhead
from planning.notify.news import Alert
from planning.notify.outbox import Mailbox
from planning.notify.rounds import Limits, Round
from warehouse import thresholds
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)


def send(company_id: str, business_date: date, run_id: str, *, limits: Limits | None = None) -> dict[str, Any]:
    """Tell the owners of a company's alerts what is new, on every channel that the environment names for them.

    Red alerts that are open go first, in one message per channel; then one digest per channel and business date of
    everything else that is new or changed. What cannot be delivered is logged and stays in ``plan.notifications`` for
    the next run; nothing is raised for it.

    Args:
        company_id: Company.
        business_date: Date whose evaluation is told.
        run_id: Run that the rows name.
        limits: How long to try.

    Returns:
        owners and channels; untold, the owners without a channel; where one could send, messages sent and pending,
        channels failed, and unknown, the rows whose sender was lost before; seconds.

    Raises:
        psycopg.Error: the warehouse could not be read or written.
    """
    began = time.monotonic()
    limits = limits or Limits()
    result: dict[str, Any] = {}
    with connect(Role.ADVISOR, autocommit=True) as connection:
        owners = news.standing(connection, company_id, business_date)
        reached = _reached(owners)
        if reached and outbox.lock(connection, company_id, limits.total):
            result["unknown"] = _give_up_lost(connection, company_id)
            deadline = time.monotonic() + limits.total
            head = letterhead(connection, company_id, business_date)
            rounds = []
            for channel in reached:
                mailbox = Mailbox(connection, company_id, channel, business_date, run_id)
                rounds.append(Round(channel, mailbox, head, owners[channel.owner], limits, deadline))
            result |= _run(rounds, deadline)
        elif reached:
            log.warning("%s: another sender is at work; what it does not send is left for the next run", company_id)
    return {
        "owners": len(owners),
        "channels": len(reached),
        "untold": sorted(owners.keys() - {channel.owner for channel in reached}),
        **result,
        "seconds": round(time.monotonic() - began, 2),
    }


def letterhead(connection: psycopg.Connection, company_id: str, day: date) -> Letterhead:
    """Return what all notifications of a company's business date have in common."""
    row = connection.execute(
        "select company_name, currency from ops.companies where company_id = %s", [company_id]
    ).fetchone()
    name, currency = row or (company_id, "")
    # Policies of an earlier version do not name it.
    language = thresholds.policies(connection, company_id).get("alerts.language", "en")
    return Letterhead(name, currency, language, day)


def _reached(owners: dict[str, list[Alert]]) -> list[Channel]:
    found: list[Channel] = []
    for owner, alerts in owners.items():
        of_owner = channels.of_owner(owner)
        if not of_owner:
            count = sum(alert.status == "open" for alert in alerts)
            log.info(
                "No channel for %s: neither %s nor %s is set, %d open alerts stay untold",
                owner,
                channels.variable(owner),
                channels.NOTIFY,
                count,
            )
        found += of_owner
    return found


def _give_up_lost(connection: psycopg.Connection, company_id: str) -> int:
    lost = outbox.give_up_lost(connection, company_id)
    if lost:
        log.warning(
            "%d rows were being sent when their run ended: whether they arrived is unknown, not sent again", lost
        )
    return lost


def _run(rounds: Sequence[Round], deadline: float) -> dict[str, int]:
    """Run all rounds until they end or the time does."""
    # Python does not wait for a daemon when it ends, whatever its receiver does.
    threads = [threading.Thread(target=each.run, daemon=True, name=str(each.channel)) for each in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    outcomes: Counter[str] = Counter()
    for each, thread in zip(rounds, threads, strict=True):
        outcomes += each.outcomes
        if thread.is_alive():
            outcomes["pending"] += 1
            log.warning("%s: no end within the time limit", each.channel)
            each.mailbox.release(each.sending, "not ended within the time limit")
    return {name: outcomes[name] for name in ("sent", "pending", "failed")}
