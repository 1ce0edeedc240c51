"""Promotions of the weeks to come, from core tables into the forecast, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train
from warehouse.connection import Role, connect
from warehouse.drift_policy import Drift

pytestmark = pytest.mark.integration

COMPANY, SUNDAY, LEAD = "promotiontest", date(2018, 7, 1), 4
POLICY = {
    "horizon_weeks": 6,
    "season_weeks": 52,
    "backtest_cutoffs": 2,
    "retrain_weeks": 1,
    "champion_margin": 0.01,
    "promotion_lead_weeks": LEAD,
    "stockouts_lose_sales": "true",
    **Drift().model_dump(),
}
TABLES = """
drop table if exists core.fct_demand_weekly, core.dim_planning_item, core.fct_promotions_weekly cascade;
create table core.fct_promotions_weekly as
select
    %(company)s::text as company_id, lpad(product::text, 3, '0') as product_id, 'DC1'::text as planning_location_id,
    week::date as week_start_date, 0.5::numeric(9, 6) as promoted_share
from generate_series(1, 40) as product
cross join generate_series(date '2017-01-02', date '2018-08-06', interval '7 days') as week
-- One week in twelve without any pattern: of what lies behind the lead the forecast can know nothing.
where abs(hashtext('promotion' || product || '/' || week::date)) %% 12 = 0;
create table core.fct_demand_weekly as
select
    %(company)s::text as company_id, lpad(product::text, 3, '0') as product_id, 'DC1'::text as planning_location_id,
    week::date as week_start_date,
    case when promotions.promoted_share > 0 then 3.0 else 1 end
    * (15 + abs(hashtext(product || '/' || week::date)) %% 11) as sold_quantity,
    false as is_stockout_week, 0::smallint as stockout_days, coalesce(promotions.promoted_share, 0) as promoted_share
from generate_series(1, 40) as product
cross join generate_series(date '2017-01-02', date '2018-06-25', interval '7 days') as week
left join core.fct_promotions_weekly as promotions
    on promotions.product_id = lpad(product::text, 3, '0') and promotions.week_start_date = week::date;
create table core.dim_planning_item as
select distinct
    company_id, product_id, planning_location_id, true as is_active, 'food'::text as category_1,
    null::text as category_2, null::text as category_3, null::text as brand, null::text as predecessor_product_id
from core.fct_demand_weekly;
"""


@pytest.fixture(scope="module")
def forecast(warehouse: object) -> Iterator[list[dict[str, Any]]]:
    with connect(Role.TRANSFORMER) as connection:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement, {"company": COMPANY})  # type: ignore[arg-type]
    with connect(Role.LOADER) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.policies (company_id, policy_name, policy_value) values (%s, %s, %s)",
            [(COMPANY, f"forecast.{name}", str(value)) for name, value in POLICY.items()],
        )
    train(COMPANY, SUNDAY, "test")
    predict(COMPANY, SUNDAY, "test")
    with connect(Role.ANALYST) as connection:
        rows = connection.execute(
            """
            select
                horizon_week, promotions.product_id is not null as is_promoted, predictions.promoted_share,
                avg(mean_quantity) as mean, avg(baseline_quantity) as base
            from ml.demand_forecast_predictions as predictions
            left join core.fct_promotions_weekly as promotions using (company_id, product_id, week_start_date)
            where company_id = %s
            group by 1, 2, 3 order by 1, 2
            """,
            [COMPANY],
        ).fetchall()
    yield [dict(zip(("week", "is_promoted", "share", "mean", "base"), row, strict=True)) for row in rows]
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop table core.fct_demand_weekly, core.dim_planning_item, core.fct_promotions_weekly")
    with connect(Role.MODELER) as connection:
        for table in ("model_registry", "demand_forecast_predictions", "demand_forecast_backtests", "demand_estimates"):
            connection.execute(
                f"delete from ml.{table} where company_id = %s",  # type: ignore[arg-type]
                [COMPANY],
            )
    with connect(Role.LOADER) as connection:
        connection.execute("delete from ops.policies where company_id = %s", [COMPANY])


def test_promoted_weeks_are_forecast_above_the_baseline(forecast: list[dict[str, Any]]) -> None:
    """Usual demand is 20 on average, three times as much in promoted weeks."""
    inside = [row for row in forecast if row["week"] <= LEAD]
    promoted, usual = ([row for row in inside if row["is_promoted"] is flag] for flag in (True, False))
    assert {(row["week"], row["share"]) for row in promoted} == {(week, 0.5) for week in range(1, LEAD + 1)}
    assert {row["share"] for row in usual} == {0}
    for row in promoted:
        assert float(row["mean"]) == pytest.approx(60, rel=0.2)
        assert float(row["base"]) == pytest.approx(20, rel=0.2)
    for row in usual:
        assert float(row["mean"]) == pytest.approx(20, rel=0.2)
        assert float(row["base"]) == pytest.approx(20, rel=0.2)


def test_promotions_behind_the_lead_are_not_used(forecast: list[dict[str, Any]]) -> None:
    behind = [row for row in forecast if row["week"] > LEAD]
    assert {row["share"] for row in behind} == {None}
    assert {row["is_promoted"] for row in behind} == {True, False}
    # One week in twelve is promoted, which of them nobody knows: (11 x 20 + 60) / 12.
    for row in behind:
        assert float(row["mean"]) == pytest.approx(280 / 12, rel=0.15)
        # A promotion of the last week of the lead may still show in the week after it.
        assert float(row["base"]) == pytest.approx(float(row["mean"]), rel=0.01)
