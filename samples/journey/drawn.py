"""Extracts of the systems that have no trace in the real data, and the truth behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from samples.journey.arrays import Floats
from samples.journey.assortment import Assortment
from samples.journey.competitors import write_competitor_prices
from samples.journey.freight import write_lanes, write_shipments
from samples.journey.plans import write_budgets, write_calendar
from samples.journey.returns import write_returns
from samples.journey.sourcing import write_requests
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms
from samples.journey.web import write_web_events


def write_drawn(
    source: duckdb.DuckDBPyConnection,
    folder: Path,
    days: int,
    seed: int,
    assortment: Assortment,
    suppliers: Suppliers,
    terms: Terms,
    list_prices: Floats,
) -> dict[str, Any]:
    """Write them, each into the folder of its system.

    Args:
        source: Connection with the real data and the registered replay.
        folder: Landing folder with the folders of the systems.
        days: Number of days from 2017-01-01.
        seed: Seed of all draws.
        assortment: Products and places.
        suppliers: Suppliers of the replay.
        terms: Their terms.
        list_prices: Regular price by product and month.

    Returns:
        By entity, what was drawn and the totals it led to.
    """
    erp, tms = folder / "erp", folder / "tms"
    write_calendar(erp)
    write_lanes(source, suppliers, tms, days, seed)
    return {
        "budgets": write_budgets(source, erp, days, seed),
        "quotations": write_requests(source, assortment, suppliers, terms, erp, days, seed),
        "shipments": write_shipments(source, tms, days, seed),
        "returns": write_returns(source, folder / "desk", days, seed),
        "competitor_prices": write_competitor_prices(source, assortment, list_prices, folder / "market", days, seed),
        "web_events": write_web_events(source, folder / "web", days, seed),
    }
