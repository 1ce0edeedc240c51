"""The gates of model outputs pass good outputs and catch one seeded defect per expectation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg import sql

from expectations.run import QualityGateError, check
from expectations.scope import Scope
from expectations.suites import MODELS, product_health
from warehouse import thresholds
from warehouse.connection import Role, connect
from warehouse.policy import Policy

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("warehouse")]

# A Friday: the last complete week begins on Monday the 4th, the first forecast week on Monday the 11th.
BUSINESS_DATE = date(2024, 3, 15)
LAST_WEEK = date(2024, 3, 4)
WEEKS = 13
ITEMS = 20
LEVELS = ("05", "10", "20", "25", "30", "40", "50", "60", "70", "75", "80", "90", "95", "975")
QUANTILES = [f"q{level}_quantity" for level in LEVELS]
NAN = float("nan")

Row = dict[str, Any]
Change = Callable[[list[Row]], list[Row]]
_companies = count(1)

CORE = {
    "fct_demand_weekly": "company_id text, product_id text, planning_location_id text, week_start_date date, "
    "sold_quantity numeric, closing_on_hand_quantity numeric",
    "dim_planning_item": "company_id text, product_id text, planning_location_id text, is_active boolean",
}


@pytest.fixture(scope="module")
def core() -> Iterator[None]:
    """The two core tables the gates read, with only the columns they read; tables of a real build are kept aside."""
    with connect(Role.TRANSFORMER) as connection:
        aside = [
            name
            for name in CORE
            if connection.execute("select to_regclass(%s) is not null", [f"core.{name}"]).fetchone() == (True,)
        ]
        for name in aside:
            connection.execute(f"alter table core.{name} rename to {name}_aside")
        for name, columns in CORE.items():
            connection.execute(f"create table core.{name} ({columns})")
    yield
    with connect(Role.TRANSFORMER) as connection:
        for name in CORE:
            connection.execute(f"drop table core.{name}")
        for name in aside:
            connection.execute(f"alter table core.{name}_aside rename to {name}")


@pytest.fixture
def company(core: None) -> str:
    """A company of its own for each test: ITEMS active items that sold 10 a week for 13 weeks and have 30 in stock."""
    name = f"gate_model_{next(_companies)}"
    items = [{"company_id": name, "product_id": f"P{n:02}", "planning_location_id": "D1"} for n in range(ITEMS)]
    weekly = [
        item | {"week_start_date": LAST_WEEK - timedelta(weeks=n), "sold_quantity": 10, "closing_on_hand_quantity": 30}
        for item in items
        for n in range(WEEKS)
    ]
    with connect(Role.TRANSFORMER) as connection:
        insert(connection, "core.dim_planning_item", [item | {"is_active": True} for item in items])
        insert(connection, "core.fct_demand_weekly", weekly)
    with connect(Role.LOADER) as connection:
        thresholds.write(connection, name, Policy().texts())
    return name


def insert(connection: psycopg.Connection, table: str, rows: list[Row]) -> None:
    columns = list(rows[0])
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def forecasts(company: str, version: str = "v1") -> list[Row]:
    return [
        {
            "company_id": company,
            "business_date": BUSINESS_DATE,
            "model_version": version,
            "run_id": "r",
            "product_id": f"P{n:02}",
            "planning_location_id": "D1",
            "week_start_date": LAST_WEEK + timedelta(weeks=week),
            "horizon_week": week,
            "demand_class": "smooth",
            "model_name": "boosted_median",
            "is_fallback": False,
            "data_status": "ok",
            "trained_through_date": LAST_WEEK + timedelta(days=6),
            "mean_quantity": 10,
            "naive_quantity": 10,
        }
        | {name: 6 + rank / 2 for rank, name in enumerate(QUANTILES)}
        for n in range(ITEMS)
        for week in range(1, WEEKS + 1)
    ]


def scores(company: str, version: str = "v1") -> list[Row]:
    return [
        {
            "company_id": company,
            "business_date": BUSINESS_DATE,
            "model_version": version,
            "run_id": "r",
            "product_id": f"P{n:02}",
            "planning_location_id": "D1",
            "as_of_date": date(2024, 3, 10),
            "window_start_date": date(2024, 4, 15),
            "window_end_date": date(2024, 7, 14),
            "on_hand_quantity": 30,
            "probability": 0.1 if n else 0.6,
            "risk_band": "low" if n else "high",
            "is_flagged": not n,
            "expected_unsold_quantity": 3,
            "rule_flags": [],
            "reason_1": "cover of 40 weeks",
            "trained_through_date": date(2024, 3, 10),
        }
        for n in range(ITEMS)
    ]


def health(company: str, version: str = "v1") -> list[Row]:
    """Sales stand at 0.8 and weigh a quarter, cover stands at 0.4 and weighs the rest: 20 + 30 = 50."""
    parts: Row = {f"{part}_weight": 0 for part in product_health.PARTS}
    parts |= {"sales_component": 0.8, "sales_weight": 0.25, "cover_component": 0.4, "cover_weight": 0.75}
    return [
        {
            "company_id": company,
            "business_date": BUSINESS_DATE,
            "model_version": version,
            "run_id": "r",
            "product_id": f"P{n:02}",
            "planning_location_id": "D1",
            "as_of_date": date(2024, 3, 10),
            "window_end_date": date(2024, 6, 9),
            "health_score": 50,
            "is_learnt": True,
            "known_share": 1,
            "reason_1": "stock for 200 days: -45.0 of 75.0 points",
            "trained_through_date": date(2024, 3, 10),
        }
        | parts
        for n in range(ITEMS)
    ]


GOOD = {"demand_forecast": forecasts, "slow_movers": scores, "product_health": health}


def write(checkpoint: str, company: str, change: Change = list, version: str = "v1") -> None:
    with connect(Role.MODELER) as connection:
        insert(connection, MODELS[checkpoint][0], change(GOOD[checkpoint](company, version)))


def failed(company: str) -> dict[tuple[str, str], Row]:
    with connect(Role.OWNER) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        rows = cursor.execute(
            "select * from ops.quality_results where company_id = %s and not success", [company]
        ).fetchall()
    measure = "expect_column_max_to_be_between"
    return {
        (row["column_name" if row["expectation_type"] == measure else "expectation_type"], row["severity"]): row
        for row in rows
    }


def first(**values: Any) -> Change:
    return lambda rows: [rows[0] | values, *rows[1:]]


def every(**values: Any) -> Change:
    return lambda rows: [row | values for row in rows]


def without_item(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["product_id"] != "P03"]


def scaled(by: float) -> Change:
    return lambda rows: [row | {name: row[name] * by for name in ("mean_quantity", *QUANTILES)} for row in rows]


C, W = "critical", "warning"
DEFECTS: list[tuple[str, str, str, Change]] = [
    ("demand_forecast", "expect_quantities_to_be_numbers", C, first(q975_quantity=NAN)),
    ("demand_forecast", "expect_quantiles_to_rise_from_zero", C, first(q50_quantity=12)),
    ("demand_forecast", "expect_quantiles_to_rise_from_zero", C, first(q10_quantity=-1)),
    ("demand_forecast", "expect_quantiles_to_rise_from_zero", C, first(q975_quantity=20, q95_quantity=21)),
    ("demand_forecast", "expect_mean_not_negative", C, first(mean_quantity=-1)),
    ("demand_forecast", "expect_mean_within_history", W, first(mean_quantity=51)),
    ("demand_forecast", "items_without_forecast", C, without_item),
    ("demand_forecast", "items_without_every_week", C, lambda rows: rows[1:]),
    ("demand_forecast", "items_without_every_week", C, first(week_start_date=date(2024, 3, 12))),
    ("demand_forecast", "fallback_share", W, every(is_fallback=True)),
    ("demand_forecast", "total_to_recent_demand", W, scaled(3)),
    ("demand_forecast", "total_to_recent_demand", W, scaled(0.25)),
    ("slow_movers", "expect_probability_between_0_and_1", C, first(probability=1.01)),
    ("slow_movers", "expect_probability_between_0_and_1", C, first(probability=NAN)),
    ("slow_movers", "expect_band_of_probability", C, first(probability=0.59)),
    ("slow_movers", "expect_band_of_probability", C, first(risk_band="medium", is_flagged=False, probability=0.61)),
    ("slow_movers", "expect_band_of_probability", C, first(risk_band="medium", is_flagged=False, probability=0.29)),
    ("slow_movers", "expect_band_of_probability", C, first(risk_band="low", is_flagged=False, probability=0.4)),
    ("slow_movers", "expect_flag_of_probability", C, first(is_flagged=False)),
    ("slow_movers", "expect_flag_of_probability", C, first(risk_band="medium", probability=0.49)),
    ("slow_movers", "expect_unsold_within_stock", C, first(expected_unsold_quantity=31)),
    ("slow_movers", "expect_stock_on_hand", W, first(on_hand_quantity=0, expected_unsold_quantity=0)),
    ("slow_movers", "expect_window_after_stock_date", C, first(window_start_date=date(2024, 3, 10))),
    ("slow_movers", "expect_a_reason", C, first(reason_1=" ")),
    ("slow_movers", "unscored_stock_share", W, without_item),
    ("slow_movers", "flagged_share", W, every(probability=0.9, risk_band="high", is_flagged=True)),
    (
        "product_health",
        "expect_health_between_0_and_100",
        C,
        # More than 100 by less than what is granted to rounding, so that the sum is right.
        first(sales_component=1, cover_component=1, health_score=100.0005),
    ),
    (
        "product_health",
        "expect_components_between_0_and_1",
        C,
        first(sales_component=-0.2, cover_component=1, health_score=70),
    ),
    ("product_health", "expect_weights_that_add_up_to_1", C, first(cover_weight=1.5, health_score=80)),
    ("product_health", "expect_health_to_be_the_sum_of_its_parts", C, first(health_score=50.01)),
    ("product_health", "expect_known_share_between_0_and_1", C, first(known_share=1.1)),
    ("product_health", "expect_window_after_the_day", C, first(window_end_date=date(2024, 3, 10))),
    ("product_health", "expect_a_reason", C, first(reason_1=" ")),
    ("product_health", "unscored_stock_share", W, without_item),
]


@pytest.mark.parametrize("checkpoint", MODELS)
def test_good_outputs_pass(company: str, checkpoint: str) -> None:
    write(checkpoint, company)
    summary = check(checkpoint, company, BUSINESS_DATE)
    assert summary["evaluated"] >= 8
    assert (summary["failed_critical"], summary["failed_warning"]) == (0, 0)
    assert failed(company) == {}


def test_flag_that_stays_down_to_its_release_passes(company: str) -> None:
    write("slow_movers", company, first(risk_band="medium", probability=0.5))
    assert check("slow_movers", company, BUSINESS_DATE)["failed_critical"] == 0


@pytest.mark.parametrize(
    ("checkpoint", "rule", "severity", "change"), DEFECTS, ids=[f"{d[0]}-{d[1]}-{n}" for n, d in enumerate(DEFECTS)]
)
def test_seeded_defect_is_found(company: str, checkpoint: str, rule: str, severity: str, change: Change) -> None:
    write(checkpoint, company, change)
    if severity == C:
        with pytest.raises(QualityGateError, match=rule):
            check(checkpoint, company, BUSINESS_DATE)
    else:
        assert check(checkpoint, company, BUSINESS_DATE)["failed_warning"] == 1
    assert set(failed(company)) == {(rule, severity)}


@pytest.mark.parametrize("checkpoint", MODELS)
def test_every_expectation_has_a_defect(checkpoint: str) -> None:
    guard = MODELS[checkpoint][1](Scope(company_id="any", business_date=BUSINESS_DATE))
    stated = {(rule.name, rule.severity) for rule in (*guard.rules, *guard.measures)}
    assert {(rule, severity) for name, rule, severity, _ in DEFECTS if name == checkpoint} == stated


def test_missing_items_are_named(company: str) -> None:
    write("demand_forecast", company, without_item)
    with pytest.raises(
        QualityGateError, match=r"items_without_forecast\) is 1, allowed at most 0, for example product_id=P03"
    ):
        check("demand_forecast", company, BUSINESS_DATE)
    row = failed(company)["items_without_forecast", C]
    assert row["failed_rows"] == [{"product_id": "P03", "planning_location_id": "D1"}]


def test_no_forecast_at_all_is_critical(company: str) -> None:
    with pytest.raises(QualityGateError, match=rf"items_without_forecast\) is {ITEMS}"):
        check("demand_forecast", company, BUSINESS_DATE)


def test_a_sunday_compares_as_many_weeks_as_it_forecasts(company: str) -> None:
    # The week that ends today is known; the one before the last 13 sold too much to be left in by mistake.
    sunday = LAST_WEEK + timedelta(days=6)
    earlier = {"company_id": company, "product_id": "P00", "planning_location_id": "D1", "sold_quantity": 10_000}
    with connect(Role.TRANSFORMER) as connection:
        insert(
            connection, "core.fct_demand_weekly", [earlier | {"week_start_date": LAST_WEEK - timedelta(weeks=WEEKS)}]
        )
    write("demand_forecast", company, every(business_date=sunday))
    assert check("demand_forecast", company, sunday)["failed_warning"] == 0


def test_inactive_items_need_no_forecast(company: str) -> None:
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(
            "update core.dim_planning_item set is_active = false where company_id = %s and product_id = 'P03'",
            [company],
        )
    write("demand_forecast", company, without_item)
    assert check("demand_forecast", company, BUSINESS_DATE)["failed_critical"] == 0


def test_only_the_last_version_is_judged(company: str) -> None:
    write("slow_movers", company, first(probability=0.59))
    write("slow_movers", company, version="v2")
    assert check("slow_movers", company, BUSINESS_DATE)["failed_critical"] == 0


def test_rounding_of_a_stored_probability_is_no_defect(company: str) -> None:
    write("slow_movers", company, first(probability=0.5999999, risk_band="medium", is_flagged=False))
    assert check("slow_movers", company, BUSINESS_DATE)["failed_critical"] == 0


def test_bands_and_horizon_come_from_the_policy(company: str) -> None:
    with connect(Role.LOADER) as connection:
        changed = {"slow_movers.high_probability": "0.5", "forecast.horizon_weeks": "12"}
        thresholds.write(connection, company, Policy().texts() | changed)
    write("slow_movers", company, first(probability=0.55))
    assert check("slow_movers", company, BUSINESS_DATE)["failed_critical"] == 0
    write("demand_forecast", company)
    with pytest.raises(QualityGateError, match=rf"items_without_every_week\) is {ITEMS}"):
        check("demand_forecast", company, BUSINESS_DATE)
