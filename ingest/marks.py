"""Marks of database feeds: how far their pulls have read, as the ledger tells it.

Every pull is a row of ops.load_ledger, and rests on all loads before it that counted then: what they had brought it
did not bring again. The mark of a feed is that of its newest pull all of whose grounds still count, so that a batch
which the gate rejects takes the mark back with its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import LiteralString

import psycopg

from ingest.records import Origin

_OF_FEED: LiteralString = """
    {0}.company_id = feed.company_id and {0}.source_system = feed.source_system and {0}.entity = feed.entity
    and {0}.source_file = feed.source_file
"""
_PULLS: LiteralString = f"""
    from ops.load_ledger as pulls
    where {_OF_FEED.format("pulls")} and pulls.mark_to is not null and pulls.status = 'loaded' and not exists (
        select 1 from ops.load_ledger as refused
        where {_OF_FEED.format("refused")} and refused.status = 'rejected' and refused.load_id < pulls.load_id
            and refused.load_id <> all(pulls.ignored_load_ids)
    )
"""
_LAST: LiteralString = f"select pulls.* {_PULLS} order by pulls.load_id desc limit 1"
_FULL: LiteralString = f"select max(pulls.business_date) as business_date {_PULLS} and not pulls.is_partial"
_NEWEST: LiteralString = f"""
    select max(known.load_id) as load_id, max(known.batch_id) as batch_id
    from ops.load_ledger as known
    where {_OF_FEED.format("known")} and known.status = 'loaded'
"""
_IGNORED: LiteralString = f"""
    select coalesce(array_agg(refused.load_id order by refused.load_id), array[]::bigint[]) as load_ids
    from ops.load_ledger as refused
    where {_OF_FEED.format("refused")} and refused.status = 'rejected'
"""
STATUS: LiteralString = f"""
    select feed.company_id as company, feed.source_system as source, feed.entity, feed.source_file as file,
        last.mark_to as mark, last.recorded_at as pulled_at, whole.business_date as last_full_pull
    from (
        select distinct company_id, source_system, entity, source_file from ops.load_ledger
        where mark_to is not null and (%(company)s::text is null or company_id = %(company)s)
    ) as feed
    left join lateral ({_LAST}) as last on true
    left join lateral ({_FULL}) as whole on true
    order by 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Feed:
    """What a mark belongs to: a table or query of a source, for one entity."""

    origin: Origin
    entity: str
    file: str

    @property
    def identity(self) -> list[str]:
        """Company, source, entity and name, as in the ledger."""
        return [self.origin.company_id, self.origin.source_system, self.entity, self.file]

    @property
    def place(self) -> list[str]:
        """Company, source and name, as in raw."""
        return [self.origin.company_id, self.origin.source_system, self.file]


@dataclass(frozen=True)
class Mark:
    """How far the pulls of a feed have read.

    Attributes:
        value: Mark, None before the first pull and when no pull counts.
        mapping: Fingerprint of the mapping of the pull it comes from.
        full_date: Business date of the last pull that compared everything, of those whose grounds still count.
        newest_load_id: Newest load of the feed that counts.
        newest_batch_id: Newest batch that holds one.
        ignored_load_ids: Loads that do not count, because their batches were rejected.
    """

    value: str | None
    mapping: str | None
    full_date: date | None
    newest_load_id: int | None
    newest_batch_id: int | None
    ignored_load_ids: list[int]


def read(connection: psycopg.Connection, feed: Feed) -> Mark:
    """Return the mark of a feed."""
    query = f"""
        with feed (company_id, source_system, entity, source_file) as (values (%s, %s, %s, %s))
        select last.mark_to, last.mapping_sha256, whole.business_date, newest.load_id, newest.batch_id,
            ignored.load_ids
        from feed
        left join lateral ({_LAST}) as last on true
        cross join lateral ({_FULL}) as whole
        cross join lateral ({_NEWEST}) as newest
        cross join lateral ({_IGNORED}) as ignored
    """  # noqa: S608 - made of constants
    (row,) = connection.execute(query, feed.identity).fetchall()
    return Mark(*row)


def lock(connection: psycopg.Connection, feed: Feed) -> None:
    """Keep other pulls of a feed waiting until the end of the transaction."""
    name = "/".join(["ingest.marks", *feed.identity])
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
