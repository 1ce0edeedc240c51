"""Mappings: renames, constants, expressions, lookups, filters, and what they leave unused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ingest.feeds import Feed
from ingest.mapping import MappingError, map_feed

BASE = {"campaign_id": "ID", "start_date": "S", "end_date": "E"}


def campaigns(**feed: Any) -> dict[str, Any]:
    return {"entity": "campaigns", "columns": BASE} | feed


def test_rename_constant_and_expression(read: Callable[..., Any]) -> None:
    columns = BASE | {
        "campaign_type": {"constant": "it's"},
        "campaign_name": {"sql": "upper(src.\"Long name\") || '!'"},
        "is_deleted": {"constant": False},
    }
    (row,) = read("ID,S,E,Long name,Spare\n7,2024-01-01,2024-01-02,spring,x\n", campaigns(columns=columns)).rows
    assert (row["campaign_id"], row["campaign_type"], row["campaign_name"]) == ("7", "it's", "SPRING!")
    assert row["is_deleted"] is False


def test_unused_columns_are_unknown_and_used_ones_are_not(read: Callable[..., Any]) -> None:
    feed = campaigns(columns=BASE | {"campaign_name": {"sql": "coalesce(A, src.b)"}}, where="c <> 'x'")
    screened = read("ID,S,E,a,B,C,d\n1,2024-01-01,2024-01-02,,n,y,z\n", feed)
    assert screened.unknown == ("d",)
    assert screened.rows[0]["campaign_name"] == "n"


def test_date_format_and_its_failure(read: Callable[..., Any]) -> None:
    columns = BASE | {"start_date": {"column": "S", "format": "%d/%m/%Y"}}
    screened = read("ID,S,E\n1,31/01/2024,2024-02-01\n2,01-31-2024,2024-02-01\n", campaigns(columns=columns))
    assert [row["start_date"] for row in screened.rows] == [date(2024, 1, 31)]
    assert screened.broken() == [(2, "start_date", "type")]


def test_lookup_and_filter(read: Callable[..., Any]) -> None:
    feed = campaigns(
        columns=BASE | {"campaign_name": {"sql": "names.label"}},
        lookups={"names": {"files": "names.csv"}},
        joins="left join names on src.ID = names.id",
        where="src.E > '2024-01-02'",
    )
    content = "ID,S,E\n1,2024-01-01,2024-01-02\n2,2024-01-01,2024-01-03\n3,2024-01-01,2024-01-04\n"
    screened = read(content, feed, names="select '2' as id, 'two' as label")
    assert [(r["_row_number"], r["campaign_name"]) for r in screened.rows] == [(2, "two"), (3, None)]
    assert (screened.tally.read, screened.tally.filtered) == (3, 1)


def test_file_name_in_an_expression(read: Callable[..., Any]) -> None:
    feed = campaigns(columns=BASE | {"campaign_type": {"sql": "split_part(_file_name, '_', 1)"}})
    assert read("ID,S,E\n1,2024-01-01,2024-01-02\n", feed, "web_7.csv").rows[0]["campaign_type"] == "web"
    assert map_feed(Feed.model_validate({"files": "x", **feed})).uses_file_name


def test_optional_column_may_be_absent(read: Callable[..., Any]) -> None:
    feed = campaigns(columns=BASE | {"campaign_name": "Name"})
    screened = read("ID,S,E\n1,2024-01-01,2024-01-02\n", feed)
    assert screened.absent == ("Name",)
    assert "campaign_name" not in screened.rows[0]


def test_hostile_column_names(read: Callable[..., Any]) -> None:
    header = 'ID,S,E,"a""; drop table x; --",id,_row_number,,src,raw_0'
    columns = BASE | {"campaign_name": 'a"; drop table x; --', "campaign_type": "_row_number_2"}
    screened = read(f"{header}\n1,2024-01-01,2024-01-02,n,other,99,blank,s,r\n", campaigns(columns=columns))
    (row,) = screened.rows
    assert (row["campaign_id"], row["campaign_name"], row["campaign_type"]) == (
        "1",
        'a"; drop table x; --'[:0] + "n",
        "99",
    )
    assert row["_row_number"] == 1
    assert screened.unknown == ("id_2", "column_7", "src", "raw_0")


def test_expression_that_is_no_sql() -> None:
    feed = Feed.model_validate({"files": "x"} | campaigns(columns=BASE | {"campaign_name": {"sql": "upper("}}))
    with pytest.raises(MappingError, match=r"feed of campaigns: columns.campaign_name.sql: syntax error"):
        _ = map_feed(feed).referenced


def test_fingerprint_follows_the_mapping_and_not_the_place() -> None:
    def fingerprint(**changes: Any) -> str:
        return map_feed(Feed.model_validate({"files": "x"} | campaigns() | changes)).fingerprint

    assert fingerprint() == fingerprint(files="elsewhere/*.csv")
    different = [
        fingerprint(),
        fingerprint(where="true"),
        fingerprint(encoding="latin-1"),
        fingerprint(columns=BASE | {"campaign_type": {"constant": "a"}}),
        fingerprint(columns=BASE | {"campaign_type": {"constant": "b"}}),
    ]
    assert len(set(different)) == len(different)
