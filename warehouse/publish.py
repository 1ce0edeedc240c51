"""Publication: what dbt has built and tested is shown to readers, all marts of a company at one instant."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from warehouse import merging, sharing
from warehouse.batches import ACCEPTED
from warehouse.connection import Role, connect
from warehouse.merging import Change

logger = logging.getLogger(__name__)

# Only a mart in a new form, or one that is no model any more, needs a moment without readers. Those that wait behind it
# wait this long at most.
LOCK_SECONDS = 2
ATTEMPTS = 30
PAUSE_SECONDS = 4


class PublicationError(RuntimeError):
    """The marts could not be published; readers keep what they had."""


@dataclass(frozen=True)
class Publication:
    """What a publication changed.

    Attributes:
        publication_id: Its key in ops.publications.
        changes: What changed by mart; marts without a change are missing.
    """

    publication_id: int
    changes: dict[str, Change]


def publish(company_id: str, business_date: date, only: Collection[str] | None = None) -> Publication | None:
    """Show readers what is built of a company, in one transaction: they see all of it, or what was before.

    A table whose columns changed is made anew with the rows of every company.

    Args:
        company_id: Company whose rows to publish.
        business_date: Business date of the run. A publication of all marts records the last one that they contain.
        only: Names of marts; None for all.

    Returns:
        What changed, or None where a build of the company is under way or failed: the tables may be half its own, and
        it publishes when it is complete.

    Raises:
        PublicationError: a mart has a new form, or is no model any more, and readers of it did not finish for minutes,
            or a view of somebody depends on it.
        UnpublishableMartError: a mart has no key.
    """
    for attempt in range(ATTEMPTS):
        try:
            with connect(Role.TRANSFORMER) as connection:
                publication = _publish(connection, company_id, business_date, only)
        except psycopg.errors.LockNotAvailable:
            logger.info("Somebody reads a mart that has to go: attempt %s of %s", attempt + 1, ATTEMPTS)
            time.sleep(PAUSE_SECONDS)
            continue
        except psycopg.errors.DependentObjectsStillExist as error:
            raise PublicationError(
                f"{company_id} {business_date} is built and not published: a mart has a new form, or is no model any "
                f"more, and {error.diag.message_detail}: drop that, then run `python -m warehouse publish`"
            ) from None
        if publication:
            _refresh_statistics(publication)
        return publication
    raise PublicationError(
        f"{company_id} {business_date} is built and not published: a mart has a new form, or is no model any more, "
        "and somebody has been reading the old one for minutes. Find them in pg_stat_activity, then run "
        "`python -m warehouse publish`"
    )


def publish_all() -> dict[str, Publication | None]:
    """Publish what is built of every company, and return what publish() returned, by company."""
    with connect(Role.TRANSFORMER) as connection:
        companies = connection.execute(
            "select company_id, max(business_date) from ops.batches "
            "where gate_status = any(%s) and built_at is not null group by 1 order by 1",
            [ACCEPTED],
        ).fetchall()
    return {company_id: publish(company_id, business_date) for company_id, business_date in companies}


def is_last_published(fingerprint: str) -> bool:
    """Tell whether a project of this fingerprint built what was published last."""
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            """
            select project_fingerprint = %s from ops.publications where not is_partial
            order by publication_id desc limit 1
            """,
            [fingerprint],
        ).fetchone()
    return bool(row and row[0])


def _publish(
    connection: psycopg.Connection, company_id: str, business_date: date, only: Collection[str] | None
) -> Publication | None:
    # One at a time: two would merge from the same state.
    connection.execute("select pg_advisory_xact_lock(hashtext('warehouse.publish'))")
    if build_id := _incomplete_build(connection, company_id):
        logger.warning("%s is not published: build %s is under way, or failed", company_id, build_id)
        return None
    merging.fix_text(connection)
    connection.execute("set local work_mem = '128MB'")
    connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(f"{LOCK_SECONDS}s")))
    publication_id = _record(connection, company_id, business_date, is_partial=only is not None)
    changes: dict[str, Change] = {}
    # Those that readers would have to wait for come last.
    built = merging.built_marts(connection)
    models = sharing.mart_folders()
    marts = {mart: built[mart] for mart in built if mart in models and (only is None or mart in only)}
    same_form = {mart: merging.has_same_form(connection, mart) for mart in marts}
    for mart in sorted(marts, key=lambda name: (not same_form[name], name)):
        change = _publish_mart(connection, mart, marts[mart], company_id, same_form=same_form[mart])
        if change != Change():
            changes[mart] = change
        _record_mart(connection, publication_id, mart, company_id, change)
        logger.info("%s: %s rows added, %s removed", mart, change.added, change.removed)
    if only is None:
        _remove_others(connection, models)
    # A mart in a new form is seen by those who may see it, and by them alone, from its first instant on.
    sharing.protect(connection)
    return Publication(publication_id, changes)


def _publish_mart(
    connection: psycopg.Connection, mart: str, built_table: int, company_id: str, *, same_form: bool
) -> Change:
    # Notes of builds that end after this are for the next publication.
    redone = merging.take_redone(connection, mart, company_id if same_form else None)
    if not same_form:
        merging.replace_table(connection, mart)
        connection.execute("delete from ops.published_marts where mart_name = %s", [mart])
        changes = merging.merge(connection, mart, None)
    elif not _is_merged(connection, mart, built_table, company_id):
        changes = merging.merge(connection, mart, company_id)
    elif redone:
        changes = merging.merge(connection, mart, company_id, redone)
    else:
        return Change()
    for company in changes.keys() | {company_id}:
        change = changes.get(company, Change())
        connection.execute(
            """
            insert into ops.published_marts as m (company_id, mart_name, built_table, row_count, content_hash)
            values (%(company_id)s, %(mart)s, %(built_table)s, %(rows)s, %(hash)s)
            on conflict (company_id, mart_name) do update set
                built_table = excluded.built_table,
                row_count = m.row_count + excluded.row_count,
                content_hash = m.content_hash # excluded.content_hash
            """,
            {
                "company_id": company,
                "mart": mart,
                "built_table": built_table,
                "rows": change.added - change.removed,
                "hash": change.hash_change,
            },
        )
    return changes.get(company_id, Change())


def _remove_others(connection: psycopg.Connection, models: Collection[str]) -> None:
    for table in merging.drop_others(connection, list(models)):
        connection.execute("delete from ops.published_marts where mart_name = %s", [table])
        logger.info("%s: removed, it is no mart of dbt's project", table)


def _is_merged(connection: psycopg.Connection, mart: str, built_table: int, company_id: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from ops.published_marts where company_id = %s and mart_name = %s and built_table = %s",
            [company_id, mart, built_table],
        ).fetchone()
    )


def _incomplete_build(connection: psycopg.Connection, company_id: str) -> str | None:
    row = connection.execute(
        "select max(build_id) from ops.batches where company_id = %s and built_at is null and gate_status = any(%s)",
        [company_id, ACCEPTED],
    ).fetchone()
    return row[0] if row else None


def _record(connection: psycopg.Connection, company_id: str, business_date: date, *, is_partial: bool) -> int:
    row = connection.execute(
        """
        insert into ops.publications
            (company_id, business_date, is_partial, project_fingerprint, batches, company, policies, model_statuses)
        select
            %(company_id)s,
            -- A run of a past date shows what later ones have built.
            case when %(is_partial)s then %(business_date)s else coalesce(built.business_date, %(business_date)s) end,
            %(is_partial)s,
            -- That of today may have changed since the build.
            coalesce(
                (
                    select project_fingerprint from ops.builds
                    where finished_at is not null or %(is_partial)s
                    order by attempt_id desc limit 1
                ),
                ''
            ),
            built.batches,
            to_jsonb(companies),
            (
                select coalesce(jsonb_object_agg(policy_name, policy_value), '{}') from ops.policies
                where company_id = %(company_id)s
            ),
            (
                select coalesce(jsonb_object_agg(model_version, status), '{}') from ml.model_registry
                where company_id = %(company_id)s
            )
        from ops.companies
        cross join (
            select
                max(business_date) as business_date,
                coalesce(range_agg(int8range(batch_id, batch_id, '[]')), '{}') as batches
            from ops.batches
            where company_id = %(company_id)s and gate_status = any(%(accepted)s) and built_at is not null
        ) as built
        where company_id = %(company_id)s
        returning publication_id
        """,
        {
            "company_id": company_id,
            "business_date": business_date,
            "is_partial": is_partial,
            "accepted": ACCEPTED,
        },
    ).fetchone()
    if row is None:
        raise PublicationError(f"{company_id} is not in ops.companies")
    publication_id: int = row[0]
    return publication_id


def _record_mart(
    connection: psycopg.Connection, publication_id: int, mart: str, company_id: str, change: Change
) -> None:
    connection.execute(
        """
        insert into ops.publication_marts
            (publication_id, mart_name, row_count, rows_added, rows_removed, content_hash)
        select %s, mart_name, row_count, %s, %s, content_hash from ops.published_marts
        where company_id = %s and mart_name = %s
        """,
        [publication_id, change.added, change.removed, company_id, mart],
    )


def _refresh_statistics(publication: Publication) -> None:
    with connect(Role.TRANSFORMER, autocommit=True) as connection:
        for mart in publication.changes:
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier(merging.PUBLISHED, mart)))
