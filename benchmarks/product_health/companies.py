"""Warehouses of sample companies, built up to the star, and the backtest of the index that was trained on them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from benchmarks.workspace import own_state
from ml.product_health.train import train
from warehouse import embedded, frames, schemas
from warehouse.batches import set_gate_status
from warehouse.builds import claim_batches
from warehouse.connection import Role, connect
from warehouse.layers import build_layer
from warehouse.selections import LAYERS
from warehouse.settings import PROJECT_DIR

# What writes the extracts of each company: journey has the sales of a real grocer and replayed stock.
COMPANIES = {
    "synth": ("synth", "--places", "40", "--skus", "800", "--years", "2", "--seed", "5"),
    "journey": ("journey",),
}
BACKTEST = """
select method_name, is_champion, cutoff_date, row_count, target_correlation, sell_through_correlation,
    gmroi_correlation, margin_correlation
from ml.product_health_backtests where model_version = %s order by method_name, cutoff_date
"""


@dataclass(frozen=True)
class Measured:
    """What a backtest found.

    Attributes:
        company: Company.
        table: Rows of ml.product_health_backtests.
        weights: What each indicator weighs in the index put to use, adding up to 1.
    """

    company: str
    table: pd.DataFrame
    weights: dict[str, float]


def measured(company: str) -> Measured:
    """Write, load and build a company in a warehouse of its own, train the index, and return how it did.

    Args:
        company: One of COMPANIES.

    Raises:
        RuntimeError: nothing was loaded, or outcomes are too few to learn from.
    """
    with own_state(), embedded.running_server():
        schemas.initialize()
        _program("ingest", "init")
        _program("samples", *COMPANIES[company])
        day = _built(company)
        found = train(company, day, "benchmark")
        if found["status"] != "trained":
            raise RuntimeError(f"the index of {company} was not trained: {found.get('reason')}")
        return Measured(company, _backtest(found), found["metrics"]["weights"])


def _built(company: str) -> date:
    """Load all extracts, build the star, and return the business date."""
    from ingest.companies import latest_business_date
    from ingest.load import load_company

    day = latest_business_date(company)
    batch_id = load_company(company, day).batch_id
    if batch_id is None:
        raise RuntimeError(f"nothing was loaded of {company} up to {day}")
    set_gate_status(batch_id, "passed", "benchmark")
    build_layer(LAYERS[0], claim_batches(company, day), company, day, full_refresh=True)
    return day


def _backtest(found: dict[str, Any]) -> pd.DataFrame:
    with connect(Role.ANALYST) as connection:
        return frames.read(connection, BACKTEST, [found["model_version"]])


def _program(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL)
