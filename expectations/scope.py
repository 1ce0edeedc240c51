"""What one run of a gate judges: company, business date, batch, and the accepted history to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import psycopg

from expectations import counted
from expectations.counted import Counted
from warehouse import thresholds
from warehouse.policy import Policy
from warehouse.settings import company_id as checked_company_id

# Ten weeks hold eight earlier days of the same weekday for every day of the last two weeks.
HISTORY_DAYS = 70


class ScopeError(ValueError):
    """There is nothing to judge as asked; the message says what exists."""


@dataclass(frozen=True)
class Scope:
    """What is judged. Values are checked, because expectations hold them as SQL literals.

    Attributes:
        company_id: Company.
        business_date: Date of the run.
        batch_id: Batch under judgment, None for model outputs.
        history: Accepted batches of the last HISTORY_DAYS days, without the one under judgment.
        row_counts: Rows the batch loaded, by entity; entities of which it read nothing are absent.
        policies: Thresholds of the company, by dotted name; those that hold by default without it.
        run_id: Name of the run that asked.
        counted: What was counted of the rows while they loaded.
    """

    company_id: str
    business_date: date
    batch_id: int | None = None
    history: tuple[int, ...] = ()
    row_counts: Mapping[str, int] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=Policy().texts)
    run_id: str = "manual"
    counted: Counted = field(default_factory=Counted)

    @property
    def day(self) -> str:
        """Business date as an SQL literal."""
        return f"date '{self.business_date.isoformat()}'"

    @property
    def batch(self) -> str:
        """Condition over alias r: row of the batch under judgment."""
        return f"r._batch_id = {self.batch_id}"

    @property
    def accepted(self) -> str:
        """Condition over alias r: row of the accepted history."""
        return f"r.company_id = '{self.company_id}' and {_any(self.history)}"

    @property
    def visible(self) -> str:
        """Condition over alias r: row of the accepted history or of the batch under judgment."""
        return f"r.company_id = '{self.company_id}' and {_any((*self.history, self.batch_id or 0))}"

    @property
    def next_week(self) -> str:
        """Monday after the last complete week as SQL; that week ends on the last Sunday up to the business date."""
        return f"cast(date_trunc('week', {self.day} + 1) as date)"

    @property
    def row_count_band(self) -> float:
        """How far a row count may lie from what is usual, as a share."""
        return self.policy("gate.row_count_band")

    def policy(self, name: str) -> float:
        """Return a threshold of the company."""
        return thresholds.number(self.policies, name)


def raw_scope(
    connection: psycopg.Connection, company_id: str, business_date: date, batch_id: int | None, run_id: str
) -> Scope:
    """Read what the raw gate needs to know about a batch.

    Args:
        connection: Connection as loader.
        company_id: Company.
        business_date: Date of the run.
        batch_id: Batch to judge; None for the latest of that company and date.
        run_id: Name of the run that asked.

    Raises:
        ScopeError: the company has no such batch.
    """
    company = checked_company_id(company_id)
    batch = _batch(connection, company, business_date, batch_id)
    history = connection.execute(
        "select batch_id from ops.batches where company_id = %s and batch_id <> %s "
        "and gate_status in ('passed', 'released') and business_date between %s and %s order by batch_id",
        [company, batch, business_date - timedelta(days=HISTORY_DAYS), business_date],
    ).fetchall()
    counts = connection.execute(
        "select entity, coalesce(sum(rows_loaded), 0)::bigint from ops.load_ledger "
        "where batch_id = %s and status = 'loaded' group by 1 having sum(rows_read) > 0",
        [batch],
    ).fetchall()
    earlier = tuple(row[0] for row in history)
    return Scope(
        company_id=company,
        business_date=business_date,
        batch_id=batch,
        history=earlier,
        row_counts=dict(counts),
        policies=thresholds.policies(connection, company),
        run_id=run_id,
        counted=counted.read(connection, company, batch, earlier),
    )


def model_scope(connection: psycopg.Connection, company_id: str, business_date: date, table: str, run_id: str) -> Scope:
    """Read what the gate of a model's outputs needs to know: the version that wrote last for the date, and its rows.

    Args:
        connection: Connection as modeler.
        company_id: Company.
        business_date: Date of the run.
        table: Schema-qualified table of outputs.
        run_id: Name of the run that asked.
    """
    company = checked_company_id(company_id)
    count = connection.execute(
        f"select count(*) from {table} as r where {latest_version(table, company, business_date)}"  # type: ignore[arg-type]
    ).fetchone()
    return Scope(
        company_id=company,
        business_date=business_date,
        row_counts={table: count[0] if count else 0},
        policies=thresholds.policies(connection, company),
        run_id=run_id,
    )


def latest_version(table: str, company_id: str, business_date: date) -> str:
    """Return the condition over alias r: row of the version that wrote last for the company and date."""
    day = f"date '{business_date.isoformat()}'"
    return (
        f"r.company_id = '{company_id}' and r.business_date = {day} and r.model_version = "
        f"(select x.model_version from {table} as x where x.company_id = '{company_id}' and x.business_date = {day} "
        "order by x.predicted_at desc, x.model_version limit 1)"
    )


def _batch(connection: psycopg.Connection, company: str, business_date: date, batch_id: int | None) -> int:
    found = connection.execute(
        "select batch_id from ops.batches where company_id = %(company)s "
        "and case when %(batch)s::bigint is null then business_date = %(date)s else batch_id = %(batch)s end "
        "order by batch_id desc limit 1",
        {"company": company, "date": business_date, "batch": batch_id},
    ).fetchone()
    if found is None:
        wanted = f"no batch for {business_date}" if batch_id is None else f"no batch {batch_id}"
        raise ScopeError(f"{company} has {wanted}: see python -m ingest status, or load first")
    return int(found[0])


def _any(batches: tuple[int, ...]) -> str:
    return f"r._batch_id = any (array[{', '.join(map(str, batches))}]::bigint[])"
