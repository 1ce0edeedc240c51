"""Slow movers from core tables to ml tables, on a real server."""

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
from ml.slow_movers.score import score
from ml.slow_movers.train import train
from warehouse.connection import Role, connect
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

COMPANY, YOUNG, SNAPSHOT, EMPTY, NO_STOCK = COMPANIES = [
    "slowtest",
    "youngtest",
    "snapshottest",
    "emptytest",
    "nostocktest",
]
LAST_DAY = date(2017, 12, 31)
PRODUCTS, PLACES, WEEKS = 120, 2, 53

TABLES = """
drop table if exists core.fct_demand_weekly, core.dim_planning_item cascade;
create table core.fct_demand_weekly (
    company_id text not null, product_id text not null, planning_location_id text not null,
    week_start_date date not null, sold_quantity numeric(18, 4), net_sales_amount numeric(18, 4),
    gross_sales_amount numeric(18, 4), regular_unit_price numeric(18, 4), promoted_share numeric(9, 6),
    received_quantity numeric(18, 4), closing_on_hand_quantity numeric(18, 4),
    closing_on_hand_amount numeric(18, 4), closing_unit_cost numeric(18, 4)
);
create table core.dim_planning_item (
    company_id text not null, product_id text not null, planning_location_id text not null, category_1 text,
    category_2 text, unit_cost numeric(18, 4)
);
"""
# Every third product is bought for far longer than it sells; the hash stands for chance, the same in every run.
DEMAND = """
insert into core.fct_demand_weekly
select
    %(company)s, 'P' || product, 'DC' || place, week::date,
    sold, 1.8 * sold, 2 * sold, case when sold > 0 then 2 end, 0, sold,
    case when product %% 3 = 0 then 10 + product %% 70 else ceil(rate * 3) end,
    1.25 * case when product %% 3 = 0 then 10 + product %% 70 else ceil(rate * 3) end, 1.25
from generate_series(1, %(products)s) as product
cross join generate_series(1, %(places)s) as place
cross join generate_series(date '2016-12-26', date '2017-12-25', interval '7 days') as week
cross join lateral (select (hashtext(product || '/' || place || '/' || week::date) & 1023) / 1023.0 as chance) as luck
cross join lateral (select case when product %% 3 = 0 then product %% 4 else 2 + product %% 20 end as rate) as pace
cross join lateral (select floor(rate * 2 * chance) as sold) as demand
where week >= %(first_week)s
"""
ITEMS = """
insert into core.dim_planning_item
select distinct company_id, product_id, planning_location_id, 'grocery', 'category ' || right(product_id, 1), 1.0
from core.fct_demand_weekly where company_id = %s
"""
POLICY = {
    "lead_days": 35,
    "window_days": 90,
    "unsold_share": 0.5,
    "medium_probability": 0.3,
    "high_probability": 0.6,
    "release_probability": 0.5,
}


def fill(company: str, first_week: date) -> None:
    with connect(Role.TRANSFORMER) as connection:
        values = {"company": company, "products": PRODUCTS, "places": PLACES, "first_week": first_week}
        connection.execute(DEMAND, values)
        connection.execute(ITEMS, [company])
    with connect(Role.LOADER) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.policies (company_id, policy_name, policy_value) values (%s, %s, %s) "
            "on conflict (company_id, policy_name) do update set policy_value = excluded.policy_value",
            [(company, f"slow_movers.{name}", str(value)) for name, value in POLICY.items()],
        )


@pytest.fixture(scope="module")
def core_tables(warehouse: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(TABLES)
    fill(COMPANY, date(2016, 12, 26))
    fill(YOUNG, date(2017, 11, 6))
    fill(SNAPSHOT, date(2016, 12, 26))
    fill(EMPTY, date(2018, 1, 1))
    fill(NO_STOCK, date(2016, 12, 26))
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "update core.fct_demand_weekly set closing_on_hand_quantity = null, closing_on_hand_amount = null, "
            "closing_unit_cost = null where company_id = %s and week_start_date < date '2017-12-25'",
            [SNAPSHOT],
        )
        connection.execute(
            "update core.fct_demand_weekly set closing_on_hand_quantity = null, closing_on_hand_amount = null, "
            "closing_unit_cost = null where company_id = %s",
            [NO_STOCK],
        )
    yield
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop table core.fct_demand_weekly, core.dim_planning_item")
    with connect(Role.MODELER) as connection:
        for table in ("model_registry", "slow_mover_scores", "slow_mover_backtests"):
            connection.execute(f"delete from ml.{table} where company_id = any(%s)", [COMPANIES])  # type: ignore[arg-type]
    with connect(Role.LOADER) as connection:
        connection.execute("delete from ops.policies where company_id = any(%s)", [COMPANIES])


@pytest.fixture(scope="module")
def trained(core_tables: None) -> dict[str, Any]:
    return train(COMPANY, LAST_DAY, "first")


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connect(Role.ANALYST) as connection:
        return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


def test_training_registers_a_champion_with_its_backtest(trained: dict[str, Any]) -> None:
    assert trained["status"] == "trained"
    assert trained["metrics"]["is_embargo_full"] is True
    with connect(Role.ANALYST) as connection:
        champion = registry.champion(connection, COMPANY, "slow_movers")
    assert champion is not None
    assert champion.model_version == trained["model_version"]
    assert champion.trained_through_date == LAST_DAY
    backtest = rows(
        "select count(*), count(distinct model_name), count(distinct cutoff_date), min(row_count), "
        "count(distinct model_name) filter (where is_champion) from ml.slow_mover_backtests where model_version = %s",
        trained["model_version"],
    )
    assert backtest == [(10 * 3, 10, 3, PRODUCTS * PLACES, 1)]


def test_the_same_data_train_once(trained: dict[str, Any]) -> None:
    again = train(COMPANY, LAST_DAY, "again")
    assert (again["status"], again["model_version"]) == ("skipped", trained["model_version"])
    champions = "select count(*) from ml.model_registry where company_id = %s and status = 'champion'"
    assert rows(champions, COMPANY) == [(1,)]


def test_scoring_twice_leaves_one_set_of_rows(trained: dict[str, Any]) -> None:
    query = (
        "select product_id, planning_location_id, probability, risk_band, expected_unsold_quantity, rule_flags, "
        "reason_1, reason_2, reason_3, window_start_date, window_end_date from ml.slow_mover_scores "
        "where company_id = %s and business_date = %s order by 1, 2"
    )
    first = score(COMPANY, LAST_DAY, "one")
    once = rows(query, COMPANY, LAST_DAY)
    score(COMPANY, LAST_DAY, "two")
    assert rows(query, COMPANY, LAST_DAY) == once
    assert len(once) == first["rows"] == PRODUCTS * PLACES
    assert {row[9:] for row in once} == {(date(2018, 2, 5), date(2018, 5, 6))}
    run_ids = rows("select distinct run_id from ml.slow_mover_scores where company_id = %s", COMPANY)
    assert run_ids == [("two",)]
    flagged = {int(row[0][1:]) for row in once if row[3] == "high"}
    # Products that lie at the most 3 weeks are never flagged; those that never sell always are.
    assert flagged
    assert all(product % 3 == 0 for product in flagged)
    assert {product for product in range(1, PRODUCTS + 1) if product % 12 == 0} <= flagged


def test_failed_score_keeps_the_previous_rows(trained: dict[str, Any]) -> None:
    score(COMPANY, LAST_DAY, "good")
    with connect(Role.MODELER) as connection:
        connection.execute("alter table ml.slow_mover_scores add constraint no_bad_run check (run_id <> 'bad')")
    try:
        with pytest.raises(psycopg.errors.CheckViolation):
            score(COMPANY, LAST_DAY, "bad")
    finally:
        with connect(Role.MODELER) as connection:
            connection.execute("alter table ml.slow_mover_scores drop constraint no_bad_run")
    kept = rows("select run_id, count(*) from ml.slow_mover_scores where company_id = %s group by 1", COMPANY)
    assert kept == [("good", PRODUCTS * PLACES)]


def test_a_past_date_needs_a_model_that_had_not_seen_its_future(trained: dict[str, Any]) -> None:
    with pytest.raises(registry.RegistryError, match="python -m ml.slow_movers train --company slowtest"):
        score(COMPANY, date(2017, 11, 30), "past")
    past = train(COMPANY, date(2017, 11, 30), "past")
    assert past["status"] == "trained"
    scored = score(COMPANY, date(2017, 11, 30), "past")
    assert (scored["model_version"], scored["as_of_date"]) == (past["model_version"], date(2017, 11, 26))
    assert score(COMPANY, LAST_DAY, "now")["model_version"] == trained["model_version"]


def test_short_history_is_scored_by_arithmetic(core_tables: None) -> None:
    result = train(YOUNG, LAST_DAY, "young")
    assert result["status"] == "insufficient"
    assert result["reason"] == "8 weeks of history leave 0 with a known outcome, too few to test on"
    assert score(YOUNG, LAST_DAY, "young")["rows"] == PRODUCTS * PLACES
    never_sold = rows(
        "select distinct probability, reason_1 from ml.slow_mover_scores where company_id = %s and product_id = 'P12'",
        YOUNG,
    )
    # 22 on hand, nothing sold in 8 weeks: r = 1/2, p = 8/26; P(demand <= 10) summed by hand from the recursion.
    term, total = (8 / 26) ** 0.5, 0.0
    for count in range(11):
        total += term
        term *= (0.5 + count) / (count + 1) * 18 / 26
    assert [(float(probability), reason) for probability, reason in never_sold] == [
        (pytest.approx(total, abs=1e-6), "no demand in the last 8 weeks for 22 on hand")
    ]


@pytest.mark.parametrize(
    ("company", "reason"),
    [
        pytest.param(EMPTY, "no week of 2017-12-25 for emptytest", id="no-rows"),
        pytest.param(NO_STOCK, "nostocktest has no stock on hand at the end of 2017-12-31", id="no-stock"),
    ],
)
def test_nothing_to_score_is_no_failure(core_tables: None, company: str, reason: str) -> None:
    assert train(company, LAST_DAY, "empty")["status"] == "insufficient"
    assert train(company, LAST_DAY, "empty")["status"] == "skipped"
    scored = score(company, LAST_DAY, "empty")
    assert (scored["status"], scored["rows"], scored["flagged"]) == ("empty", 0, 0)
    assert reason in scored["reason"]


def test_a_single_stock_count_is_scored_by_arithmetic(core_tables: None) -> None:
    result = train(SNAPSHOT, LAST_DAY, "snapshot")
    assert result["status"] == "insufficient"
    assert result["reason"] == "0 slow and 0 other stocks in the training weeks, fewer than 20"
    assert score(SNAPSHOT, LAST_DAY, "snapshot")["rows"] == PRODUCTS * PLACES


def test_missing_policy_says_what_to_do(core_tables: None) -> None:
    with pytest.raises(ValueError, match="slow_movers.lead_days: load the company first"):
        train("nobody", LAST_DAY, "none")


def test_command_line(trained: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "ml.slow_movers", "score", "--company", COMPANY, "--date", f"{LAST_DAY}"]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"status": "scored"' in done.stdout
