"""Product health from core tables to ml tables, on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from ml import registry
from ml.product_health.indicators import NAMES
from ml.product_health.score import score
from ml.product_health.train import train
from warehouse.connection import Role, connect
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

COMPANY, YOUNG, EMPTY, NO_STOCK = COMPANIES = ["healthtest", "younghealth", "emptyhealth", "nostockhealth"]
LAST_DAY = date(2017, 12, 31)
PRODUCTS, PLACES = 60, 2
# Products that last sold long ago are neither healthy nor ill.
GONE = 2

TABLES = """
drop table if exists core.fct_demand_weekly cascade;
drop view if exists core.fct_sku_indicators_weekly cascade;
create table core.fct_demand_weekly (company_id text not null, week_start_date date not null);
create table core.fct_sku_indicators_weekly (
    company_id text not null, product_id text not null, planning_location_id text not null,
    week_start_date date not null, sold_13w_quantity numeric(18, 4), net_sales_13w_amount numeric(18, 4),
    gross_margin_13w_amount numeric(18, 4), closing_on_hand_quantity numeric(18, 4),
    closing_on_hand_amount numeric(18, 4), closing_available_quantity numeric(18, 4),
    closing_inbound_quantity numeric(18, 4), backward_cover_days numeric(18, 2), turnover_unit numeric(18, 4),
    gmroi numeric(18, 4), sell_through_pct numeric(18, 6), sell_through_13w_pct numeric(18, 6),
    stockout_days_4w smallint, age_weighted_days numeric(9, 2), return_pct numeric(18, 6)
);
"""
# A product sells 1 to 20 a week of what lasts 1 to 7 weeks; the hash stands for chance, the same in every run.
INDICATORS = """
insert into core.fct_sku_indicators_weekly
select
    %(company)s, 'P' || product, 'DC' || place, week::date, sold, 2 * sold, sold, stock, 1.25 * stock, stock, 0,
    stock * 91 / nullif(sold, 0), 52 * sold / (13 * nullif(stock, 0)), 4 * sold / (1.25 * nullif(stock, 0)),
    least(sold * 4 / 13 / (stock + 1), 1), least(sold / (stock + sold / 2 + 1), 1), (product + place) %% 3,
    10 + 50 * chance, null
from generate_series(1, %(products)s) as product
cross join generate_series(1, %(places)s) as place
cross join generate_series(%(first_week)s::date, date '2017-12-25', interval '7 days') as week
cross join lateral (select (hashtext(product || '/' || place || '/' || week::date) & 1023) / 1023.0 as chance) as luck
cross join lateral (select case when product <= %(gone)s then 0 else 13 * (1 + product %% 20) end as rate) as pace
cross join lateral (select round(rate * (0.75 + chance / 2)) as sold) as demand
cross join lateral (
    select case when product <= %(gone)s then 0 else round(rate * (1 + (product + place) %% 7) / 13) end as stock
) as kept
"""


def fill(company: str, first_week: str) -> None:
    values = {"company": company, "products": PRODUCTS, "places": PLACES, "first_week": first_week, "gone": GONE}
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(INDICATORS, values)
        connection.execute(
            "insert into core.fct_demand_weekly select company_id, week_start_date from core.fct_sku_indicators_weekly "
            "where company_id = %s",
            [company],
        )


@pytest.fixture(scope="module")
def core_tables(warehouse: object) -> Iterator[None]:
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(TABLES)
    fill(COMPANY, "2016-12-26")
    fill(YOUNG, "2017-11-06")
    fill(NO_STOCK, "2016-12-26")
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "update core.fct_sku_indicators_weekly set closing_on_hand_quantity = null, sell_through_13w_pct = null "
            "where company_id = %s",
            [NO_STOCK],
        )
    yield
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop table core.fct_demand_weekly, core.fct_sku_indicators_weekly")
    with connect(Role.MODELER) as connection:
        for table in ("model_registry", "product_health_scores", "product_health_backtests"):
            connection.execute(f"delete from ml.{table} where company_id = any(%s)", [COMPANIES])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(core_tables: None) -> dict[str, Any]:
    return train(COMPANY, LAST_DAY, "first")


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connect(Role.ANALYST) as connection:
        return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


SCORES = (
    "select product_id, planning_location_id, health_score, known_share, reason_1, sales_component, cover_weight "
    "from ml.product_health_scores where company_id = %s and business_date = %s order by 1, 2"
)


def test_training_registers_a_champion_with_its_backtest(trained: dict[str, Any]) -> None:
    assert trained["status"] == "trained"
    assert trained["metrics"]["is_embargo_full"] is True
    assert sum(trained["metrics"]["weights"].values()) == pytest.approx(1)
    with connect(Role.ANALYST) as connection:
        champion = registry.champion(connection, COMPANY, "product_health")
    assert champion is not None
    assert (champion.model_version, champion.trained_through_date) == (trained["model_version"], LAST_DAY)
    backtest = rows(
        "select count(*), count(distinct method_name), count(distinct cutoff_date), min(row_count), "
        "count(distinct method_name) filter (where is_champion), count(target_correlation) > 0 "
        "from ml.product_health_backtests where model_version = %s",
        trained["model_version"],
    )
    assert backtest == [(15 * 3, 15, 3, (PRODUCTS - GONE) * PLACES, 1, True)]


def test_the_same_data_train_once(trained: dict[str, Any]) -> None:
    again = train(COMPANY, LAST_DAY, "again")
    assert (again["status"], again["model_version"]) == ("skipped", trained["model_version"])


def test_scoring_twice_leaves_one_set_of_rows_that_add_up(trained: dict[str, Any]) -> None:
    first = score(COMPANY, LAST_DAY, "one")
    once = rows(SCORES, COMPANY, LAST_DAY)
    score(COMPANY, LAST_DAY, "two")
    assert rows(SCORES, COMPANY, LAST_DAY) == once
    assert len(once) == first["rows"] == (PRODUCTS - GONE) * PLACES
    added = " + ".join(f"coalesce({name}_component, 0) * {name}_weight" for name in NAMES)
    weights = " + ".join(f"{name}_weight" for name in NAMES)
    found = rows(
        f"select max(abs(health_score - 100 * ({added}))) < 0.0001, max(abs(1 - ({weights}))) < 0.00001, "
        "min(run_id), max(run_id), bool_and(is_learnt), min(window_end_date), count(returns_component) "
        "from ml.product_health_scores where company_id = %s",
        COMPANY,
    )
    assert found == [(True, True, "two", "two", True, date(2018, 4, 1), 0)]


def test_failed_score_keeps_the_previous_rows(trained: dict[str, Any]) -> None:
    score(COMPANY, LAST_DAY, "good")
    with connect(Role.MODELER) as connection:
        connection.execute("alter table ml.product_health_scores add constraint no_bad_run check (run_id <> 'bad')")
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            score(COMPANY, LAST_DAY, "bad")
    finally:
        with connect(Role.MODELER) as connection:
            connection.execute("alter table ml.product_health_scores drop constraint no_bad_run")
    assert rows("select distinct run_id from ml.product_health_scores where company_id = %s", COMPANY) == [("good",)]


def test_what_comes_later_changes_no_past_score(trained: dict[str, Any]) -> None:
    past = date(2017, 11, 30)
    with pytest.raises(registry.RegistryError, match="python -m ml.product_health train --company healthtest"):
        score(COMPANY, past, "past")
    before = train(COMPANY, past, "past")
    score(COMPANY, past, "past")
    once = rows(SCORES, COMPANY, past)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "create table core.kept as select * from core.fct_sku_indicators_weekly; "
            "update core.fct_sku_indicators_weekly set sell_through_13w_pct = 0, gmroi = 0, closing_on_hand_amount = 0 "
            "where week_start_date > '2017-11-20'"
        )
    try:
        after = train(COMPANY, past, "past")
        assert (after["status"], after["model_version"]) == ("skipped", before["model_version"])
        assert score(COMPANY, past, "past")["as_of_date"] == date(2017, 11, 26)
        assert rows(SCORES, COMPANY, past) == once
    finally:
        with connect(Role.TRANSFORMER) as connection:
            connection.execute(
                "truncate core.fct_sku_indicators_weekly; "
                "insert into core.fct_sku_indicators_weekly select * from core.kept; drop table core.kept"
            )


def test_short_history_weighs_all_the_same(core_tables: None) -> None:
    result = train(YOUNG, LAST_DAY, "young")
    assert result["status"] == "insufficient"
    assert result["reason"] == "8 weeks of history leave too few with a known outcome to test on"
    assert score(YOUNG, LAST_DAY, "young")["rows"] == (PRODUCTS - GONE) * PLACES
    # Eleven of twelve are known: nobody books returns.
    found = rows(
        "select distinct is_learnt, known_share::float, sales_weight::float, returns_weight::float "
        "from ml.product_health_scores where company_id = %s",
        YOUNG,
    )
    assert found == [(False, pytest.approx(11 / 12, abs=1e-6), pytest.approx(1 / 11, abs=1e-6), 0)]


@pytest.mark.parametrize("company", [EMPTY, NO_STOCK])
def test_nothing_to_score_is_no_failure(core_tables: None, company: str) -> None:
    assert train(company, LAST_DAY, "empty")["status"] == "insufficient"
    assert train(company, LAST_DAY, "empty")["status"] == "skipped"
    scored = score(company, LAST_DAY, "empty")
    assert (scored["status"], scored["rows"], scored["mean_score"]) == ("empty", 0, None)
    assert "has no product whose stock is recorded in the week of 2017-12-25" in scored["reason"]


def test_command_line(trained: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "ml.product_health", "score", "--company", COMPANY, "--date", f"{LAST_DAY}"]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"status": "scored"' in done.stdout
