"""The raw gate passes good deliveries and catches one seeded defect per expectation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import count

import psycopg
import pytest
from gate_defects import AMOUNTS, Defect, all_defects, scaled
from gate_deliveries import BUSINESS_DATE, COUNT, Row
from gate_loading import count as count_rows
from gate_loading import insert, load_history, open_batch, record
from gate_trade import GOOD

from expectations.run import QualityGateError, check
from expectations.scope import Scope, ScopeError
from expectations.suites import RAW
from warehouse import thresholds
from warehouse.connection import Role, connect
from warehouse.policy import Policy

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("warehouse")]

DEFECTS = all_defects(list(RAW))
_companies = count(1)

Failures = set[tuple[str, str]]


def new_company(*counted: str) -> str:
    """A company with an accepted history, of which some entities were counted while they were loaded."""
    name = f"gate_raw_{next(_companies)}"
    with connect(Role.LOADER) as connection:
        load_history(connection, name, counted)
    return name


@pytest.fixture
def company() -> str:
    """A company of its own for each test, with an accepted history."""
    return new_company()


def deliver(
    company: str,
    entities: list[str],
    change: Callable[[list[Row]], list[Row]] = list,
    ledger: tuple[int, int] | None = None,
    *,
    is_counted: bool = False,
) -> int:
    with connect(Role.LOADER) as connection:
        batch = open_batch(connection, company, BUSINESS_DATE)
        for entity in entities:
            rows = change(GOOD[entity](BUSINESS_DATE))
            insert(connection, company, batch, entity, rows)
            load = record(connection, company, batch, entity, BUSINESS_DATE, *(ledger or (len(rows), 0)))
            if is_counted:
                count_rows(connection, company, batch, entity, load)
    return batch


def results(company: str) -> list[dict[str, object]]:
    with connect(Role.OWNER) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        return cursor.execute(
            "select * from ops.quality_results where company_id = %s order by result_id", [company]
        ).fetchall()


def failures(company: str) -> Failures:
    failed = [row for row in results(company) if not row["success"]]
    return {(rule_of(row), str(row["severity"])) for row in failed}


def rule_of(row: dict[str, object]) -> str:
    is_measure = row["expectation_type"] == "expect_column_max_to_be_between"
    return str(row["column_name" if is_measure else "expectation_type"])


def test_good_delivery_of_everything_passes(company: str) -> None:
    batch = deliver(company, list(RAW))
    summary = check("raw", company, BUSINESS_DATE, batch, run_id="good")
    recorded = results(company)
    assert failures(company) == set()
    assert summary["evaluated"] == len(recorded) > 100
    assert (summary["failed_critical"], summary["failed_warning"], summary["skipped"]) == (0, 0, [])
    assert {row["run_id"] for row in recorded} == {"good"}
    assert {row["batch_id"] for row in recorded} == {batch}
    assert {str(row["suite_name"]).removesuffix("_rows") for row in recorded} == {f"raw_{entity}" for entity in RAW}
    assert {row["element_count"] for row in recorded} == {COUNT}


@pytest.fixture
def counted_company() -> str:
    """The same, whose history of sales was counted while it was loaded."""
    return new_company("sales_lines")


@pytest.mark.parametrize("is_counted", [False, True], ids=["read", "counted"])
@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
def test_seeded_defect_is_found(defect: Defect, is_counted: bool) -> None:
    company = new_company(*([defect.entity] if is_counted else ()))
    batch = deliver(company, [defect.entity], defect.change, defect.ledger, is_counted=is_counted)
    if any(severity == "critical" for _, severity in defect.expected):
        with pytest.raises(QualityGateError, match=rf"raw_{defect.entity}"):
            check("raw", company, BUSINESS_DATE, batch)
    else:
        assert check("raw", company, BUSINESS_DATE, batch)["failed_warning"] == len(defect.expected)
    assert failures(company) == defect.expected


def test_counted_delivery_is_judged_without_reading_it(counted_company: str) -> None:
    batch = deliver(counted_company, ["sales_lines"], is_counted=True)
    # Whatever was loaded: were it read, nothing would be found, and days and prices would have changed.
    with connect(Role.OWNER) as connection:
        connection.execute("delete from raw.sales_lines where company_id = %s", [counted_company])
    summary = check("raw", counted_company, BUSINESS_DATE, batch)
    assert (summary["failed_critical"], summary["failed_warning"]) == (0, 0)
    observed = {rule_of(row): row["observed_value"] for row in results(counted_company)}
    assert (observed["days_since_last_sale"], observed["lowest_day_ratio"]) == ("0", "1")


def test_delivery_counted_in_part_is_read(counted_company: str) -> None:
    batch = deliver(counted_company, ["sales_lines"], is_counted=True)
    with connect(Role.LOADER) as connection:
        bad = [row | {"line_number": 9, "product_id": "nobody"} for row in GOOD["sales_lines"](BUSINESS_DATE)]
        insert(connection, counted_company, batch, "sales_lines", bad)
        record(connection, counted_company, batch, "sales_lines", BUSINESS_DATE, len(bad))
    check("raw", counted_company, BUSINESS_DATE, batch)
    assert ("unknown_product_share", "warning") in failures(counted_company)


def test_day_counted_twice_is_read(counted_company: str) -> None:
    """Half a day in two loads of the same lines is not a whole day."""
    for _ in range(2):
        batch = deliver(counted_company, ["sales_lines"], lambda rows: rows[:4], is_counted=True)
        with connect(Role.LOADER) as connection:
            connection.execute("update ops.batches set gate_status = 'passed' where batch_id = %s", [batch])
    with pytest.raises(QualityGateError, match="lowest_day_ratio"):
        check("raw", counted_company, BUSINESS_DATE, batch)


def test_every_expectation_has_a_defect() -> None:
    scope = Scope(company_id="any", business_date=BUSINESS_DATE, batch_id=1)
    stated: set[tuple[str, str, str]] = set()
    for entity, build in RAW.items():
        guard = build(scope)
        stated |= {(entity, measure.name, measure.severity) for measure in guard.measures}
        stated |= {(entity, rule.name, rule.severity) for rule in guard.rules}
        stated |= {(entity, rule.name, "critical") for rule in guard.rules if rule.critical_share is not None}
    seeded = {(defect.entity, defect.rule, severity) for defect in DEFECTS for severity in defect.severities}
    assert seeded == stated


def test_error_names_suite_expectation_columns_counts_and_rows(company: str) -> None:
    batch = deliver(
        company,
        ["sales_lines"],
        lambda rows: [row | {"gross_amount": 20, "net_amount": 25} for row in rows[:2]] + rows[2:],
    )
    with pytest.raises(QualityGateError) as caught:
        check("raw", company, BUSINESS_DATE, batch)
    text = str(caught.value)
    assert f"gate raw refused {company} 2024-03-15, batch {batch}: 2 critical" in text
    assert "raw_sales_lines_rows: expect_net_within_gross (gross_amount, net_amount) failed for 2 of 10 rows" in text
    assert "transaction_id=T2024-03-15-0, line_number=1, gross_amount=20.0000, net_amount=25.0000" in text


def test_error_of_a_thin_day_says_what_it_is_and_how_to_let_it_in(company: str) -> None:
    batch = deliver(company, ["sales_lines"], lambda rows: rows[:4])
    with pytest.raises(QualityGateError) as caught:
        check("raw", company, BUSINESS_DATE, batch)
    text = str(caught.value)
    assert "(lowest_day_ratio) is 0.4, allowed at least 0.5 (lines of a day by the fewest of the same weekday" in text
    assert "policy gate.row_count_band allows 50% less)" in text
    assert "If the delivery is right after all, such as that of a holiday" in text
    assert f".venv/bin/python -m ingest release --batch {batch} --reason" in text


def test_failed_rows_hold_keys_and_values(company: str) -> None:
    deliver(company, ["sales_lines"], lambda rows: [row | {"is_return": True} for row in rows[:3]] + rows[3:])
    check("raw", company, BUSINESS_DATE)
    (row,) = [row for row in results(company) if not row["success"]]
    assert (row["unexpected_count"], row["element_count"], float(str(row["unexpected_pct"]))) == (3, 10, 0.3)
    assert row["failed_rows"] == [
        {
            "source_system": "erp",
            "transaction_id": f"T2024-03-15-{n}",
            "line_number": 1,
            "is_return": True,
            "quantity": "2.0000",
        }
        for n in range(3)
    ]


def test_personal_values_are_masked(company: str) -> None:
    deliver(company, ["customers"], lambda rows: [rows[0] | {"erased_at": "2024-01-01 00:00:00+00"}, *rows[1:]])
    with pytest.raises(QualityGateError) as caught:
        check("raw", company, BUSINESS_DATE)
    (row,) = [row for row in results(company) if not row["success"]]
    assert row["failed_rows"][0]["email"] == "***"  # type: ignore[index]
    assert row["failed_rows"][0]["postcode"] is None  # type: ignore[index]
    assert "example.org" not in str(caught.value) + str(row)


def test_few_bad_rows_of_many_only_warn(company: str) -> None:
    deliver(company, ["promotions"], lambda rows: _spread(rows, 20))
    summary = check("raw", company, BUSINESS_DATE)
    assert (summary["failed_critical"], summary["failed_warning"]) == (0, 1)
    assert failures(company) == {("expect_end_not_before_start", "warning")}


def test_batch_without_rows_checks_nothing(company: str) -> None:
    with connect(Role.LOADER) as connection:
        batch = open_batch(connection, company, BUSINESS_DATE)
    summary = check("raw", company, BUSINESS_DATE, batch)
    assert (summary["evaluated"], summary["skipped"]) == (0, list(RAW))
    assert results(company) == []


def test_entities_without_rows_are_named(company: str) -> None:
    deliver(company, ["products"])
    assert check("raw", company, BUSINESS_DATE)["skipped"] == [entity for entity in RAW if entity != "products"]


def test_first_delivery_has_nothing_to_compare_with() -> None:
    name = f"gate_raw_{next(_companies)}"
    deliver(name, list(RAW))
    summary = check("raw", name, BUSINESS_DATE)
    assert (summary["failed_critical"], summary["failed_warning"]) == (0, 0)


def test_first_delivery_without_customers_has_nothing_to_compare_with() -> None:
    name = f"gate_raw_{next(_companies)}"
    deliver(name, ["sales_lines"], lambda rows: [row | {"customer_id": None} for row in rows])
    check("raw", name, BUSINESS_DATE)
    assert ("anonymous_share_shift", "warning") not in failures(name)


def test_refused_history_is_not_compared_with(company: str) -> None:
    with connect(Role.LOADER) as connection:
        connection.execute("update ops.batches set gate_status = 'rejected' where company_id = %s", [company])
    deliver(company, ["sales_lines"], lambda rows: rows[:4])
    check("raw", company, BUSINESS_DATE)
    assert failures(company) == set()


def test_extracts_of_changes_only_are_not_judged_as_full(company: str) -> None:
    with connect(Role.LOADER) as connection:
        found = connection.execute("select batch_id from ops.batches where company_id = %s", [company]).fetchone()
        assert found is not None
        record(connection, company, found[0], "products", date(2024, 1, 1), 900)
    deliver(company, ["products"], lambda rows: rows[:2])
    check("raw", company, BUSINESS_DATE)
    assert failures(company) == set()


def test_repeated_lines_do_not_make_a_busy_day(company: str) -> None:
    deliver(company, ["sales_lines"])
    check("raw", company, BUSINESS_DATE)
    with connect(Role.LOADER) as connection:
        connection.execute("update ops.batches set gate_status = 'passed' where company_id = %s", [company])
    deliver(company, ["sales_lines"])
    check("raw", company, BUSINESS_DATE)
    assert failures(company) == set()


def test_band_comes_from_the_policy(company: str) -> None:
    with connect(Role.LOADER) as connection:
        thresholds.write(connection, company, Policy().texts() | {"gate.row_count_band": "0.7"})
    deliver(company, ["sales_lines"], lambda rows: rows[:4])
    check("raw", company, BUSINESS_DATE)
    assert failures(company) == set()


def _sold_at(*prices: int) -> Callable[[list[Row]], list[Row]]:
    """A change to lines of a product without a list price, one at each of the prices."""
    return lambda rows: [
        rows[0]
        | {"transaction_id": f"X{n}", "product_id": "P-new", "quantity": 1, "discount_amount": None}
        | dict.fromkeys(("unit_price", "gross_amount", "net_amount"), price)
        for n, price in enumerate(prices)
    ]


@pytest.mark.parametrize(
    ("prices", "named"),
    [
        ((3, 3, 1_001), ["1001.0000"]),
        ((3, 3, 1_000), []),
        ((12, 12, 1_199), []),
        ((5_000, 5_000, 499_999), []),
        ((5_000, 5_000, 500_001), ["500001.0000"]),
        ((3, 900_000_000), ["900000000.0000"]),
        ((900_000,), []),
        ((1_000_001,), ["1000001.0000"]),
    ],
    ids=["above", "floor", "factor", "dear", "dear-above", "of-two", "only-one", "only-one-above"],
)
@pytest.mark.parametrize("is_counted", [False, True], ids=["read", "counted"])
def test_price_is_held_against_the_usual_one(prices: tuple[int, ...], named: list[str], is_counted: bool) -> None:
    name = new_company(*(["sales_lines"] if is_counted else ()))
    deliver(name, ["sales_lines"], _sold_at(*prices), is_counted=is_counted)
    with suppress(QualityGateError):
        check("raw", name, BUSINESS_DATE)
    found = [row for row in results(name) if rule_of(row) == "implausible_prices" and row["severity"] == "warning"]
    assert [row["success"] for row in found] == [not named]
    assert [row["net_amount"] for row in found[0]["failed_rows"] or ()] == named  # type: ignore[attr-defined]


def test_one_implausible_price_of_many_warns_and_names_the_line(company: str) -> None:
    def copies(rows: list[Row]) -> list[Row]:
        many = [row | {"transaction_id": f"{row['transaction_id']}-{n}"} for n in range(10) for row in rows]
        price = dict.fromkeys(("unit_price", "gross_amount", "net_amount"), 900_000_000)
        return [many[0] | price | {"quantity": 1, "discount_amount": None}, *many[1:]]

    deliver(company, ["sales_lines"], copies)
    assert check("raw", company, BUSINESS_DATE)["failed_critical"] == 0
    assert ("implausible_prices", "warning") in failures(company)
    (row,) = [row for row in results(company) if not row["success"] and rule_of(row) == "implausible_prices"]
    assert row["observed_value"] == "1"
    (line,) = row["failed_rows"]  # type: ignore[misc]
    assert (line["transaction_id"], line["product_id"]) == ("T2024-03-15-0-0", "P0")


def test_price_limits_come_from_the_policy(company: str) -> None:
    with connect(Role.LOADER) as connection:
        thresholds.write(connection, company, Policy().texts() | {"gate.price_factor": "300"})
    deliver(company, ["sales_lines"], lambda rows: [*scaled(200, *AMOUNTS)(rows[:1]), *rows[1:]])
    check("raw", company, BUSINESS_DATE)
    assert failures(company) == set()


@pytest.mark.parametrize(("batch", "message"), [(999999, "has no batch 999999"), (None, "has no batch for 2024-03-15")])
def test_unknown_batch_is_refused(company: str, batch: int | None, message: str) -> None:
    with pytest.raises(ScopeError, match=message):
        check("raw", company, BUSINESS_DATE, batch)


def test_latest_batch_of_the_date_is_the_default(company: str) -> None:
    deliver(company, ["promotions"], lambda rows: [rows[0] | {"end_date": date(2023, 1, 1)}, *rows[1:]])
    last = deliver(company, ["promotions"])
    assert check("raw", company, BUSINESS_DATE)["batch_id"] == last


def test_unknown_checkpoint_is_refused(company: str) -> None:
    with pytest.raises(ScopeError, match="no checkpoint 'marts'"):
        check("marts", company, BUSINESS_DATE)


def _spread(rows: list[Row], copies: int) -> list[Row]:
    """Two hundred promotions, one of which ends before it starts."""
    good = [row | {"promotion_id": f"{row['promotion_id']}-{n}"} for n in range(copies) for row in rows]
    return [good[0] | {"end_date": good[0]["start_date"].replace(year=2023)}, *good[1:]]
