"""Merging one mart that dbt has built into the table that readers see: rows that changed, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

BUILT, PUBLISHED = "marts_build", "marts"
# The order of rows does not matter to it, and what a merge changes is enough to carry it on.
CONTENT_HASH = "coalesce(bit_xor(('x' || left(md5({row}::text), 16))::bit(64)::bigint), 0)"


class UnpublishableMartError(ValueError):
    """A mart cannot be published as it is built."""


@dataclass(frozen=True)
class Change:
    """What a merge did to the rows of one company in one mart.

    Attributes:
        added: Rows added, changed ones included.
        removed: Rows removed, changed ones included.
        hash_change: Exclusive or of the hashes of all of these rows.
    """

    added: int = 0
    removed: int = 0
    hash_change: int = 0

    def __add__(self, other: Change) -> Change:
        """Return both changes as one."""
        return Change(self.added + other.added, self.removed + other.removed, self.hash_change ^ other.hash_change)


@dataclass(frozen=True)
class Redone:
    """Which rows of a mart builds have made anew since its last publication.

    Attributes:
        date_column: Column of the mart that first_date is about.
        first_date: First day or period that was made anew of all products; None where that was no period at all, the
            first date there is where it was every one.
        product_ids: Products of which all periods may have been made anew.
    """

    date_column: str
    first_date: date | None
    product_ids: tuple[str, ...] = ()


def take_redone(connection: psycopg.Connection, mart: str, company_id: str | None) -> Redone | None:
    """Take out of ops.unpublished_rows what is noted of a mart, within the transaction of the connection.

    Args:
        connection: Connection of the transformer.
        mart: Table of both schemas.
        company_id: Company whose notes to take, None for all companies.

    Returns:
        What was made anew, or None where nothing is noted.
    """
    row = connection.execute(
        """
        with taken as (
            delete from ops.unpublished_rows
            where mart_name = %(mart)s and (company_id = %(company_id)s or %(company_id)s::text is null)
            returning product_id, date_column, from_date
        )
        select
            date_column,
            min(greatest(from_date, '0001-01-01')) filter (where product_id is null),
            coalesce(array_agg(distinct product_id) filter (where product_id is not null), '{}')
        from taken
        group by date_column
        """,
        {"mart": mart, "company_id": company_id},
    ).fetchone()
    return Redone(row[0], row[1], tuple(row[2])) if row else None


def built_marts(connection: psycopg.Connection, schema: str = BUILT) -> dict[str, int]:
    """Return the tables of a schema with their object ids, by name."""
    rows = connection.execute(
        "select relname, oid::bigint from pg_class where relnamespace = %s::regnamespace and relkind = 'r' order by 1",
        [schema],
    ).fetchall()
    return dict(rows)


def drop_others(connection: psycopg.Connection, marts: list[str]) -> list[str]:
    """Drop every built or published table that is none of these marts, and return the names; those of others stay.

    They are left of marts that were renamed or removed, and of builds that broke off while dbt exchanged tables.
    """
    tables = connection.execute(
        """
        select nspname, relname from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(%s) and relkind = 'r' and relname <> all(%s) and pg_has_role(relowner, 'usage')
        order by 1, 2
        """,
        [[BUILT, PUBLISHED], marts],
    ).fetchall()
    for schema, table in tables:
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(schema, table)))
    return sorted({table for _, table in tables})


def has_same_form(connection: psycopg.Connection, mart: str) -> bool:
    """Tell whether the published table exists and has columns, comments and indexes as the built one."""
    return _form(connection, BUILT, mart) == _form(connection, PUBLISHED, mart)


def replace_table(connection: psycopg.Connection, mart: str) -> None:
    """Make the published table anew, without rows, in the form of the built one."""
    built, published = sql.Identifier(BUILT, mart), sql.Identifier(PUBLISHED, mart)
    connection.execute(sql.SQL("drop table if exists {}").format(published))
    connection.execute(sql.SQL("create table {} (like {} including all)").format(published, built))
    row = connection.execute("select obj_description(%s::regclass)", [f'{BUILT}."{mart}"']).fetchone()
    comment = sql.Literal(row[0] if row else None)
    connection.execute(sql.SQL("comment on table {} is {}").format(published, comment))


def merge(
    connection: psycopg.Connection, mart: str, company_id: str | None, redone: Redone | None = None
) -> dict[str, Change]:
    """Make the published rows equal to the built ones, within the transaction of the connection.

    Args:
        connection: Connection of the transformer.
        mart: Table of both schemas, in the same form.
        company_id: Company whose rows to merge, None for all companies.
        redone: Rows to compare, None for all.

    Returns:
        What changed, by company; companies without a change are missing.

    Raises:
        UnpublishableMartError: the mart has no unique index to tell its rows apart by.
    """
    names = {
        "built": sql.Identifier(BUILT, mart),
        "published": sql.Identifier(PUBLISHED, mart),
        "same_key": sql.SQL(" and ").join(
            sql.SQL("built.{0} = published.{0}").format(sql.Identifier(column)) for column in _key(connection, mart)
        ),
        "of_company": sql.SQL("company_id = %(company_id)s" if company_id else "true"),
        # The key holds date and product, so partners of these rows are among them.
        "redone": _is_redone(redone),
    }
    # A changed row goes first and comes anew. Both look for partners by key, which is hashed, and compare the rest.
    removed = sql.SQL(
        """
        delete from {published} as published
        where {of_company} and {redone} and not exists (
            select 1 from (select * from {built} where {of_company} and {redone}) as built
            where {same_key} and built *= published
        )
        returning published.*
        """
    ).format(**names)
    added = sql.SQL(
        """
        insert into {published}
        select built.* from {built} as built
        where {of_company} and {redone} and not exists (
            select 1 from (select * from {published} where {of_company} and {redone}) as published where {same_key}
        )
        returning *
        """
    ).format(**names)
    parameters: dict[str, Any] = {"company_id": company_id}
    if redone:
        parameters |= {"first_date": redone.first_date, "product_ids": list(redone.product_ids)}
    changes: dict[str, Change] = {}
    for company, count, content_hash in _changed(connection, removed, parameters):
        changes[company] = Change(removed=count, hash_change=content_hash)
    for company, count, content_hash in _changed(connection, added, parameters):
        changes[company] = changes.get(company, Change()) + Change(added=count, hash_change=content_hash)
    return changes


def fix_text(connection: psycopg.Connection) -> None:
    """Make rows as text, and so hashes, the same whatever server and login prefer, until the end of the transaction."""
    connection.execute(
        "set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; "
        "set local extra_float_digits = 1; set local bytea_output = 'hex'"
    )


def content(connection: psycopg.Connection, schema: str, mart: str, company_id: str) -> tuple[int, int]:
    """Return number and hash of a company's rows in a mart, counted anew, in a transaction with fix_text()."""
    query = sql.SQL("select count(*), {} from {} as mart where company_id = %s").format(
        sql.SQL(CONTENT_HASH.format(row="mart")), sql.Identifier(schema, mart)
    )
    row = connection.execute(query, [company_id]).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _changed(
    connection: psycopg.Connection, statement: sql.Composable, parameters: Mapping[str, Any]
) -> list[tuple[str, int, int]]:
    """Run a statement that returns rows of a mart; return company, number and hash of these rows."""
    query = sql.SQL("with changed as ({}) select company_id, count(*), {} from changed group by company_id").format(
        statement, sql.SQL(CONTENT_HASH.format(row="changed"))
    )
    return connection.execute(query, parameters).fetchall()


def _is_redone(redone: Redone | None) -> sql.Composable:
    if redone is None:
        return sql.SQL("true")
    condition = sql.SQL("{} >= %(first_date)s::date").format(sql.Identifier(redone.date_column))
    if redone.product_ids:
        condition = sql.SQL("({} or product_id = any(%(product_ids)s))").format(condition)
    return condition


def _key(connection: psycopg.Connection, mart: str) -> list[str]:
    """Return the columns of the mart's unique index."""
    row = connection.execute(
        """
        select array_agg(attname::text order by attnum)
        from pg_index inner join pg_attribute on attrelid = indrelid and attnum = any(indkey)
        where indrelid = %s::regclass and indisunique
        group by indexrelid order by indexrelid limit 1
        """,
        [f'{PUBLISHED}."{mart}"'],
    ).fetchone()
    if row is None:
        raise UnpublishableMartError(
            f"{mart} has no unique index: state one over its key in the model's config, as the other marts do"
        )
    columns: list[str] = row[0]
    return columns


def _form(connection: psycopg.Connection, schema: str, mart: str) -> list[tuple[str, ...]]:
    """Return what makes two tables alike: columns, comments and indexes, whose names do not matter."""
    return connection.execute(
        """
        select
            'column', to_char(attnum, '0000') || attname, format_type(atttypid, atttypmod),
            coalesce(col_description(attrelid, attnum), '')
        from pg_attribute
        where attrelid = to_regclass(%(table)s) and attnum > 0 and not attisdropped
        union all
        select 'table', '', '', coalesce(obj_description(to_regclass(%(table)s)), '')
        where to_regclass(%(table)s) is not null
        union all
        select 'index', '', indisunique::text, indkey::text from pg_index where indrelid = to_regclass(%(table)s)
        order by 1, 2, 3, 4
        """,
        {"table": f'{schema}."{mart}"'},
    ).fetchall()
