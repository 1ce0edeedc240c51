"""Versions in service on a real server: judged by what came, gone back from where they fail, trained anew when due."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ml import registry
from ml.demand_forecast import rollback
from ml.demand_forecast.monitoring import monitor
from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train
from ml.registry import RegistryError
from warehouse import thresholds
from warehouse.connection import Role, connect
from warehouse.policy import parse
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

SHOP, SPOILT, ALONE, BOTH, PERFECT, HAND, TOY = COMPANIES = [
    *("watched", "spoilt", "alone", "both", "perfect", "byhand", "toyshop")
]
FIRST = date(2018, 1, 7)
SECOND, LATER = FIRST + timedelta(weeks=1), FIRST + timedelta(weeks=3)
PRODUCTS = 30
POLICY = parse({"forecast": {"horizon_weeks": 4, "backtest_cutoffs": 1, "retrain_weeks": 8, "drift_minimum_rows": 30}})
ML_TABLES = (
    "model_registry",
    "model_rollbacks",
    "demand_forecast_predictions",
    "demand_forecast_backtests",
    "demand_forecast_monitoring",
    "demand_estimates",
)
TABLES = """
drop table if exists core.fct_demand_weekly, core.dim_planning_item cascade;
create table core.fct_demand_weekly (
    company_id text not null, product_id text not null, planning_location_id text not null,
    week_start_date date not null, sold_quantity numeric(18, 4), is_stockout_week boolean, stockout_days smallint,
    promoted_share numeric(9, 6), discount_pct numeric(9, 6), average_unit_price numeric(18, 4)
);
create table core.dim_planning_item (
    company_id text not null, product_id text not null, planning_location_id text not null, is_active boolean,
    category_1 text, category_2 text, category_3 text, brand text, predecessor_product_id text
);
insert into core.fct_demand_weekly
select
    company, lpad(product::text, 3, '0'), 'DC1', week::date, floor(2 * (5 + 60 / product) * chance), false, 0, 0, 0, 2.5
from unnest(%(companies)s::text[]) as company
cross join generate_series(1, %(products)s) as product
cross join generate_series(date '2016-10-03', date '2018-02-26', interval '7 days') as week
cross join lateral (select (hashtext(product || '/' || week::date) & 1023) / 1023.0 as chance) as luck;
insert into core.dim_planning_item
select distinct company_id, product_id, planning_location_id, true, 'food', null, null, 'own', null
from core.fct_demand_weekly;
"""
SPOIL = """
update ml.demand_forecast_predictions
set mean_quantity = 10 * mean_quantity, {deciles}
where company_id = %s and model_version = %s
""".replace("{deciles}", ", ".join(f"q{tenth}0_quantity = 10 * q{tenth}0_quantity" for tenth in range(1, 10)))
FORESEE = """
update ml.demand_forecast_predictions as forecasts
set mean_quantity = sold_quantity, {deciles}
from core.fct_demand_weekly as demand
where (forecasts.company_id, forecasts.product_id, forecasts.planning_location_id, forecasts.week_start_date)
    = (demand.company_id, demand.product_id, demand.planning_location_id, demand.week_start_date)
    and forecasts.company_id = %s and model_version = %s
""".replace("{deciles}", ", ".join(f"q{tenth}0_quantity = sold_quantity" for tenth in range(1, 10)))


@pytest.fixture(scope="module", autouse=True)
def demand(warehouse: object) -> Iterator[None]:
    # Only this cursor takes several statements with parameters.
    with connect(Role.TRANSFORMER) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(TABLES, {"companies": COMPANIES, "products": PRODUCTS})
    with connect(Role.LOADER) as connection:
        for company in COMPANIES:
            thresholds.write(connection, company, POLICY.texts())
    yield
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop table core.fct_demand_weekly, core.dim_planning_item")
    with connect(Role.MODELER) as connection:
        for table in ML_TABLES:
            connection.execute(f"delete from ml.{table} where company_id = any(%s)", [COMPANIES])  # type: ignore[arg-type]
    with connect(Role.LOADER) as connection:
        connection.execute("delete from ops.policies where company_id = any(%s)", [COMPANIES])


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connect(Role.ANALYST) as connection:
        return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


def change(statement: str, *parameters: object) -> None:
    # The core tables of this test belong to the transformer, who writes no forecasts.
    with connect(Role.MODELER) as connection:
        assert connection.execute(statement, parameters).rowcount > 0  # type: ignore[arg-type]


def serve(company: str, *dates: date) -> list[str]:
    """Train and predict on each date, and return the versions."""
    versions = []
    for day in dates:
        trained = train(company, day, "served", force=True)
        assert trained["is_champion"]
        versions.append(predict(company, day, "served")["model_version"])
        assert versions[-1] == trained["model_version"]
    return versions


def statuses(company: str) -> dict[str, str]:
    return dict(rows("select model_version, status from ml.model_registry where company_id = %s", company))


def kept(company: str) -> list[tuple[Any, ...]]:
    return rows(
        "select business_date, model_version, measure_name, row_count, observed_value, promised_value, naive_value, "
        "lower_limit, upper_limit, state from ml.demand_forecast_monitoring where company_id = %s order by 1, 2, 3",
        company,
    )


def test_a_healthy_version_is_left_and_its_figures_are_those_of_its_rows() -> None:
    assert monitor(SHOP, FIRST, "first") == {
        "status": "nothing",
        "reason": "nothing to judge yet: no version serves watched",
    }
    (version,) = serve(SHOP, FIRST)
    young = monitor(SHOP, FIRST, "young")
    assert (young["state"], young["judged_rows"], young["reason"][:20]) == ("unjudged", 0, "nothing to judge yet")
    found = monitor(SHOP, LATER, "later")
    assert (found["model_version"], found["judged_rows"]) == (version, 3 * PRODUCTS)
    assert found["state"] == "ok"
    assert statuses(SHOP) == {version: "champion"}
    expected = rows(
        "select (sum(abs(sold_quantity - mean_quantity)) / sum(sold_quantity))::numeric(18, 6), "
        "(sum(abs(sold_quantity - naive_quantity)) / sum(sold_quantity))::numeric(18, 6), count(*)::integer "
        "from ml.demand_forecast_predictions inner join core.fct_demand_weekly "
        "using (company_id, product_id, planning_location_id, week_start_date) "
        "where company_id = %s and week_start_date < %s",
        SHOP,
        LATER,
    )
    query = (
        "select observed_value, naive_value, row_count from ml.demand_forecast_monitoring where company_id = %s and "
    )
    assert rows(query + "business_date = %s and measure_name = 'wape'", SHOP, LATER) == expected
    weeks = rows(
        "select distinct first_week_date, last_week_date from ml.demand_forecast_monitoring where company_id = %s "
        "and business_date = %s",
        SHOP,
        LATER,
    )
    assert weeks == [(LATER - timedelta(days=55), LATER - timedelta(days=6))]
    before = kept(SHOP)
    monitor(SHOP, LATER, "again")
    assert kept(SHOP) == before
    assert train(SHOP, LATER, "young")["status"] == "skipped"


def test_a_version_that_fails_makes_way_for_the_earlier_one() -> None:
    older, newer = serve(SPOILT, FIRST, SECOND)
    change(SPOIL, SPOILT, newer)
    found = monitor(SPOILT, LATER, "night")
    assert (found["state"], found["restored_version"]) == ("failing", older)
    assert statuses(SPOILT) == {older: "champion", newer: "withdrawn"}
    recorded = "select withdrawn_version, restored_version, business_date, run_id, is_automatic, reason from "
    done = rows(recorded + "ml.model_rollbacks where company_id = %s", SPOILT)
    assert [row[:5] for row in done] == [(newer, older, LATER, "night", True)]
    assert f"{older} would have come to 0." in done[0][5]
    before = kept(SPOILT)
    assert monitor(SPOILT, LATER, "retried")["model_version"] == older
    assert (kept(SPOILT), len(rows(recorded + "ml.model_rollbacks where company_id = %s", SPOILT))) == (before, 1)
    # What failed is trained by the code of now: it waits, and what it once was is not promoted again.
    waits = train(SPOILT, LATER, "night")
    assert (waits["status"], waits["model_version"]) == ("skipped", older)
    assert "was gone back to less than 8 weeks ago" in waits["reason"]
    assert predict(SPOILT, LATER, "night")["model_version"] == older
    assert train(SPOILT, SECOND, "forced", force=True)["is_champion"] is False
    assert statuses(SPOILT) == {older: "champion", newer: "withdrawn"}


def test_without_an_earlier_version_a_failing_one_is_trained_anew_although_it_is_young() -> None:
    (version,) = serve(ALONE, FIRST)
    predict(ALONE, SECOND, "served")
    monitor(ALONE, FIRST, "young")
    assert train(ALONE, LATER, "young")["status"] == "skipped"
    change(SPOIL, ALONE, version)
    found = monitor(ALONE, LATER, "night")
    assert (found["state"], found["reason"]) == (
        "failing",
        "no earlier version would have done better: it is trained anew",
    )
    assert statuses(ALONE) == {version: "champion"}
    trained = train(ALONE, LATER, "night")
    assert (trained["status"], trained["is_champion"]) == ("trained", True)
    assert trained["contest_wql"] < trained["champion_wql"]
    assert statuses(ALONE) == {version: "archived", trained["model_version"]: "champion"}
    assert train(ALONE, LATER, "retried")["status"] == "skipped"


def test_nobody_goes_back_to_a_version_that_failed_itself() -> None:
    older, newer = serve(BOTH, FIRST, SECOND)
    for version in (older, newer):
        change(SPOIL, BOTH, version)
    found = monitor(BOTH, LATER, "night")
    assert (found["state"], found.get("restored_version")) == ("failing", None)
    assert statuses(BOTH) == {older: "archived", newer: "champion"}
    # The older one serves the dates before the other: they are judged, and change nothing of today.
    change(
        "update ml.model_registry set trained_through_date = %s where model_version = %s",
        LATER + timedelta(weeks=1),
        newer,
    )
    found = monitor(BOTH, LATER, "past")
    assert (found["model_version"], found["state"]) == (older, "failing")
    assert "serves past dates only" in found["reason"]
    assert rows("select count(*) from ml.model_rollbacks where company_id = %s", BOTH) == [(0,)]


def test_a_challenger_must_beat_the_champion_on_weeks_that_neither_had_seen() -> None:
    (version,) = serve(PERFECT, FIRST)
    predict(PERFECT, SECOND, "served")
    change_forecasts = FORESEE
    with connect(Role.OWNER) as connection:
        connection.execute(change_forecasts, [PERFECT, version])  # type: ignore[arg-type]
    found = train(PERFECT, LATER, "challenger", force=True)
    assert (found["champion_wql"], found["contest_rows"], found["is_champion"]) == (0, 2 * PRODUCTS, False)
    assert statuses(PERFECT) == {version: "champion", found["model_version"]: "candidate"}
    # Nor is it trained again on the same data, however old the champion becomes.
    with connect(Role.LOADER) as connection:
        thresholds.write(connection, PERFECT, POLICY.texts() | {"forecast.retrain_weeks": "1"})
    again = train(PERFECT, LATER, "again")
    assert again["reason"] == f"{found['model_version']} of the same data does not serve"


@pytest.fixture(scope="module")
def three() -> list[str]:
    return serve(HAND, FIRST, SECOND, LATER)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, "-m", "ml.demand_forecast", "rollback", "--company", *arguments]
    return subprocess.run(full, cwd=PROJECT_DIR, env=os.environ, capture_output=True, text=True, check=False)


def test_a_person_goes_back_and_forth(three: list[str]) -> None:
    first, second, third = three
    done = command(HAND, "--reason", "wrong price list")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["withdrawn_version"], told["restored_version"], told["business_date"]) == (third, second, str(LATER))
    assert statuses(HAND) == {first: "archived", second: "champion", third: "withdrawn"}
    assert rollback.by_hand(HAND, third, "it was right")["restored_version"] == third
    assert statuses(HAND) == {first: "archived", second: "archived", third: "champion"}
    recorded = rows(
        "select reason, is_automatic, run_id from ml.model_rollbacks where company_id = %s order by rollback_id", HAND
    )
    assert recorded == [("wrong price list", False, "manual"), ("it was right", False, "manual")]


def test_a_version_gone_back_to_serves_although_another_lies_between(three: list[str]) -> None:
    rollback.by_hand(HAND, three[0], "further back")
    assert predict(HAND, LATER, "after")["model_version"] == three[0]
    rollback.by_hand(HAND, three[2], "as before")
    assert predict(HAND, LATER, "after")["model_version"] == three[2]


@pytest.fixture(scope="module")
def toys() -> dict[str, str]:
    """A champion that is alone, and a candidate that never served."""
    with connect(Role.MODELER) as connection:
        versions = {
            name: registry.register(
                connection,
                company_id=TOY,
                use_case="demand_forecast",
                model_name="toy",
                trained_through_date=FIRST,
                window_start_date=FIRST,
                training_rows=1,
                parameters={"name": name},
                metrics={},
                artifact={},
            )
            for name in ("champion", "candidate")
        }
        registry.promote(connection, versions["champion"])
    return versions


@pytest.mark.parametrize(
    ("company", "to", "message"),
    [
        pytest.param("unknownshop", None, "unknownshop has no demand forecast that serves", id="no-champion"),
        pytest.param(TOY, None, "no earlier version .* train --company toyshop", id="nothing-earlier"),
        pytest.param(TOY, "v0", "v0 is no version that has served toyshop; those that have: none", id="unknown"),
        pytest.param(TOY, "champion", "serves toyshop already", id="itself"),
        pytest.param(TOY, "candidate", "is no version that has served toyshop", id="never-served"),
    ],
)
def test_a_rollback_that_cannot_be_is_explained(
    toys: dict[str, str], company: str, to: str | None, message: str
) -> None:
    with pytest.raises(RegistryError, match=message):
        rollback.by_hand(company, toys.get(to, to) if to else None, "because")


def test_a_rollback_needs_a_reason() -> None:
    failed = command(TOY, "--reason", " ")
    assert failed.returncode == 1
    assert "--reason is empty" in failed.stderr
    assert "Traceback" not in failed.stderr
