"""Builds: which accepted batches a run of dbt works on, and when they are done."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date

from warehouse.batches import ACCEPTED, await_refresh
from warehouse.connection import Role, connect
from warehouse.fingerprint import models_fingerprint, project_fingerprint

MODELS_CHANGED = "the models changed since the last complete build"
NOTHING_COMPLETE = "no build of this warehouse is complete yet"
BROUGHT_ROWS = "exists (select 1 from ops.load_ledger as l where l.batch_id = b.batch_id and l.rows_loaded > 0)"


def claim_batches(company_id: str, business_date: date) -> str:
    """Claim every accepted batch that no build has completed yet, up to the business date.

    Batches of a build that failed are claimed again, so that nothing is lost. A refresh that is at work has its end
    first, so that what it lets through belongs to the build as well.

    Args:
        company_id: Company to build for.
        business_date: Last business date whose batches belong to the build.

    Returns:
        Id of the build. The same batches give the same id; without any, the id ends in ``/none``.
    """
    with connect(Role.TRANSFORMER) as connection:
        await_refresh(connection, company_id)
        row = connection.execute(
            """
            with unbuilt as (
                select batch_id from ops.batches
                where company_id = %(company_id)s
                    and business_date <= %(business_date)s
                    and gate_status = any(%(accepted)s)
                    and built_at is null
                for update
            ),
            build as (
                select %(company_id)s || '@' || %(business_date)s || '/' || max(batch_id) as build_id from unbuilt
            ),
            claimed as (
                update ops.batches set build_id = build.build_id
                from unbuilt, build
                where batches.batch_id = unbuilt.batch_id
            )
            select build_id from build
            """,
            {"company_id": company_id, "business_date": business_date, "accepted": ACCEPTED},
        ).fetchone()
    found = row[0] if row else None
    return found or f"{company_id}@{business_date}/none"


def start_build(build_id: str) -> None:
    """Record that a build begins, and what it is made from."""
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "insert into ops.builds (build_id, fingerprint, models_fingerprint, project_fingerprint) "
            "values (%s, %s, %s, %s)",
            [build_id, fingerprint(), models_fingerprint(), project_fingerprint()],
        )


def full_refresh_reason() -> str | None:
    """Return why the next build has to make every table anew, for all companies, or None when it need not.

    Incremental tables keep rows that earlier models made. So every build since the last complete one, which may have
    left some tables done and others not, must have had the models of today.
    """
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            """
            with last as (select max(attempt_id) as attempt_id from ops.builds where finished_at is not null)
            select last.attempt_id, bool_and(models_fingerprint = %s)
            from last left join ops.builds on builds.attempt_id >= last.attempt_id
            group by last.attempt_id
            """,
            [models_fingerprint()],
        ).fetchone()
    if row is None or row[0] is None:
        return NOTHING_COMPLETE
    return None if row[1] else MODELS_CHANGED


def is_built(fingerprint: str) -> bool:
    """Tell whether a build by a project of this fingerprint was ever complete."""
    with connect(Role.TRANSFORMER) as connection:
        return bool(
            connection.execute(
                "select 1 from ops.builds where project_fingerprint = %s and finished_at is not null limit 1",
                [fingerprint],
            ).fetchone()
        )


def unbuilt_batches() -> list[int]:
    """Return every accepted batch that no build has completed yet, of all companies and dates."""
    with connect(Role.TRANSFORMER) as connection:
        rows = connection.execute(
            "select batch_id from ops.batches where gate_status = any(%s) and built_at is null order by 1", [ACCEPTED]
        ).fetchall()
    return [row[0] for row in rows]


def complete_build(build_id: str, unclaimed: Collection[int] = ()) -> int:
    """Mark a build and its batches as complete.

    Args:
        build_id: Id of the build.
        unclaimed: Batches that it took up besides those it claimed.

    Returns:
        Number of batches that no build had completed before.
    """
    with connect(Role.TRANSFORMER) as connection:
        done = connection.execute(
            """
            update ops.batches set build_id = %(build_id)s, built_at = now()
            where (build_id = %(build_id)s or batch_id = any(%(unclaimed)s)) and built_at is null
            """,
            {"build_id": build_id, "unclaimed": list(unclaimed)},
        )
        # None has begun when there was nothing to build.
        connection.execute(
            """
            update ops.builds set finished_at = now()
            where finished_at is null and attempt_id = (select max(attempt_id) from ops.builds where build_id = %s)
            """,
            [build_id],
        )
        return done.rowcount


def is_up_to_date(build_id: str) -> bool:
    """Tell whether a build would change nothing: its batches brought no row, and all else is as at the last build."""
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            f"""
            select
                not exists (
                    select 1 from ops.batches as b where b.build_id = %s and b.built_at is null and {BROUGHT_ROWS}
                )
                and exists (
                    select 1 from ops.builds
                    where attempt_id = (select max(attempt_id) from ops.builds)
                        and finished_at is not null and fingerprint = %s
                )
            """,
            [build_id, fingerprint()],
        ).fetchone()
    return bool(row and row[0])


def fingerprint() -> str:
    """Return a hash over dbt's project, the thresholds, the calendar, and the accepted batches with their dates."""
    digest = hashlib.sha256(project_fingerprint().encode())
    with connect(Role.TRANSFORMER) as connection:
        accepted = "from ops.batches as b where b.gate_status = any(%(accepted)s)"
        for query in (
            "select company_id, policy_name, policy_value from ops.policies order by 1, 2",
            "select company_id, company_name, currency, timezone, country_code from ops.companies order by 1",
            "select calendar_code, holiday_date, holiday_name from ops.holidays order by 1, 2, 3",
            f"select b.batch_id {accepted} and {BROUGHT_ROWS} order by 1",
            f"select b.company_id, max(b.business_date) {accepted} group by 1 order by 1",
        ):
            digest.update(repr(connection.execute(query, {"accepted": ACCEPTED}).fetchall()).encode())
    return digest.hexdigest()
