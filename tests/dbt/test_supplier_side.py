"""A supplier's side alone: the real deliveries of SCMS reach the scorecards, and the other marts build empty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
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


@pytest.mark.usefixtures("built")
def test_supplier_scorecard_counts_every_line_due() -> None:
    # 10,324 lines, 1,186 of them late; a few are promised for after the last delivery and have come before.
    due, late, value = query(
        "select sum(lines_due_count), sum(lines_due_count - lines_on_time_count), sum(ordered_amount) "
        "from marts.mart_supplier_scorecard_monthly"
    )[0]
    facts = query("select count(*) from core.fct_purchase_order_lines where due_date <= date '2015-09-14'")
    assert (due, late) == (facts[0][0], 1_186)
    ahead = query("select sum(line_amount) from core.fct_purchase_order_lines where due_date > date '2015-09-14'")
    assert str(value + (ahead[0][0] or 0)) == "1627584457.2900"


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
