"""The outbox: what each channel is told, claimed before it is sent, so that a crash tells nobody the same twice.

    pending   due, and not sent yet
    claimed   its sender has written that it sends now
    sent      the receiver took it
    unknown   its sender ended without writing what became of it: never sent again, for it may have arrived
    obsolete  overtaken before it went: the alert is no longer red and open, or a later digest has told it

One sender of a company works at a time (a lock of the session), so whatever it finds claimed has lost its sender.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

import psycopg

from planning.notify.channels import Channel
from planning.notify.news import Alert


def lock(connection: psycopg.Connection, company_id: str, wait_seconds: float) -> bool:
    """Become the one sender of a company until the connection ends.

    Args:
        connection: Connection as advisor that commits by itself.
        company_id: Company.
        wait_seconds: How long to wait for another sender to end.

    Returns:
        Whether it worked; otherwise another one is still at work.
    """
    connection.execute("select set_config('lock_timeout', %s, false)", [f"{int(1000 * wait_seconds)}ms"])
    try:
        connection.execute("select pg_advisory_lock(hashtext('planning.notify'), hashtext(%s))", [company_id])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def give_up_lost(connection: psycopg.Connection, company_id: str) -> int:
    """Mark what lost its sender as unknown, and return how many."""
    return connection.execute(
        "update plan.notifications set status = 'unknown' where company_id = %s and status = 'claimed'", [company_id]
    ).rowcount


class Mailbox:
    """The rows of one channel of an owner."""

    def __init__(
        self, connection: psycopg.Connection, company_id: str, channel: Channel, day: date, run_id: str
    ) -> None:
        self.connection = connection
        self.day = day
        self.key = {"company_id": company_id, "owner_name": channel.owner, "channel_hash": channel.digest}
        self.origin = {"channel_schema": channel.schema, "business_date": day, "run_id": run_id}

    def latest(self) -> date | None:
        """Return the last business date of which something was sent; None before."""
        rows = self._execute("select max(business_date) from plan.notifications where {key} and status = 'sent'")
        found: date | None = next(rows)[0]
        return found

    def told(self) -> dict[str, str]:
        """Return what the last digest said of each alert: level/status by alert_id."""
        rows = self._execute(
            """
            select alerts from plan.notifications
            where {key} and alert_id is null and status = 'sent' order by business_date desc limit 1
            """
        )
        row = rows.fetchone()
        return dict(row[0] or {}) if row else {}

    def red_sent(self) -> set[UUID]:
        """Return the alerts that were told as red ones, and have been red and open ever since."""
        rows = self._execute(
            """
            select n.alert_id
            from (select * from plan.notifications where {key} and status = 'sent' and level = 'red') as n
            where not exists (
                select 1 from plan.alerts as a
                where
                    a.company_id = n.company_id and a.alert_id = n.alert_id
                    and a.business_date > n.business_date and a.business_date <= %(business_date)s
                    and (a.status <> 'open' or a.level <> 'red')
            )
            """
        )
        return {row[0] for row in rows}

    def red_done(self) -> set[UUID]:
        """Return the alerts that are not told as red ones again: they were, or may have been."""
        rows = self._execute(
            "select alert_id from plan.notifications where {key} and status in ('sent', 'unknown') and level = 'red'"
        )
        return {row[0] for row in rows}

    def add_red(self, alerts: Collection[Alert]) -> list[UUID]:
        """Note red alerts as due, drop those that are no longer, and return the ones to be sent now."""
        ids = [alert.alert_id for alert in alerts]
        for alert_id in ids:
            self._add(f"alert {alert_id} red", alert_id, "red")
        self._execute(
            """
            update plan.notifications
            set status = case when alert_id = any(%(ids)s) then 'pending' else 'obsolete' end
            where {key} and status in ('pending', 'obsolete') and alert_id is not null
            """,
            ids=ids,
        )
        rows = self._execute(
            "select alert_id from plan.notifications where {key} and status = 'pending' and alert_id = any(%(ids)s)",
            ids=ids,
        )
        return [row[0] for row in rows]

    @property
    def digest(self) -> str:
        """Subject of the digest of the business date."""
        return f"digest {self.day.isoformat()}"

    def add_digest(self) -> None:
        """Note the digest of the business date as due."""
        self._add(self.digest, None, None)

    def has_digest(self) -> bool:
        """Tell whether the digest of the business date was sent, or lost while it was."""
        row = self._execute(
            "select 1 from plan.notifications where {key} and subject = %(subject)s and status <> 'pending'",
            subject=self.digest,
        )
        return row.fetchone() is not None

    def claim(self, subjects: Collection[str]) -> bool:
        """Write that these are being sent now, and return whether all of them were still due."""
        rows = self._execute(
            """
            update plan.notifications
            set status = 'claimed', claimed_at = now(), attempt_count = attempt_count + 1, run_id = %(run_id)s
            where {key} and subject = any(%(subjects)s) and status = 'pending'
            """,
            subjects=list(subjects),
        )
        return rows.rowcount == len(subjects)

    def close(self, subjects: Collection[str], alerts: Mapping[str, str] | None = None) -> None:
        """Write that the receiver took these, and what a digest said of each alert."""
        self._execute(
            """
            update plan.notifications
            set status = 'sent', sent_at = now(), failure = null, alerts = %(alerts)s::jsonb
            where {key} and subject = any(%(subjects)s)
            """,
            subjects=list(subjects),
            alerts=None if alerts is None else json.dumps(alerts),
        )
        if alerts is not None:
            self._forget_earlier_digests()

    def release(self, subjects: Collection[str], failure: str) -> None:
        """Write that these did not go, and why: they are due again."""
        self._execute(
            """
            update plan.notifications set status = 'pending', failure = %(failure)s
            where {key} and subject = any(%(subjects)s) and status = 'claimed'
            """,
            subjects=list(subjects),
            failure=failure,
        )

    def _forget_earlier_digests(self) -> None:
        self._execute(
            """
            update plan.notifications
            set alerts = null, status = case status when 'pending' then 'obsolete' else status end
            where {key} and alert_id is null and business_date < %(business_date)s
                and (alerts is not null or status = 'pending')
            """
        )

    def _add(self, subject: str, alert_id: UUID | None, level: str | None) -> None:
        self._execute(
            """
            insert into plan.notifications (
                company_id, owner_name, channel_hash, subject, channel_schema, business_date, alert_id, level, run_id
            ) values (
                %(company_id)s, %(owner_name)s, %(channel_hash)s, %(subject)s, %(channel_schema)s, %(business_date)s,
                %(alert_id)s, %(level)s, %(run_id)s
            )
            on conflict do nothing
            """,
            subject=subject,
            alert_id=alert_id,
            level=level,
        )

    def _execute(self, statement: str, **values: object) -> psycopg.Cursor:
        key = " and ".join(f"{column} = %({column})s" for column in self.key)
        return self.connection.execute(
            statement.replace("{key}", key),  # type: ignore[arg-type]
            self.key | self.origin | values,
        )
