"""Small landing zones: journey with 30 planned products and its first 60 days, and a year of a fictitious company."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from samples.journey.landing import generate
from samples.journey.source import SourceMissingError, data_dir
from samples.synth.landing import generate as generate_synth
from samples.synth.plan import Plan

SEED = 7
THROUGH = date(2017, 3, 1)
PRODUCTS = 30


@dataclass(frozen=True)
class Landing:
    """Landing folder, what the replay drew for it, and what it was made with."""

    folder: Path
    truth: dict[str, Any]
    through: date
    seed: int = SEED
    products: int = PRODUCTS


@pytest.fixture(scope="session")
def real_data() -> Path:
    try:
        return data_dir()
    except SourceMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def make_landing(real_data: Path) -> Callable[..., Landing]:
    def make(folder: Path, through: date = THROUGH) -> Landing:
        truth = folder.parent / "truth.json"
        generate(folder, truth, SEED, through, PRODUCTS)
        return Landing(folder, json.loads(truth.read_text()), through)

    return make


@pytest.fixture(scope="session")
def landing(make_landing: Callable[..., Landing], tmp_path_factory: pytest.TempPathFactory) -> Landing:
    return make_landing(tmp_path_factory.mktemp("first") / "journey")


@pytest.fixture
def extracts(landing: Landing) -> duckdb.DuckDBPyConnection:
    """The extract files as views, read by DuckDB without the project's ingest."""
    erp = landing.folder / "erp"
    connection = duckdb.connect()
    connection.execute(
        f"""
        create view movements as
        select *, POSTED_AT::date as day
        from read_csv('{erp}/stock_movements_*.csv.gz', types = {{'ITEM_NO': 'varchar'}});
        create view snapshots as
        select * replace (lpad(ITEM_NO::varchar, 10, '0') as ITEM_NO)
        from read_parquet('{erp}/stock_on_hand_*.parquet');
        create view receipts as
        select * from read_csv('{erp}/goods_receipts_*.tsv', delim = '\t', types = {{'ITEM_NO': 'varchar'}});
        create view order_versions as
        select * from read_csv('{erp}/purchase_orders_*.csv', delim = ';', dateformat = '%m/%d/%Y', filename = true);
        create view line_versions as
        select *, filename[-14:-5]::date as day
        from read_csv('{erp}/purchase_order_lines_*.csv', delim = ';', dateformat = '%m/%d/%Y', filename = true,
            types = {{'ITEM_NO': 'varchar'}});
        """
    )
    return connection


@dataclass(frozen=True)
class Synth:
    """A fictitious company on disk.

    Attributes:
        folder: Its landing folder.
        plan: Its size.
        extracts: Views over files and truth, read by DuckDB without the project's ingest.
    """

    folder: Path
    plan: Plan
    extracts: duckdb.DuckDBPyConnection


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    folder, plan = tmp_path_factory.mktemp("synth") / "synth", Plan(places=6, skus=200, years=1.0, seed=11)
    generate_synth(folder, plan)
    connection = duckdb.connect()
    for name in (
        "items",
        "pairs",
        "suppliers",
        "demand_weekly",
        "factors_weekly",
        "fake_orders",
        "overbuys",
        "slow_movers",
    ):
        connection.execute(f"create view true_{name} as from '{folder}/truth/{name}.parquet'")
    connection.execute(
        f"""
        create view sales as from '{folder}/pos/sales_*.parquet';
        create view returns as from '{folder}/pos/returns_*.csv';
        create view movements as select *, POSTED_AT::date as day from read_csv('{folder}/erp/stock_movements_*.csv',
            types = {{'FROM_PLANT': 'varchar', 'TO_PLANT': 'varchar', 'MVT': 'varchar'}});
        create view stock as from '{folder}/erp/stock_on_hand_*.parquet';
        create view plants as from '{folder}/erp/plants_*.csv';
        create view receipts as from '{folder}/erp/goods_receipts_*.csv';
        create view order_lines as
        from read_csv('{folder}/erp/purchase_order_lines_*.csv', filename = true, types = {{'STAT_CD': 'varchar'}})
        qualify row_number() over (partition by PO_NBR, POS_NR order by filename desc) = 1;
        create view orders as
        from read_csv('{folder}/erp/purchase_orders_*.csv', filename = true, types = {{'STAT_CD': 'varchar'}})
        qualify row_number() over (partition by PO_NBR order by filename desc) = 1;
        """
    )
    return Synth(folder, plan, connection)
