"""Tables and queries of a database as a source, and databases that cannot be read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

ONE = "c1,Spring,2024-01-01,2024-02-01"
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
        ("postgresql+psycopg://u:s3cret@127.0.0.1:1/x", "source database answers"),
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
