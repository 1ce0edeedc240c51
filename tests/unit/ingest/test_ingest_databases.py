"""Rows of a source's database, from SQLite, and addresses that lead to none."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ingest import databases
from ingest.feeds import Feed
from ingest.inspection import RefusedFileError

PASSWORD = "s3cret"


def feed(**origin: Any) -> Feed:
    return Feed(entity="campaigns", **origin)


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
    with pytest.raises(RefusedFileError, match="source database answers: .*no such table") as caught:
        databases.read(url, feed(table="nothing"), {}, tmp_path / "out.csv")
    assert not isinstance(caught.value, ConnectionError)


TIME = {"type": "timestamp", "lookback": "1h"}
NUMBER = {"type": "integer", "lookback": 0}


@pytest.mark.parametrize("cursor", [TIME, NUMBER], ids=["time", "number"])
@pytest.mark.parametrize("mark", [None, "1"])
def test_cursor_of_a_column_that_is_not_there(
    url: str, tmp_path: Path, cursor: dict[str, Any], mark: str | None
) -> None:
    misspelt = feed(table='odd "name', cursor=cursor | {"column": "idd"})
    with pytest.raises(RefusedFileError, match="it has no column 'idd', only id, note: correct cursor.column"):
        databases.read(url, misspelt, {}, tmp_path / "out.csv", mark)


def test_integer_cursor_of_a_column_of_text(url: str, tmp_path: Path) -> None:
    texts = feed(table='odd "name', cursor=NUMBER | {"column": "note"})
    with pytest.raises(
        RefusedFileError, match="its column 'note' has values of type str, .*: correct cursor.column or"
    ):
        databases.read(url, texts, {}, tmp_path / "out.csv")


@pytest.mark.parametrize(("value", "upper"), [("7", 8), ("7.5", 8), ("null", None)], ids=["whole", "part", "none"])
def test_mark_is_one_more_than_the_highest_number(url: str, tmp_path: Path, value: str, upper: int | None) -> None:
    numbers = feed(query=f"select {value} as n", cursor=NUMBER | {"column": "N"})
    assert databases.read(url, numbers, {}, tmp_path / "out.csv").upper == upper


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"], ids=["nobody-listens", "no-such-host"])
def test_database_that_does_not_answer_may_be_back(tmp_path: Path, host: str) -> None:
    address = f"postgresql+psycopg://u:{PASSWORD}@{host}/x"
    with pytest.raises(databases.UnreachableDatabaseError, match="source database does not answer") as caught:
        databases.read(address, feed(table="t"), {}, tmp_path / "out.csv")
    assert PASSWORD not in str(caught.value)
