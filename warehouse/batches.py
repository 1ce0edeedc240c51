"""Batches: loaded into until their gate has judged them; staging reads those that passed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from typing import Literal

import psycopg
from psycopg import sql

from warehouse.connection import Role, connect

GateStatus = Literal["pending", "passed", "rejected", "released"]
ACCEPTED = ["passed", "released"]


class BatchError(ValueError):
    """There is no such batch, or its state does not allow what was asked."""


def open_batch(connection: psycopg.Connection, company_id: str, business_date: date) -> int:
    """Return the batch of a company and date to load into: the one that still waits for its gate, or a new one.

    A load that broke off leaves its batch pending with whole files in it; the next load of the same date goes on
    with that batch, so that the gate sees those files too.
    """
    with connection.transaction():
        key = f"ingest.batch {company_id} {business_date}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        row = connection.execute(
            """
            update ops.batches set finished_at = null
            where batch_id = (
                select max(batch_id) from ops.batches
                where company_id = %s and business_date = %s and gate_status = 'pending'
            )
            returning batch_id
            """,
            [company_id, business_date],
        ).fetchone()
        row = (
            row
            or connection.execute(
                "insert into ops.batches (company_id, business_date) values (%s, %s) returning batch_id",
                [company_id, business_date],
            ).fetchone()
        )
    if row is None:
        raise BatchError(f"no batch could be opened for {company_id} {business_date}")
    batch_id: int = row[0]
    return batch_id


@contextlib.contextmanager
def refreshing(company_id: str) -> Iterator[bool]:
    """Keep whole loads and builds of a company waiting, and yield whether a refresh may work meanwhile.

    It may not while another refresh works, nor while a whole run has begun that is not published. A refresh would go on
    with the batch that the run loads into and let it through, or publish what no data test of the run has passed.
    """
    with connect(Role.TRANSFORMER, autocommit=True) as connection:
        locked = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [_refresh_key(company_id)])
        # Apart from the lock: it has to see what was committed before the lock was given.
        is_running = connection.execute(
            """
            select exists (
                select 1 from ops.batches
                where company_id = %(company_id)s and (
                    gate_status = 'pending' and finished_at is null
                    or gate_status = any(%(accepted)s) and build_id is not null and (
                        built_at is null
                        or built_at > (
                            select max(published_at) from ops.publications
                            where company_id = %(company_id)s and not is_partial
                        )
                    )
                )
            )
            """,
            {"company_id": company_id, "accepted": ACCEPTED},
        )
        # The lock ends with the connection.
        yield locked.fetchone() == (True,) and is_running.fetchone() == (False,)


def await_refresh(connection: psycopg.Connection, company_id: str) -> None:
    """Wait until no refresh of the company is at work, and let none begin before the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [_refresh_key(company_id)])


def close_batch(connection: psycopg.Connection, batch_id: int) -> None:
    """Note that a batch is complete."""
    connection.execute("update ops.batches set finished_at = now() where batch_id = %s", [batch_id])


def set_gate_status(batch_id: int, status: GateStatus, reason: str) -> None:
    """Record the verdict of the gate on a batch; its rows become visible downstream when it passed or is released.

    The files of a rejected batch count as not loaded, so that good ones among them load again with the corrected rest.

    Raises:
        BatchError: there is no such batch, a file of it was loaded again since it was rejected, or it is to be rejected
            and is through already: builds may have its rows, and would keep them.
    """
    with connect(Role.LOADER) as connection:
        if status == "rejected":
            _require_undecided(connection, batch_id)
        _mark_files(connection, batch_id, "rejected" if status == "rejected" else "loaded")
        if status in ACCEPTED:
            _refresh_statistics(connection, batch_id)
        done = connection.execute(
            """
            update ops.batches set gate_status = %s, gate_reason = %s, gate_decided_at = now(),
                finished_at = coalesce(finished_at, now())
            where batch_id = %s
            """,
            [status, reason, batch_id],
        )
        # A table of a few rows never reaches autovacuum's threshold, and every view of staging joins this one.
        connection.execute("analyze ops.batches")
    if done.rowcount != 1:
        raise BatchError(f"there is no batch {batch_id}; see `python -m ingest status`")


def release(batch_id: int, reason: str) -> None:
    """Let a batch through by hand that the gate rejected or has not judged.

    Raises:
        BatchError: there is no such batch, or it is through already.
    """
    with connect(Role.LOADER) as connection:
        row = connection.execute("select gate_status from ops.batches where batch_id = %s", [batch_id]).fetchone()
    if row is None:
        raise BatchError(f"there is no batch {batch_id}; see `python -m ingest status`")
    if row[0] in ACCEPTED:
        raise BatchError(f"batch {batch_id} is {row[0]} already")
    set_gate_status(batch_id, "released", reason)


def pending_batches(company_id: str, business_date: date) -> list[int]:
    """Return the batches, oldest first, of a company up to a business date that no gate has judged yet."""
    with connect(Role.LOADER) as connection:
        rows = connection.execute(
            """
            select batch_id from ops.batches
            where company_id = %s and business_date <= %s and gate_status = 'pending'
            order by batch_id
            """,
            [company_id, business_date],
        ).fetchall()
    return [row[0] for row in rows]


def loaded_batches(company_id: str, business_date: date) -> list[int]:
    """Return those of the pending batches whose load is complete."""
    with connect(Role.LOADER) as connection:
        rows = connection.execute(
            """
            select batch_id from ops.batches
            where company_id = %s and business_date <= %s and gate_status = 'pending' and finished_at is not null
            order by batch_id
            """,
            [company_id, business_date],
        ).fetchall()
    return [row[0] for row in rows]


def refused_files(company_id: str, business_date: date) -> list[tuple[str, str, str]]:
    """Return file, entity and reason of every file that the last batch of a business date refused whole.

    A file that several attempts at the batch refused is there once, with the newest reason.
    """
    with connect(Role.TRANSFORMER) as connection:
        rows = connection.execute(
            """
            select source_file, entity, coalesce(message, 'no reason recorded')
            from (
                select distinct on (source_system, entity, source_file, content_sha256) *
                from ops.load_ledger
                where status = 'refused' and batch_id = (
                    select max(batch_id) from ops.batches where company_id = %s and business_date = %s
                )
                order by source_system, entity, source_file, content_sha256, load_id desc
            ) as refused
            order by source_file, entity
            """,
            [company_id, business_date],
        ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def latest_business_date(company_id: str) -> date:
    """Return the business date of the company's last accepted batch.

    Raises:
        LookupError: there is none yet.
    """
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            "select max(business_date) from ops.batches where company_id = %s and gate_status = any(%s)",
            [company_id, ACCEPTED],
        ).fetchone()
    if not row or row[0] is None:
        raise LookupError(f"{company_id} has no accepted batch yet: run `make run COMPANY={company_id}` first")
    found: date = row[0]
    return found


def latest_accepted(preferred: str) -> tuple[str, date]:
    """Return company and business date of the last accepted batch, of the preferred company where it has one.

    Raises:
        LookupError: no company has one yet.
    """
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            "select company_id, business_date from ops.batches where gate_status = any(%s) "
            "order by company_id = %s desc, business_date desc, batch_id desc limit 1",
            [ACCEPTED, preferred],
        ).fetchone()
    if row is None:
        raise LookupError(f"no company has an accepted batch yet: run `make run COMPANY={preferred}` first")
    return row[0], row[1]


def _refresh_key(company_id: str) -> str:
    return f"warehouse.refresh {company_id}"


def _require_undecided(connection: psycopg.Connection, batch_id: int) -> None:
    row = connection.execute(
        "select gate_status from ops.batches where batch_id = %s for update", [batch_id]
    ).fetchone()
    if row and row[0] in ACCEPTED:
        raise BatchError(f"batch {batch_id} is {row[0]} already, and builds may have its rows: it cannot be rejected")


def _mark_files(connection: psycopg.Connection, batch_id: int, status: Literal["loaded", "rejected"]) -> None:
    loaded_again = BatchError(
        f"files of batch {batch_id} were loaded again in a later batch: release that one, or both would count"
    )
    if status == "loaded" and _is_pulled_again(connection, batch_id):
        raise loaded_again
    try:
        connection.execute(
            "update ops.load_ledger set status = %s where batch_id = %s and status in ('loaded', 'rejected')",
            [status, batch_id],
        )
    except psycopg.errors.UniqueViolation:
        raise loaded_again from None


def _is_pulled_again(connection: psycopg.Connection, batch_id: int) -> bool:
    """Tell whether a later pull of a database has read again what a rejected batch had brought."""
    row = connection.execute(
        """
        select exists (
            select 1 from ops.load_ledger as refused
            inner join ops.load_ledger as again on refused.load_id = any(again.ignored_load_ids)
                and again.company_id = refused.company_id and again.source_system = refused.source_system
                and again.entity = refused.entity and again.source_file = refused.source_file
            where refused.batch_id = %s and refused.status = 'rejected' and again.status = 'loaded'
        )
        """,
        [batch_id],
    ).fetchone()
    return row == (True,)


def _refresh_statistics(connection: psycopg.Connection, batch_id: int) -> None:
    """Tell the planner what a batch brought: it builds from fresh tables long before autovacuum comes by."""
    rows = connection.execute(
        "select distinct entity from ops.load_ledger where batch_id = %s and rows_loaded > 0", [batch_id]
    ).fetchall()
    for (entity,) in rows:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", entity)))
    connection.execute("analyze ops.load_ledger")
