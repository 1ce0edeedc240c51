"""A file that lands during the day is in stock status after the next look, and in everything else after the night."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from raw_rows import query

from dags.common.refreshing import RefreshError, refresh_all
from ingest.ddl import create_raw_tables
from ingest.load import load_company
from warehouse.batches import set_gate_status
from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.publish import publish
from warehouse.settings import Settings, get_settings

COMPANY = "till_shop"
FIRST, SECOND, THIRD = date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 1)
SOURCES = """\
company: {name: Till Shop, currency: USD, timezone: UTC, country: US}
sources:
  office:
    location: ${LANDING}
    feeds:
      - entity: products
        files: items_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          product_id: ITEM
          product_name: NAME
          uom: {constant: EA}
          status: {constant: active}
          is_stocked: {constant: true}
      - entity: inventory_snapshots
        files: stock_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          snapshot_date: DAY
          location_id: {constant: shop}
          product_id: ITEM
          stock_condition: {constant: unrestricted}
          on_hand_quantity: ON_HAND
          currency: {constant: USD}
          uom: {constant: EA}
"""

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Till:
    """The company, and where its files land."""

    landing: Path

    def count(self, day: date, moment: str, *counted: tuple[str, int]) -> None:
        """Land a list of all stock of the shop, written a minute ago."""
        path = self.landing / f"stock_{day}_{moment}.csv"
        path.write_text("DAY,ITEM,ON_HAND\n" + "".join(f"{day},{item},{quantity}\n" for item, quantity in counted))
        minute_ago = time.time() - 60
        os.utime(path, (minute_ago, minute_ago))

    def night(self, day: date) -> None:
        """Run what the chain runs, for two marts."""
        batch_id = load_company(COMPANY, day).batch_id
        set_gate_status(batch_id, "passed", "test")
        build_id = claim_batches(COMPANY, day)
        start_build(build_id)
        run_dbt(["run", "--select", "+mart_stock_status", "+mart_kpi_weekly"], COMPANY, day, build_id)
        complete_build(build_id)
        assert publish(COMPANY, day)


@pytest.fixture(scope="module")
def till(module_warehouse: Settings) -> Iterator[Till]:
    companies = module_warehouse.state_dir / "till_companies"
    (companies / COMPANY).mkdir(parents=True)
    (companies / COMPANY / "sources.yml").write_text(SOURCES)
    (companies / COMPANY / "policy.yml").write_text("{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORW_COMPANIES_DIR", str(companies))
        get_settings.cache_clear()
        create_raw_tables()
        till = Till(get_settings().landing_dir / COMPANY)
        till.landing.mkdir(parents=True)
        (till.landing / f"items_{FIRST}.csv").write_text("ITEM,NAME\ntea,Tea\npot,Pot\n")
        till.count(FIRST - timedelta(days=1), "2000", ("tea", 9), ("pot", 3))
        till.count(FIRST, "2000", ("tea", 8), ("pot", 3))
        till.night(FIRST)
        yield till
    get_settings.cache_clear()


def stock() -> list[tuple[str, int, str]]:
    return query(
        "select product_id, on_hand_quantity::integer, as_of_date::text from marts.mart_stock_status order by 1 desc"
    )


def test_day_of_refreshes(till: Till) -> None:
    assert refresh_all("look") == [], "nothing has landed"
    assert stock() == [("tea", 8, "2024-01-30"), ("pot", 3, "2024-01-30")]

    till.count(SECOND, "0900", ("tea", 5), ("pot", 3))
    till.count(THIRD, "0001", ("tea", 999))
    assert refresh_all("look") == [COMPANY]
    assert stock() == [("tea", 5, "2024-01-31"), ("pot", 3, "2024-01-31")], "a later day is not open yet"

    # Half written: it is left for the next look.
    till.count(SECOND, "0901", ("tea", 5), ("pot", 7))
    minute_ahead = time.time() + 60
    os.utime(till.landing / f"stock_{SECOND}_0901.csv", (minute_ahead, minute_ahead))
    assert refresh_all("look") == []
    till.count(SECOND, "0901", ("tea", 5), ("pot", 1))
    assert refresh_all("look") == [COMPANY]
    assert stock() == [("tea", 5, "2024-01-31"), ("pot", 1, "2024-01-31")]

    # Stock of a day to come is refused as a batch, and nobody sees it.
    path = till.landing / f"stock_{SECOND}_0902.csv"
    path.write_text(f"DAY,ITEM,ON_HAND\n{SECOND + timedelta(days=300)},tea,1\n")
    os.utime(path, (time.time() - 60,) * 2)
    with pytest.raises(RefreshError, match=COMPANY):
        refresh_all("look")
    assert stock() == [("tea", 5, "2024-01-31"), ("pot", 1, "2024-01-31")]
    path.unlink()
    assert refresh_all("look") == [], "a file is tried once"

    # What is accepted and was not shown, because a refresh broke off, is shown by the next look.
    with connect(Role.OWNER) as connection:
        partial = "select publication_id from ops.publications where is_partial"
        connection.execute(f"delete from ops.publication_marts where publication_id in ({partial})")
        connection.execute("delete from ops.publications where is_partial")
    assert refresh_all("look") == [COMPANY]

    # While somebody loads, a refresh stands back.
    with connect(Role.OWNER) as connection:
        opened = "insert into ops.batches (company_id, business_date) values (%s, %s) returning batch_id"
        row = connection.execute(opened, [COMPANY, SECOND]).fetchone()
    till.count(SECOND, "0903", ("tea", 5), ("pot", 2))
    assert refresh_all("look") == []
    with connect(Role.OWNER) as connection:
        connection.execute("delete from ops.batches where batch_id = %s", row)

    # So it does while a run has begun that may still fail its tests.
    claim_batches(COMPANY, SECOND)
    assert refresh_all("look") == []

    (till.landing / f"stock_{THIRD}_0001.csv").unlink()
    till.night(SECOND)
    assert stock() == [("tea", 5, "2024-01-31"), ("pot", 2, "2024-01-31")]
    assert query("select max(closing_date)::text from marts.mart_kpi_weekly") == [("2024-01-31",)]
