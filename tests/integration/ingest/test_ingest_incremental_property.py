"""Whatever the order of commits, pulls and verdicts: raw ends as the source, and no version is there twice."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_tables import Table, feed, newest, sqlite_table

from warehouse import batches

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

FIRST_DAY = date(2024, 3, 1)
LOOKBACK_MINUTES, SKEW_MINUTES = 60, 50
KEYS = st.sampled_from(["c1", "c2", "c3"])
# Minutes from now: committed late or by a clock behind, by a clock ahead, or without a time.
STAMPS = st.one_of(st.none(), st.integers(-SKEW_MINUTES, SKEW_MINUTES))
STEPS = st.one_of(
    st.tuples(st.just("put"), KEYS, st.sampled_from(["Spring", "Summer", None]), STAMPS, st.integers(0, 1)),
    st.tuples(st.just("remove"), KEYS),
    st.tuples(st.just("pull"), st.booleans(), st.sampled_from(["passed", "rejected", "pending"]), st.booleans()),
    st.tuples(st.just("reject"), st.integers(0, 3)),
)
_numbers = count(1)


def company_of_its_own(shop: Shop) -> Shop:
    company_id = f"{shop.company_id}_case_{next(_numbers)}"
    folder = shop.folder.parent / company_id
    folder.mkdir()
    (folder / "policy.yml").write_text("stock: {overstock_cover_days: 90}\n")
    return replace(shop, company_id=company_id, folder=folder)


class Run:
    """One sequence of steps in one company."""

    def __init__(self, shop: Shop, source: Table) -> None:
        self.shop, self.source, self.day = shop, source, FIRST_DAY
        cursor = {"lookback": f"{LOOKBACK_MINUTES}m", "deletes": "by_full_keys", "max_deleted_share": 1}
        shop.configure(feed(cursor), database=source.url)

    def put(self, key: str, name: str | None, minutes: int | None, gone: int) -> None:
        changed = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
        self.source.put(key, name, changed, gone=gone)

    def remove(self, key: str) -> None:
        self.source.remove(key)

    def pull(self, is_next_day: bool, verdict: Any, is_full: bool) -> None:  # noqa: FBT001 - drawn by position
        self.day += timedelta(days=is_next_day)
        report = self.shop.load(self.day, is_full=is_full)
        assert report.refused == []
        assert report.batch_id is not None
        if verdict != "pending":
            batches.set_gate_status(report.batch_id, verdict, "drawn")

    def reject(self, place: int) -> None:
        pending = batches.pending_batches(self.shop.company_id, self.day)
        if place < len(pending):
            batches.set_gate_status(pending[place], "rejected", "drawn, late")

    def versions(self) -> list[tuple[Any, ...]]:
        return self.shop.rows(
            "select r.campaign_id, r.campaign_name, r.updated_at, coalesce(r.is_deleted, false), "
            "b.gate_status = 'rejected' from raw.campaigns as r "
            "inner join ops.batches as b on r._batch_id = b.batch_id "
            "where r.company_id = %(company)s order by r.campaign_id, r._loaded_at, r._row_number"
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_raw_ends_as_the_source_without_doubles(shop: Shop, steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Run(company_of_its_own(shop), sqlite_table(Path(folder)))
        for name, *arguments in steps:
            getattr(run, name)(*arguments)
        removed = any(name == "remove" for name, *_ in steps)
        run.pull(True, "passed", removed)
        assert newest(run.shop) == run.source.names()
        before = run.versions()
        for earlier, later in pairwise(before):
            assert earlier[:4] != later[:4] or earlier[4], "only what was rejected is brought once more"
        run.pull(True, "passed", True)
        assert run.versions() == before
