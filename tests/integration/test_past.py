"""Two people who ask for past states at once: each gets its own, one after the other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from warehouse import past
from warehouse.connection import Role, connect

pytestmark = pytest.mark.integration

COMPANY = "past_test"
DAY = date(2024, 3, 1)


@pytest.mark.usefixtures("warehouse")
def test_two_rebuilds_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any, **__: Any) -> None:
        with connect(Role.TRANSFORMER, autocommit=True) as connection:
            connection.execute("create table marts_build_as_of.mart_asked as select %s::text as company_id", [COMPANY])
            # Long enough for the other one to clear it away.
            time.sleep(1)

    monkeypatch.setattr(past, "run_dbt", build)
    days = [DAY, DAY + timedelta(days=1)]
    with connect(Role.OWNER, autocommit=True) as owner:
        for day in days:
            owner.execute(
                "insert into ops.publications (company_id, business_date, project_fingerprint, batches, company, "
                "policies, model_statuses) values (%s, %s, '', '{}', '{}', '{}', '{}')",
                [COMPANY, day],
            )
        try:
            with ThreadPoolExecutor() as people:
                done: list[Any] = list(people.map(lambda day: past.rebuild(COMPANY, day), days))
        finally:
            owner.execute("delete from ops.publications where company_id = %s", [COMPANY])
            owner.execute("drop table if exists marts_build_as_of.mart_asked")
    assert [rebuilt.business_date for rebuilt in done] == days
    for rebuilt in done:
        (mart,) = rebuilt.marts
        assert mart.rebuilt
        assert mart.rebuilt[0] == 1
