"""Tables and queries of a database as a source, and databases that cannot be read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingest import load
from ingest.databases import UnreachableDatabaseError

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

ONE = "c1,Spring,2024-01-01,2024-02-01"
DAY = date(2024, 3, 1)
SPRING, SUMMER = ("c1", "Spring", date(2024, 1, 1)), ("c2", None, date(2024, 5, 1))


@pytest.mark.parametrize(
    ("feed", "name", "expected"),
    [
        ({"table": "elsewhere.campaigns"}, "table elsewhere.campaigns", [SPRING, SUMMER]),
        ({"query": "select * from elsewhere.campaigns where start_date < :business_date"}, "query of campaigns",
         [SPRING]),
    ],
    ids=["table", "query"],
)  # fmt: skip
def test_database_as_source(shop: Shop, feed: dict[str, Any], name: str, expected: list[tuple[Any, ...]]) -> None:
    shop.put("a.csv", ONE, "c2,,2024-05-01,2024-06-01")
    shop.load()
    shop.connection.execute("create schema if not exists elsewhere")
    shop.connection.execute(
        "create or replace view elsewhere.campaigns as select * from raw.campaigns "
        f"where company_id = '{shop.company_id}' and _source_file = 'a.csv'"
    )
    url = shop.connection.info
    address = f"postgresql+psycopg://{url.user}:{url.password}@{url.host}:{url.port}/{url.dbname}"
    shop.configure({"entity": "campaigns"} | feed, database=address)
    assert shop.load().refused == []
    copied = shop.rows(
        "select campaign_id, campaign_name, start_date from raw.campaigns where company_id = %(company)s "
        f"and _source_file = '{name}' order by 1"
    )
    assert copied == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://u:s3cret@127.0.0.1:1/x", "source database does not answer"),
        ("nodb://u:s3cret@127.0.0.1/x", "source database cannot be opened"),
    ],
    ids=["unreachable", "unknown-dialect"],
)
def test_database_that_cannot_be_read_is_reported_without_its_password(shop: Shop, url: str, expected: str) -> None:
    shop.configure({"entity": "campaigns", "table": "t"}, database=url)
    ((file, entity, message),) = shop.load().refused
    assert (file, entity) == ("table t", "campaigns")
    assert expected in message
    assert "s3cret" not in message


def test_database_that_does_not_answer_is_tried_again_before_it_is_refused(shop: Shop) -> None:
    shop.configure({"entity": "campaigns", "table": "t"}, database="postgresql+psycopg://u:s3cret@127.0.0.1:1/x")
    batch = load.open_batch(shop.company_id, DAY)
    with pytest.raises(UnreachableDatabaseError):
        load.load_source(shop.company_id, "crm", DAY, batch, will_retry=True)
    assert shop.ledger() == []
    load.load_source(shop.company_id, "crm", DAY, batch)
    assert [row[:2] for row in shop.ledger()] == [("table t", "refused")]


def test_connection_that_is_lost_while_rows_are_read(shop: Shop) -> None:
    server = shop.connection.info
    address = f"postgresql+psycopg://{server.user}:{server.password}@{server.host}:{server.port}/{server.dbname}"
    feed = {"entity": "campaigns", "query": "select pg_terminate_backend(pg_backend_pid()) as campaign_id"}
    shop.configure(feed, database=address)
    batch = load.open_batch(shop.company_id, DAY)
    # Whether the client reads the server's last word before it finds the connection closed is a matter of chance.
    last_word = "terminating connection|server closed the connection"
    with pytest.raises(UnreachableDatabaseError, match=f"does not answer: .*({last_word})"):
        load.load_source(shop.company_id, "crm", DAY, batch, will_retry=True)
