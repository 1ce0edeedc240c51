"""Demand forecasts from core tables to ml tables, on a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train
from ml.registry import RegistryError
from warehouse.connection import Role, connect
from warehouse.drift_policy import Drift
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

COMPANY = "forecasttest"
ONE_WEEK, ONE_ITEM, NO_SALES, NOT_ACTIVE, EMPTY = LITTLE = ["oneweek", "oneitem", "nosales", "notactive", "nodemand"]
SUNDAY, NEXT_SUNDAY = date(2018, 2, 25), date(2018, 3, 4)
PRODUCTS, WEEKS = 40, 61
# One that stopped selling gets no forecast; a new one and a successor do.
FORECAST = PRODUCTS + 1
POLICY = {
    "horizon_weeks": 13,
    "season_weeks": 52,
    "backtest_cutoffs": 3,
    "retrain_weeks": 1,
    "champion_margin": 0.01,
    "promotion_lead_weeks": 0,
    "stockouts_lose_sales": "true",
    **Drift().model_dump(),
}

TABLES = """
drop table if exists core.fct_demand_weekly, core.dim_planning_item, core.fct_promotions_weekly cascade;
create table core.fct_demand_weekly (
    company_id text not null, product_id text not null, planning_location_id text not null,
    week_start_date date not null, sold_quantity numeric(18, 4), is_stockout_week boolean, stockout_days smallint,
    promoted_share numeric(9, 6), discount_pct numeric(9, 6), average_unit_price numeric(18, 4)
);
create table core.dim_planning_item (
    company_id text not null, product_id text not null, planning_location_id text not null, is_active boolean,
    category_1 text, category_2 text, category_3 text, brand text, predecessor_product_id text
);
create table core.fct_promotions_weekly (
    company_id text not null, product_id text not null, planning_location_id text not null,
    week_start_date date not null, promoted_share numeric(9, 6)
);
"""
# Demand falls with the product's number; the hash stands for chance, the same in every run.
DEMAND = """
insert into core.fct_demand_weekly
select
    %(company)s, lpad(product::text, 3, '0'), 'DC1', week::date, floor(2 * (1 + 60 / product) * chance),
    product = 7 and chance < 0.2, case when product = 7 and chance < 0.2 then 3 else 0 end, 0, 0, 2.5
from generate_series(1, %(products)s) as product
cross join generate_series(date '2017-01-02', date '2018-02-26', interval '7 days') as week
cross join lateral (select (hashtext(product || '/' || week::date) & 1023) / 1023.0 as chance) as luck
"""
ITEMS = """
insert into core.dim_planning_item
select distinct
    company_id, product_id, planning_location_id, product_id <> '040', 'food', 'shelf ' || right(product_id, 1),
    null, 'own', null
from core.fct_demand_weekly where company_id = %(company)s
union all
select %(company)s, 'new', 'DC1', true, 'food', 'shelf 1', null, null, null
union all
select %(company)s, 'next', 'DC1', true, 'food', 'shelf 1', null, null, '001'
"""


# First week, products, and what a product sells in a week.
LITTLE_DEMAND = {
    ONE_WEEK: ("2018-02-19", 3, "2 + product"),
    ONE_ITEM: ("2017-06-05", 1, "abs(hashtext(week::text)) % 7"),
    NO_SALES: ("2017-06-05", 3, "0"),
    NOT_ACTIVE: ("2017-06-05", 3, "5"),
}
LITTLE_ROWS = """
insert into core.fct_demand_weekly
select %(company)s, 'P' || product, 'DC1', week::date, {sold}, false, 0, 0, 0, 2.5
from generate_series(1, %(products)s) as product
cross join generate_series(%(first)s::date, date '2018-02-26', interval '7 days') as week
"""
LITTLE_ITEMS = """
insert into core.dim_planning_item
select distinct company_id, product_id, planning_location_id, company_id <> 'notactive', 'food', null, null, null, null
from core.fct_demand_weekly where company_id = any(%s)
"""


@pytest.fixture(scope="module")
def core_tables(warehouse: object) -> Iterator[None]:
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(TABLES)
        connection.execute(DEMAND, {"company": COMPANY, "products": PRODUCTS})
        connection.execute(ITEMS, {"company": COMPANY})
        for company, (first, products, sold) in LITTLE_DEMAND.items():
            values = {"company": company, "products": products, "first": first}
            connection.execute(LITTLE_ROWS.replace("{sold}", sold.replace("%", "%%")), values)  # type: ignore[arg-type]
        connection.execute(LITTLE_ITEMS, [LITTLE])
    with connect(Role.LOADER) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.policies (company_id, policy_name, policy_value) values (%s, %s, %s)",
            [
                (company, f"forecast.{name}", str(value))
                for company in (COMPANY, *LITTLE)
                for name, value in POLICY.items()
            ],
        )
    yield
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop table core.fct_demand_weekly, core.dim_planning_item, core.fct_promotions_weekly")
    with connect(Role.MODELER) as connection:
        for table in ("model_registry", "demand_forecast_predictions", "demand_forecast_backtests", "demand_estimates"):
            connection.execute(
                f"delete from ml.{table} where company_id = any(%s)",  # type: ignore[arg-type]
                [[COMPANY, *LITTLE]],
            )
    with connect(Role.LOADER) as connection:
        connection.execute("delete from ops.policies where company_id = any(%s)", [[COMPANY, *LITTLE]])


@pytest.fixture(scope="module")
def trained(core_tables: None) -> dict[str, Any]:
    with pytest.raises(RegistryError, match=r"no demand forecast .* python -m ml\.demand_forecast train"):
        predict(COMPANY, SUNDAY, "too early")
    return train(COMPANY, SUNDAY, "first")


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connect(Role.ANALYST) as connection:
        return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]


def test_training_writes_the_backtest_beside_the_version(trained: dict[str, Any]) -> None:
    assert (trained["status"], trained["is_champion"]) == ("trained", True)
    found = rows(
        "select model_name, wql, cutoff_count, series_count from ml.demand_forecast_backtests "
        "where model_version = %s and demand_class = 'all' and horizon_week = 0",
        trained["model_version"],
    )
    losses = {name: float(loss) for name, loss, _, _ in found}
    assert {"champion", "seasonal_naive", "boosted_median", "croston_sba", "tsb", "window_average"} <= set(losses)
    assert losses["champion"] == pytest.approx(trained["wql"], abs=1e-6)
    # Demand is noise around a level, which the last value or last year's misses by the noise.
    assert losses["champion"] < 0.95 * losses["seasonal_naive"]
    assert {(cutoffs, series) for _, _, cutoffs, series in found} == {(3, PRODUCTS)}
    weeks = rows(
        "select count(distinct horizon_week) from ml.demand_forecast_backtests where model_version = %s",
        trained["model_version"],
    )
    assert weeks == [(POLICY["horizon_weeks"] + 1,)]


def test_training_again_is_skipped_and_forced_training_gives_the_same_version(trained: dict[str, Any]) -> None:
    version = trained["model_version"]
    assert train(COMPANY, SUNDAY, "again") == {
        "status": "skipped",
        "reason": f"{version} is younger than 1 weeks",
        "model_version": version,
        "is_champion": True,
    }
    forced = train(COMPANY, SUNDAY, "forced", force=True)
    assert (forced["model_version"], forced["wql"]) == (version, trained["wql"])
    assert rows("select count(*) from ml.model_registry where company_id = %s", COMPANY) == [(1,)]


def test_prediction_covers_the_weeks_after_the_business_date(trained: dict[str, Any]) -> None:
    assert predict(COMPANY, SUNDAY, "first") == {
        "status": "predicted",
        "model_version": trained["model_version"],
        "rows": 13 * FORECAST,
        "series": FORECAST,
        "fallback_series": 1,
    }
    found = rows(
        """
        select min(week_start_date), max(week_start_date), count(distinct product_id),
            bool_and(q10_quantity between 0 and q20_quantity and q20_quantity <= q30_quantity
                and q30_quantity <= q40_quantity and q40_quantity <= q50_quantity and q50_quantity <= q60_quantity
                and q60_quantity <= q70_quantity and q70_quantity <= q80_quantity and q80_quantity <= q90_quantity
                and q05_quantity between 0 and q10_quantity and q25_quantity between q20_quantity and q30_quantity
                and q75_quantity between q70_quantity and q80_quantity
                and q95_quantity between q90_quantity and q975_quantity),
            bool_or(product_id = '040')
        from ml.demand_forecast_predictions where company_id = %s and business_date = %s
        """,
        COMPANY,
        SUNDAY,
    )
    assert found == [(date(2018, 2, 26), date(2018, 5, 21), FORECAST, True, False)]
    new = rows(
        "select distinct is_fallback, data_status from ml.demand_forecast_predictions where product_id = 'new' "
        "and company_id = %s",
        COMPANY,
    )
    assert new == [(True, "insufficient")]


def test_a_successor_without_sales_is_forecast_by_what_it_follows(trained: dict[str, Any]) -> None:
    predict(COMPANY, SUNDAY, "first")
    found = rows(
        "select product_id, avg(mean_quantity)::float, bool_or(is_fallback), min(data_status) "
        "from ml.demand_forecast_predictions where company_id = %s and business_date = %s "
        "and product_id in ('001', 'next') group by 1 order by 1",
        COMPANY,
        SUNDAY,
    )
    (_, old, *_), (_, new, is_fallback, status) = found
    assert (is_fallback, status) == (False, "ok")
    assert new == pytest.approx(old, rel=0.15)


def test_predicting_again_replaces_its_own_rows_with_the_same(trained: dict[str, Any]) -> None:
    query = (
        "select product_id, week_start_date, mean_quantity, q10_quantity, q90_quantity, naive_quantity "
        "from ml.demand_forecast_predictions where company_id = %s and business_date = %s order by 1, 2"
    )
    predict(COMPANY, SUNDAY, "before")
    before = rows(query, COMPANY, SUNDAY)
    predict(COMPANY, SUNDAY, "after")
    assert rows(query, COMPANY, SUNDAY) == before
    runs = "select distinct run_id from ml.demand_forecast_predictions where company_id = %s and business_date = %s"
    assert rows(runs, COMPANY, SUNDAY) == [("after",)]


def test_weeks_without_stock_are_told_with_what_would_have_sold(trained: dict[str, Any]) -> None:
    predict(COMPANY, SUNDAY, "once")
    predict(COMPANY, SUNDAY, "again")
    short = rows(
        "select product_id, week_start_date, sold_quantity from core.fct_demand_weekly where company_id = %s "
        "and stockout_days > 0 and week_start_date between '2017-11-27' and '2018-02-19' order by 2",
        COMPANY,
    )
    told = rows(
        "select product_id, week_start_date, sold_quantity, demand_est_quantity > sold_quantity, method, run_id "
        "from ml.demand_estimates where company_id = %s and business_date = %s order by 2",
        COMPANY,
        SUNDAY,
    )
    assert short
    assert told == [(*row, True, "stockout_days", "again") for row in short]


def test_a_new_week_trains_a_new_version_and_keeps_the_earlier_run(trained: dict[str, Any]) -> None:
    predict(COMPANY, SUNDAY, "kept")
    newer = train(COMPANY, NEXT_SUNDAY, "next")
    assert newer["status"] == "trained"
    assert newer["model_version"] != trained["model_version"]
    assert newer["is_champion"] is True
    predict(COMPANY, NEXT_SUNDAY, "next")
    counts = rows(
        "select business_date, run_id, count(*) from ml.demand_forecast_predictions where company_id = %s "
        "group by 1, 2 order by 1",
        COMPANY,
    )
    assert counts == [(SUNDAY, "kept", 13 * FORECAST), (NEXT_SUNDAY, "next", 13 * FORECAST)]
    # A past date is forecast again by the version of its time, from the data of its time.
    assert predict(COMPANY, SUNDAY, "replayed")["model_version"] == trained["model_version"]


def test_a_changed_policy_trains_again_within_the_week(trained: dict[str, Any]) -> None:
    set_horizon(COMPANY, 8)
    try:
        changed = train(COMPANY, SUNDAY, "shorter")
    finally:
        set_horizon(COMPANY, POLICY["horizon_weeks"])
    assert changed["status"] == "trained"
    assert changed["model_version"] != trained["model_version"]
    # Whoever trains last for a week serves it, so this restores what the other tests expect.
    assert train(COMPANY, SUNDAY, "as before", force=True)["model_version"] == trained["model_version"]


def set_horizon(company: str, weeks: int) -> None:
    with connect(Role.LOADER) as connection:
        connection.execute(
            "update ops.policies set policy_value = %s where company_id = %s and policy_name = %s",
            [str(weeks), company, "forecast.horizon_weeks"],
        )


def test_unknown_company_is_told_what_to_do(core_tables: None) -> None:
    for act in (train, predict):
        with pytest.raises(ValueError, match=r"has no forecast\.\w+: load the company first"):
            act("unknowncompany", SUNDAY, "x")


@pytest.mark.parametrize(
    ("company", "status", "reason", "series", "fallbacks"),
    [
        pytest.param(ONE_WEEK, "insufficient", "a backtest needs 9 periods of history, got 1", 3, 3, id="one-week"),
        pytest.param(ONE_ITEM, "trained", None, 1, 0, id="one-item"),
        pytest.param(NO_SALES, "insufficient", "no cut-off has a series to learn from", 3, 0, id="nothing-ever-sold"),
    ],
)
def test_little_history_still_gets_a_forecast(
    core_tables: None, company: str, status: str, reason: str | None, series: int, fallbacks: int
) -> None:
    result = train(company, SUNDAY, "first")
    assert result["status"] == status
    assert (reason or "") in result.get("reason", "")
    assert result["is_champion"] is True
    assert train(company, SUNDAY, "again")["status"] == "skipped"
    for run in ("one", "two"):
        written = predict(company, SUNDAY, run)
        assert (written["rows"], written["series"], written["fallback_series"]) == (13 * series, series, fallbacks)
    found = rows(
        "select count(*), count(distinct run_id), bool_and(mean_quantity >= 0 and q10_quantity >= 0), "
        "max(mean_quantity) from ml.demand_forecast_predictions where company_id = %s",
        company,
    )
    assert found[0][:3] == (13 * series, 1, True)
    assert (found[0][3] > 0) == (company != NO_SALES)
    champions = "select count(*) from ml.model_registry where company_id = %s and status = 'champion'"
    assert rows(champions, company) == [(1,)]


def test_too_little_history_never_displaces_a_judged_champion(core_tables: None) -> None:
    judged = train(ONE_ITEM, SUNDAY, "judged", force=True)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "update core.fct_demand_weekly set sold_quantity = 0 where company_id = %s and week_start_date <= %s",
            [ONE_ITEM, SUNDAY],
        )
    later = train(ONE_ITEM, NEXT_SUNDAY, "emptied")
    assert (later["status"], later["model_version"]) == ("insufficient", judged["model_version"])


@pytest.mark.parametrize(
    ("company", "reason"),
    [
        pytest.param(EMPTY, "no demand of nodemand up to the week of 2018-02-19", id="no-demand"),
        pytest.param(NOT_ACTIVE, "notactive has no active item", id="no-active-item"),
    ],
)
def test_nothing_to_forecast_is_no_failure(core_tables: None, company: str, reason: str) -> None:
    result = train(company, SUNDAY, "first")
    assert result["status"] == ("insufficient" if company == EMPTY else "trained")
    written = predict(company, SUNDAY, "first")
    assert (written["status"], written["rows"]) == ("empty", 0)
    assert reason in written["reason"]


def test_command_line_prints_the_result_as_json(trained: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "ml.demand_forecast", "predict", "--company", COMPANY, "--date", str(SUNDAY)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 13 * FORECAST
    failed = subprocess.run(
        [*command[:-1], "2018-01-07"], cwd=PROJECT_DIR, env=os.environ, capture_output=True, text=True, check=False
    )
    assert failed.returncode != 0
    assert "train --company forecasttest --date 2018-01-07" in failed.stderr
    assert "Traceback" not in failed.stderr
