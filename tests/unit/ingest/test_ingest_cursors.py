"""Cursors: what sources.yml may say of them, and where a pull begins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ingest.companies import CompanyError, load_company_config
from ingest.cursors import Cursor, Instant, recorded
from ingest.feeds import Feed
from ingest.mapping import map_feed

COMPANY = {"name": "Corner Shop", "currency": "EUR", "timezone": "Europe/Paris", "country": "FR"}
TIME = {"column": "changed", "type": "timestamp", "lookback": "2h"}
NUMBER = {"column": "id", "type": "integer", "lookback": 100}
TABLE = {"entity": "campaigns", "table": "promo"}
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cursor", "message"),
    [
        ({"column": "changed", "type": "timestamp"}, r"cursor.lookback: Field required"),
        (TIME | {"lookback": "2 hours"}, r"lookback of a timestamp is a duration: .* such as 2h"),
        (TIME | {"lookback": 7200}, r"lookback of a timestamp is a duration"),
        (TIME | {"lookback": "99999999999d"}, r"lookback of a timestamp is a duration: a number of up to five digits"),
        (NUMBER | {"lookback": 10**30}, r"lookback of an integer is a whole number from 0 to 1000000000000000000"),
        (NUMBER | {"initial": -(10**30)}, r"initial of an integer is a whole number up to 1000000000000000000"),
        (NUMBER | {"lookback": "2h"}, r"lookback of an integer is a whole number"),
        (NUMBER | {"lookback": -1}, r"lookback of an integer is a whole number"),
        (TIME | {"initial": "spring"}, r"cursor.initial: needs a date, a time"),
        (NUMBER | {"initial": "2024-01-01"}, r"initial of an integer is a whole number"),
        (TIME | {"initial": 5}, r"initial of a timestamp is a date or a time"),
        (TIME | {"type": "uuid"}, r"cursor.type: Input should be 'timestamp' or 'integer'"),
        (TIME | {"deletes": "all"}, r"cursor.deletes: Input should be 'by_full_keys'"),
        (
            TIME | {"deletes": "by_full_keys", "initial": "2024-01-01"},
            r"deletes: a pull that begins at initial sees no older rows, .*: leave one out",
        ),
        (NUMBER | {"deletes": "by_full_keys", "initial": 0}, r"deletes: a pull that begins at initial"),
        (TIME | {"reconcile": "yearly"}, r"cursor.reconcile: Input should be 'daily', 'weekly' or 'monthly'"),
        (TIME | {"max_deleted_share": 2}, r"cursor.max_deleted_share: Input should be less than or equal to 1"),
        (TIME | {"step": 1}, r"cursor.step: Extra inputs"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_wrong_cursor_names_file_and_key(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cursor: dict[str, Any], message: str
) -> None:
    monkeypatch.setenv("ORW_COMPANIES_DIR", str(tmp_path))
    (tmp_path / "shop").mkdir()
    source = {"database": "sqlite://", "feeds": [TABLE | {"cursor": cursor}]}
    (tmp_path / "shop/sources.yml").write_text(yaml.safe_dump({"company": COMPANY, "sources": {"erp": source}}))
    (tmp_path / "shop/policy.yml").write_text("stock: {overstock_cover_days: 90}\n")
    with pytest.raises(CompanyError, match=rf"shop/sources.yml: sources.erp.feeds.0.*{message}"):
        load_company_config("shop")


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        ({"entity": "campaigns", "files": "*.csv", "cursor": TIME}, "cursor and timezone go with table or query"),
        ({"entity": "campaigns", "files": "*.csv", "timezone": "UTC"}, "cursor and timezone go with table or query"),
        ({"entity": "campaigns", "query": "select :business_date", "cursor": TIME}, "depends on :business_date"),
        (TABLE | {"cursor": TIME, "keep": "last"}, "keep chooses among all rows"),
        (TABLE | {"timezone": "Mars/Olympus"}, "no time zone is called 'Mars/Olympus'"),
    ],
    ids=["files", "zone-of-files", "business-date", "keep", "zone"],
)
def test_cursor_that_does_not_fit_its_feed(feed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Feed.model_validate(feed)


@pytest.mark.parametrize(
    ("cursor", "mark", "upper", "expected"),
    [
        (TIME, None, NOON, None),
        (TIME | {"initial": datetime(2020, 1, 2)}, None, NOON, datetime(2020, 1, 2, tzinfo=UTC)),  # noqa: DTZ001
        (TIME | {"initial": NOON.date()}, None, NOON, datetime(2024, 3, 1, tzinfo=UTC)),
        (TIME, "2024-03-01T11:00:00+00:00", NOON, datetime(2024, 3, 1, 9, tzinfo=UTC)),
        (TIME | {"lookback": "1d"}, "2024-03-01T11:00:00+00:00", NOON, datetime(2024, 2, 29, 11, tzinfo=UTC)),
        (TIME, "2030-01-01T00:00:00+00:00", NOON, datetime(2024, 3, 1, 10, tzinfo=UTC)),
        (TIME | {"lookback": "99999w"}, "2024-03-01T11:00:00+00:00", NOON, datetime(107, 8, 26, 11, tzinfo=UTC)),
        (NUMBER, None, 5, None),
        (NUMBER | {"initial": 7}, None, 5, 7),
        (NUMBER, "1001", 2000, 901),
        (NUMBER | {"lookback": "10"}, "1001", None, 991),
        (NUMBER, "1001", 3, -97),
    ],
    ids=[
        *("first", "first-time", "first-day", "lookback", "days", "clock-set-back", "longest"),
        *("first-number", "initial-number", "number", "empty-table", "numbers-anew"),
    ],
)
def test_pull_begins_at(cursor: dict[str, Any], mark: str | None, upper: Instant, expected: Instant | None) -> None:
    assert Cursor.model_validate(cursor).begin(mark, upper) == expected


def test_marks_are_recorded_in_utc() -> None:
    assert recorded(datetime.fromisoformat("2024-03-01T13:00:00+01:00")) == "2024-03-01T12:00:00+00:00"
    assert (recorded(17), recorded(None)) == ("17", None)


def test_only_what_a_mark_depends_on_begins_a_feed_anew() -> None:
    def fingerprint(**cursor: Any) -> str:
        return map_feed(Feed.model_validate(TABLE | {"cursor": TIME | cursor})).fingerprint

    assert fingerprint() == fingerprint(lookback="3d", reconcile="weekly", deletes="by_full_keys")
    assert len({fingerprint(), fingerprint(column="made"), fingerprint(initial="2024-01-01T00:00:00Z")}) == 3
