"""Whoever opens a table that Python writes finds in the database what its columns mean."""

from __future__ import annotations

import pytest

from warehouse import schemas
from warehouse.connection import Role, connect

pytestmark = pytest.mark.integration

COMMENTS = """
select c.oid::regclass::text, a.attname, coalesce(
    case when a.attname is null then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end, ''
)
from pg_class as c
cross join lateral (
    select null::name as attname, null::smallint as attnum
    union all
    select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
) as a
where c.relnamespace = any(array['ops', 'ml', 'plan', 'app']::regnamespace[])
    and c.relkind = any(array['r', 'p', 'v', 'm', 'f'])
order by 1, a.attnum nulls first
"""
MISSING = "the comments of a table stand below it in warehouse/ddl/"


def comments() -> dict[tuple[str, str | None], str]:
    with connect(Role.ANALYST) as connection:
        return {(table, column): text for table, column, text in connection.execute(COMMENTS).fetchall()}


@pytest.mark.usefixtures("warehouse")
def test_every_table_and_column_that_python_writes_is_explained() -> None:
    found = comments()
    assert {table.split(".")[0] for table, _ in found} == {"ops", "ml", "plan", "app"}
    assert [key for key, text in found.items() if not text.strip()] == [], MISSING


@pytest.mark.usefixtures("warehouse")
def test_setting_up_again_leaves_the_comments_as_they_are() -> None:
    before = comments()
    schemas.initialize()
    assert comments() == before
