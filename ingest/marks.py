"""Marks of database feeds: how far their pulls have read, as the ledger tells it.

Every pull is a row of ops.load_ledger that names the pull it follows. The mark of a feed is that of its newest pull
which rests on no rejected one, so that a batch the gate rejects takes the mark back with its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import LiteralString

import psycopg

from ingest.records import Origin

# Pulls of one feed, told as alias "feed", in the ledger under an alias. The ids of what they follow grow with theirs,
# so that a later pull that follows no newer one than a rejected pull did has read again what that one had brought.
_OF_FEED: LiteralString = """
    {0}.company_id = feed.company_id and {0}.source_system = feed.source_system and {0}.entity = feed.entity
    and {0}.source_file = feed.source_file and {0}.mark_to is not null
"""
_LAST: LiteralString = f"""
    select pulls.* from ops.load_ledger as pulls
    where {_OF_FEED.format("pulls")} and pulls.status = 'loaded' and not exists (
        select 1 from ops.load_ledger as refused
        where {_OF_FEED.format("refused")} and refused.status = 'rejected' and refused.load_id < pulls.load_id
            and not exists (
                select 1 from ops.load_ledger as again
                where {_OF_FEED.format("again")} and again.status in ('loaded', 'rejected')
                    and again.load_id > refused.load_id and again.load_id <= pulls.load_id
                    and (
                        not again.is_partial
                        or coalesce(again.follows_load_id, 0) <= coalesce(refused.follows_load_id, 0)
                    )
            )
    )
    order by pulls.load_id desc limit 1
"""
_SUMS: LiteralString = f"""
    select max(known.business_date) filter (where not known.is_partial) as full_date,
        max(known.batch_id) as newest_batch_id
    from ops.load_ledger as known
    where {_OF_FEED.format("known")} and known.status = 'loaded'
"""
STATUS: LiteralString = f"""
    select feed.company_id as company, feed.source_system as source, feed.entity, feed.source_file as file,
        last.mark_to as mark, last.recorded_at as pulled_at, sums.full_date as last_full_pull
    from (
        select distinct company_id, source_system, entity, source_file from ops.load_ledger
        where mark_to is not null and (%(company)s::text is null or company_id = %(company)s)
    ) as feed
    left join lateral ({_LAST}) as last on true
    left join lateral ({_SUMS}) as sums on true
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


@dataclass(frozen=True)
class Mark:
    """How far the pulls of a feed have read.

    Attributes:
        load_id: The pull it comes from; None before the first, or when all were rejected.
        value: Mark, None like load_id.
        mapping: Fingerprint of the mapping of that pull.
        full_date: Business date of the last pull that compared everything.
        newest_batch_id: Newest batch that holds a pull of the feed.
    """

    load_id: int | None
    value: str | None
    mapping: str | None
    full_date: date | None
    newest_batch_id: int | None


def read(connection: psycopg.Connection, feed: Feed) -> Mark:
    """Return the mark of a feed."""
    query = f"""
        with feed (company_id, source_system, entity, source_file) as (values (%s, %s, %s, %s))
        select last.load_id, last.mark_to, last.mapping_sha256, sums.full_date, sums.newest_batch_id
        from feed
        left join lateral ({_LAST}) as last on true
        left join lateral ({_SUMS}) as sums on true
    """  # noqa: S608 - made of constants
    row = connection.execute(query, feed.identity).fetchone()
    return Mark(*row) if row else Mark(None, None, None, None, None)


def lock(connection: psycopg.Connection, feed: Feed) -> None:
    """Keep other pulls of a feed waiting until the end of the transaction."""
    name = "/".join(["ingest.marks", *feed.identity])
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
