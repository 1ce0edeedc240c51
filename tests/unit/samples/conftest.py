"""A small landing zone of journey: 30 planned products, the first 60 days."""

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
