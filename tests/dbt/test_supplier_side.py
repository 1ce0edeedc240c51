"""A supplier's side alone: the real deliveries of SCMS reach the scorecards, and the other marts build empty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import scms_oracle
from raw_rows import query

from expectations.gate import accept, judge
from ingest.ddl import create_raw_tables
from ingest.load import load_company
from warehouse.builds import claim_batches, complete_build
from warehouse.layers import build_layer
from warehouse.publish import publish
from warehouse.selections import LAYERS
from warehouse.settings import Settings

COMPANY = "scms"
DAY = date(2015, 9, 14)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def built(module_warehouse: Settings, real_data: Path) -> None:
    create_raw_tables()
    batch = load_company(COMPANY, DAY).batch_id
    assert judge(COMPANY, DAY, batch, "test")["failed_critical"] == 0
    accept(batch)
    build_id = claim_batches(COMPANY, DAY)
    for layer in LAYERS:
        build_layer(layer, build_id, COMPANY, DAY)
    complete_build(build_id)
    assert publish(COMPANY, DAY)


@pytest.fixture(scope="module")
def deliveries(real_data: Path) -> pd.DataFrame:
    """The source file, read by pandas."""
    return scms_oracle.deliveries(real_data)


@pytest.mark.usefixtures("built")
def test_supplier_scorecard_counts_every_line_due() -> None:
    # 10,324 lines, 1,186 of them late; a few are promised for after the last delivery and have come before.
    due, late, value = query(
        "select sum(lines_due_count), sum(lines_due_count - lines_on_time_count), sum(due_amount) "
        "from marts.mart_supplier_scorecard_monthly"
    )[0]
    facts = query("select count(*) from core.fct_purchase_order_lines where due_date <= date '2015-09-14'")
    assert (due, late) == (facts[0][0], 1_186)
    ahead = query("select sum(line_amount) from core.fct_purchase_order_lines where due_date > date '2015-09-14'")
    assert str(value + (ahead[0][0] or 0)) == "1627584457.2900"


@pytest.mark.usefixtures("built")
def test_lead_times_are_those_of_the_file(deliveries: pd.DataFrame) -> None:
    expected = scms_oracle.lead_times(deliveries, "2013-12", shrinkage=10)
    rows = query(
        "select supplier_id, lead_time_receipts_count, lead_time_days_mean::float, lead_time_days_sd::float, "
        "lead_time_cv::float, lead_time_days_mean_shrunk::float, lead_time_days_sd_shrunk::float "
        "from intermediate.int_supplier_lead_times_monthly where month_start_date = date '2013-12-01'"
    )
    assert {row[0] for row in rows} == set(expected.index)
    assert expected["n"].max() > 300
    for vendor, count, *found in rows:
        of = expected.loc[vendor]
        assert count == of["n"], vendor
        if count > 1 and of["mean"] > 0:
            figures = [of["mean"], of["sd"], of["sd"] / of["mean"], of["mean_shrunk"], of["sd_shrunk"]]
            assert found == pytest.approx(figures, abs=6e-4), vendor


@pytest.mark.usefixtures("built")
def test_scorecard_uses_lead_times_from_eight_deliveries_on(deliveries: pd.DataFrame) -> None:
    expected = scms_oracle.lead_times(deliveries, "2013-12", shrinkage=10)["n"]
    rows = query(
        "select supplier_id, lead_time_receipts_count, lead_time_cv_shrunk is not null, lead_time_part is not null "
        "from marts.mart_supplier_scorecard_monthly where month_start_date = date '2013-12-01'"
    )
    assert rows
    for vendor, count, has_cv, has_part in rows:
        assert count == expected.get(vendor), vendor
        assert has_cv is has_part is bool(expected.get(vendor, 0) >= 8), vendor
    assert {has_cv for _, _, has_cv, _ in rows} == {True, False}


@pytest.mark.usefixtures("built")
def test_price_volatility_is_that_of_the_file(deliveries: pd.DataFrame) -> None:
    expected = scms_oracle.price_cvs(deliveries, "2014-06")
    prices = query(
        "select supplier_id, product_id, price_cv::float from marts.mart_purchase_price_monthly "
        "where month_start_date = date '2014-06-01'"
    )
    found = {(vendor, product): cv for vendor, product, cv in prices}
    assert found.keys() == set(expected.index)
    known = expected[expected["cv"].notna()]
    assert len(known) > 30
    # Prices of a few cents, rounded to four places.
    assert {key: cv for key, cv in found.items() if cv is not None} == pytest.approx(known["cv"].to_dict(), abs=1e-5)
    weighed = (known["cv"] * known["quantity"]).groupby("vendor").sum() / known["quantity"].groupby("vendor").sum()
    suppliers = query(
        "select supplier_id, price_cv::float from intermediate.int_supplier_prices_monthly "
        "where month_start_date = date '2014-06-01' and price_cv is not null"
    )
    assert dict(suppliers) == pytest.approx(weighed.to_dict(), abs=1e-5)


@pytest.mark.usefixtures("built")
def test_placeholders_are_no_prices(deliveries: pd.DataFrame) -> None:
    priced = deliveries[deliveries["price"] > scms_oracle.PLACEHOLDER_PRICE]
    # 103 lines of a cent or nothing; the dearest of them came to 50,000 on an index of 100.
    assert len(deliveries) - len(priced) == 103
    ahead = query(
        "select count(*) from core.fct_purchase_order_lines where coalesce(order_date, due_date) > '2015-09-14'"
    )
    found = query(
        "select sum(lines_count)::int, min(unit_price)::float, max(price_index)::float, max(ppv_last_pct)::float "
        "from marts.mart_purchase_price_monthly"
    )
    # 0.39 is the least that was paid, and 20 times the price before the most that a price rose.
    assert found == [(len(priced) - ahead[0][0], 0.39, 2000, 19)]


@pytest.mark.usefixtures("built")
def test_concentration_is_that_of_the_file(deliveries: pd.DataFrame) -> None:
    expected = scms_oracle.product_shares(deliveries, "2014-06").to_dict()
    rows = query(
        "select supplier_id, product_share_pct::float from marts.mart_supply_risk_monthly "
        "where month_start_date = date '2014-06-01'"
    )
    assert dict(rows) == pytest.approx(expected, abs=1e-6)


@pytest.mark.usefixtures("built")
def test_what_the_source_does_not_tell_is_unknown() -> None:
    # No rejects, received or confirmed quantities, terms or standard costs: none may read as a perfect supplier.
    told = "count(reject_pct), count(quality_part), count(confirmation_part), count(price_part)"
    assert query(f"select {told} from marts.mart_supplier_scorecard_monthly") == [(0, 0, 0, 0)]
    told = "count(in_full_pct), count(otif_pct), count(lines_otif_count), count(fill_rate_pct), count(in_full_part)"
    assert query(f"select {told}, count(on_time_pct) > 0 from marts.mart_supplier_scorecard_monthly") == [
        (0, 0, 0, 0, 0, True)
    ]
    compared = "select count(ppv_standard_amount), count(ppv_contract_amount) from marts.mart_purchase_price_monthly"
    assert query(compared) == [(0, 0)]
    known = query("select max(score_known_share)::float, count(score) > 0 from marts.mart_supplier_scorecard_monthly")
    assert known == [(pytest.approx(0.5), True)]
    few = "from marts.mart_supplier_scorecard_monthly where score_known_share < 0.4"
    assert query(f"select distinct standing, score {few}") == [("unrated", None)]


@pytest.mark.usefixtures("built")
def test_progress_has_what_came_in_the_last_thirty_days(deliveries: pd.DataFrame) -> None:
    came = deliveries["delivered"].between("2015-08-15", "2015-09-14")
    found = query(
        "select stage, count(*), sum(open_quantity)::int from marts.mart_purchase_order_progress group by stage"
    )
    assert found == [("complete", came.sum(), 0)]


@pytest.mark.usefixtures("built")
def test_carrier_scorecard_counts_every_shipment_due() -> None:
    found = query(
        "select sum(shipments_due_count), sum(shipments_due_count - shipments_on_time_count) "
        "from marts.mart_carrier_scorecard_monthly"
    )
    late = "count(*) filter (where delivered_date > promised_date)"
    assert found == query(f"select count(*), {late} from core.fct_shipments where promised_date <= date '2015-09-14'")
    assert query("select count(*) from core.fct_shipments") == [(7_030,)]


@pytest.mark.usefixtures("built")
def test_marts_of_sales_and_stock_are_empty() -> None:
    for mart in ("mart_sales_daily", "mart_kpi_weekly"):
        assert query(f"select count(*) from marts.{mart}") == [(0,)], mart
