"""Fake orders of a company whose truth is known: found, kept in sales, and left out of demand."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from raw_rows import query

from expectations.gate import accept
from ingest.companies import latest_business_date
from ingest.load import load_company
from samples.synth.landing import generate
from samples.synth.plan import Plan
from warehouse.builds import claim_batches
from warehouse.dbt import run_dbt
from warehouse.settings import Settings, get_settings

COMPANY = "synth"
MODELS = ("+mart_suspect_sales_daily", "+fct_demand_weekly")

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def built(module_warehouse: Settings) -> None:
    generate(get_settings().landing_dir / COMPANY, Plan(places=4, skus=30, years=0.5, seed=1))
    day = latest_business_date(COMPANY)
    accept(load_company(COMPANY, day).batch_id)
    run_dbt(["run", "--select", *MODELS], COMPANY, day, claim_batches(COMPANY, day))


@pytest.mark.usefixtures("built")
def test_suspects_are_the_fake_orders() -> None:
    truth = pq.read_table(get_settings().landing_dir / COMPANY / "truth" / "fake_orders.parquet").to_pylist()
    fakes = {str(row["transaction"]) for row in truth}
    assert {row["kind"] for row in truth} == {"burst", "price_anomaly", "instant_return"}
    assert {
        row[0] for row in query("select transaction_id from core.fct_suspect_transactions where is_suspect")
    } == fakes
    assert {row[0] for row in query("select transaction_id from core.fct_sales_lines where is_suspect")} == fakes


@pytest.mark.usefixtures("built")
def test_sales_keep_them_and_demand_does_not() -> None:
    totals = json.loads((get_settings().landing_dir / COMPANY / "truth" / "totals.json").read_text())["totals"]
    assert query("select sum(quantity)::int from core.fct_sales_lines") == [(totals["units"],)]
    assert query("select sum(line_count)::int from marts_build.mart_suspect_sales_daily") == [(totals["fake_lines"],)]
    assert query("select sum(sold_quantity)::int from core.fct_demand_weekly") == [
        (totals["units"] - totals["fake_units"],)
    ]
