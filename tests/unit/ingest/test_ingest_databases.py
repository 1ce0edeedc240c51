"""Rows of a source's database, from SQLite, and addresses that lead to none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ingest import databases
from ingest.feeds import Feed
from ingest.inspection import RefusedFileError

PASSWORD = "s3cret"


def feed(**origin: str | None) -> Feed:
    return Feed(entity="campaigns", **origin)  # type: ignore[arg-type]


@pytest.fixture
def url(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('create table "odd ""name" (id integer, note text)')
        connection.execute("""insert into "odd ""name" values (1, 'say "hi"'), (2, null)""")
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.mark.parametrize("table", ['odd "name', 'main.odd "name'])
def test_table_is_quoted_part_by_part(url: str, tmp_path: Path, table: str) -> None:
    written = databases.read(url, feed(table=table), {}, tmp_path / "out.csv").written
    assert written.columns == ("id", "note")
    assert written.path.read_text() == '1,"1","say ""hi"""\n1,"2",\n'


def test_query_takes_its_parameters(url: str, tmp_path: Path) -> None:
    query = 'select id from "odd ""name" where id > :least'
    pulled = databases.read(url, feed(query=query), {"least": 1}, tmp_path / "out.csv")
    assert pulled.written.path.read_text() == '1,"2"\n'


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (f"nodb://u:{PASSWORD}@h/x", "cannot be opened: Can't load plugin: sqlalchemy.dialects:nodb: correct database"),
        (f"mysql+mysqldb://u:{PASSWORD}@h/x", "cannot be opened: No module named 'MySQLdb': .* install the driver"),
        (PASSWORD, "cannot be opened: Could not parse SQLAlchemy URL"),
        (f"postgresql+psycopg://host:{PASSWORD}/x", "cannot be opened: its port is no number: correct database"),
        ("sqlite:////nowhere/shop.db", "source database answers: .*unable to open database file"),
    ],
    ids=["dialect", "driver", "no-url", "port", "no-database"],
)
@pytest.mark.parametrize(("query", "table"), [(None, "t"), ("select 1", None)], ids=["table", "query"])
def test_wrong_address_is_refused_without_its_password(
    tmp_path: Path, address: str, message: str, query: str | None, table: str | None
) -> None:
    with pytest.raises(RefusedFileError, match=message) as caught:
        databases.read(address, feed(query=query, table=table), {}, tmp_path / "out.csv")
    assert PASSWORD not in str(caught.value)


def test_table_that_is_not_there(url: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedFileError, match="source database answers: .*no such table"):
        databases.read(url, feed(table="nothing"), {}, tmp_path / "out.csv")
