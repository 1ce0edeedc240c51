"""A past state of the marts, built again from what it was made of, beside the one in force."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from warehouse import merging
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.fingerprint import project_fingerprint

logger = logging.getLogger(__name__)

MARTS = "marts_build_as_of"
# Made on the way; the marts are what was asked for.
PREPARATION = ("staging_as_of", "intermediate_as_of", "core_as_of")


class NothingPublishedError(LookupError):
    """No marts were published for the company up to that date."""


@dataclass(frozen=True)
class Comparison:
    """A mart as it was published, and as it was built again.

    Attributes:
        mart: Its name.
        published: Number and hash of its rows when it was published; None where it did not exist.
        rebuilt: The same of the table built again; None where it exists no more.
    """

    mart: str
    published: tuple[int, int] | None
    rebuilt: tuple[int, int] | None

    @property
    def is_equal(self) -> bool:
        """Whether both have the same rows."""
        return self.published == self.rebuilt


@dataclass(frozen=True)
class Rebuild:
    """What was built again.

    Attributes:
        publication_id: The publication.
        business_date: Its business date.
        same_models: Whether the dbt project is the one that built it then.
        marts: One comparison per mart.
    """

    publication_id: int
    business_date: date
    same_models: bool
    marts: list[Comparison]


def rebuild(company_id: str, as_of: date) -> Rebuild:
    """Build the marts as they were published last for a business date, and compare them with what was published.

    The tables are in schema marts_build_as_of until the next call, which waits for the end of this one; those in force
    stay as they are.

    Args:
        company_id: Company.
        as_of: Business date; the last publication up to it counts.

    Raises:
        NothingPublishedError: there is no publication up to that date.
        DbtRunError: a model failed, or dbt could not run.
    """
    with _only_one():
        with connect(Role.TRANSFORMER) as connection:
            publication_id, business_date, fingerprint = _publication(connection, company_id, as_of)
            _clear(connection, (MARTS, *PREPARATION))
        logger.info("Building the marts of %s as published for %s", company_id, business_date)
        run_dbt(["run", "--full-refresh"], company_id, business_date, publication_id=publication_id)
        with connect(Role.TRANSFORMER) as connection:
            marts = _compare(connection, publication_id, company_id)
            _clear(connection, PREPARATION)
    return Rebuild(publication_id, business_date, fingerprint == project_fingerprint(), marts)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Keep the schemas of past states to one call, whatever machine another one runs on."""
    with connect(Role.TRANSFORMER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('warehouse.rebuild'))")
        yield


def _publication(connection: psycopg.Connection, company_id: str, as_of: date) -> tuple[int, date, str]:
    row = connection.execute(
        "select publication_id, business_date, project_fingerprint from ops.publications "
        "where company_id = %s and business_date <= %s and not is_partial "
        "order by business_date desc, publication_id desc limit 1",
        [company_id, as_of],
    ).fetchone()
    if row:
        return row[0], row[1], row[2]
    first = connection.execute(
        "select min(business_date) from ops.publications where company_id = %s", [company_id]
    ).fetchone()
    known = f"the first is of {first[0]}" if first and first[0] else f"run `make run COMPANY={company_id}` first"
    raise NothingPublishedError(f"nothing of {company_id} was published up to {as_of}: {known}")


def _compare(connection: psycopg.Connection, publication_id: int, company_id: str) -> list[Comparison]:
    rows = connection.execute(
        "select mart_name, row_count, content_hash from ops.publication_marts where publication_id = %s",
        [publication_id],
    ).fetchall()
    published = {mart: (count, content_hash) for mart, count, content_hash in rows}
    merging.fix_text(connection)
    rebuilt = {
        mart: merging.content(connection, MARTS, mart, company_id) for mart in merging.built_marts(connection, MARTS)
    }
    return [
        Comparison(mart, published.get(mart), rebuilt.get(mart)) for mart in sorted(published.keys() | rebuilt.keys())
    ]


def _clear(connection: psycopg.Connection, schemas: tuple[str, ...]) -> None:
    relations = connection.execute(
        "select nspname, relname, relkind from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace "
        "where nspname = any(%s) and relkind in ('r', 'v')",
        [list(schemas)],
    ).fetchall()
    for schema, name, kind in relations:
        drop = sql.SQL("drop view if exists {} cascade" if kind == "v" else "drop table if exists {} cascade")
        connection.execute(drop.format(sql.Identifier(schema, name)))
