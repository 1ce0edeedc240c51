"""Versions that were taken out of service, and what was gone back to: the table ml.model_rollbacks."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

import psycopg

from ml import registry
from ml.registry import Champion, RegistryError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rollback:
    """One return to an earlier version.

    Attributes:
        business_date: Date that it was done for.
        withdrawn_version: Version that served until then and never serves again by itself.
        restored_version: Version gone back to.
        reason: Why, in words.
    """

    business_date: date
    withdrawn_version: str
    restored_version: str
    reason: str


def go_back(
    connection: psycopg.Connection,
    withdrawn: Champion,
    restored: Champion,
    business_date: date,
    *,
    reason: str,
    run_id: str,
    is_automatic: bool,
) -> Rollback:
    """Withdraw the champion, make another version champion instead, and record both; the caller commits.

    A champion that makes way for a version of later data, which undoes a return, is archived.

    Args:
        connection: Connection of the role modeler.
        withdrawn: The champion.
        restored: Version of the same company and use case.
        business_date: Date that it is done for.
        reason: Why, in words.
        run_id: Run that asked.
        is_automatic: False where a person decided.

    Raises:
        RegistryError: the version to withdraw serves no more, as when two runs decide at once.
    """
    is_later = restored.trained_through_date > withdrawn.trained_through_date
    with connection.transaction():
        registry.lock(connection, withdrawn.model_version)
        changed = connection.execute(
            "update ml.model_registry set status = %s where model_version = %s and status = 'champion'",
            ["archived" if is_later else "withdrawn", withdrawn.model_version],
        )
        if not changed.rowcount:
            raise RegistryError(f"{withdrawn.model_version} serves no more: nothing to go back from")
        connection.execute(
            "update ml.model_registry set status = 'champion' where model_version = %s", [restored.model_version]
        )
        connection.execute(
            """
            insert into ml.model_rollbacks (
                company_id, use_case, business_date, withdrawn_version, restored_version, reason, run_id, is_automatic
            )
            select company_id, use_case, %s, model_version, %s, %s, %s, %s
            from ml.model_registry where model_version = %s
            """,
            [business_date, restored.model_version, reason, run_id, is_automatic, withdrawn.model_version],
        )
    log.warning("went back from %s to %s: %s", withdrawn.model_version, restored.model_version, reason)
    return Rollback(business_date, withdrawn.model_version, restored.model_version, reason)


def newest(connection: psycopg.Connection, company_id: str, use_case: str, business_date: date) -> Rollback | None:
    """Return the last return to an earlier version by a business date, or None."""
    row = connection.execute(
        """
        select business_date, withdrawn_version, restored_version, reason from ml.model_rollbacks
        where company_id = %s and use_case = %s and business_date <= %s
        order by rollback_id desc
        limit 1
        """,
        [company_id, use_case, business_date],
    ).fetchone()
    return Rollback(*row) if row else None
