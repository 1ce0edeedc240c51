"""Weekly extracts of the ERP about stock: movements, and what lies where on Sunday."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Rows, coded, dates, money, texts
from samples.synth.files import write_csv, write_parquet
from samples.synth.journal import CODES
from samples.synth.pos import first_day, instants
from samples.synth.world import World

_NOON = 12 * 3600


def write_movements(world: World, week: int, rows: Rows, folder: Path) -> None:
    """Write the movements booked in a week."""
    count, names = len(rows["day"]), world.network.name
    table = pa.table(
        {
            "DOC_NO": pa.array(rows["number"]),
            "POSTED_AT": instants(world, rows["day"], np.full(count, _NOON)),
            "SKU": texts(rows["sku"], world.catalog.name),
            "FROM_PLANT": texts(rows["origin"], names),
            "TO_PLANT": texts(rows["target"], names),
            "MVT": texts(rows["kind"], pa.array(CODES)),
            "QTY": pa.array(rows["quantity"]),
            "UNIT_VALUE": money(world.catalog.cost_cents[rows["sku"]]),
        }
    )
    write_csv(table, folder / f"stock_movements_{world.plan.sunday(week)}.csv")


def write_stock(world: World, week: int, folder: Path) -> None:
    """Write the closing stock of a Sunday, for places that keep stock records."""
    listed = world.factors.is_listed[:, week]
    dc, item = np.divmod(np.arange(len(world.dc_stock)), world.plan.skus)
    in_dc = np.flatnonzero(listed[item] | (world.dc_stock > 0) | (world.on_order > 0))
    keeps = world.network.keeps_stock[world.network.place]
    pair = np.flatnonzero(keeps & (listed[world.network.sku] | (world.stock > 0)))
    sku = np.concatenate([item[in_dc], world.network.sku[pair]])
    on_order = np.concatenate([world.on_order[in_dc], np.zeros(len(pair), np.int64)])
    table = pa.table(
        {
            "CLOSING_DT": dates(first_day(world), np.full(len(sku), 7 * week + 6)),
            "PLANT": coded(np.concatenate([dc[in_dc], world.network.place[pair]]), world.network.name),
            "SKU": texts(sku, world.catalog.name),
            "QTY_OH": pa.array(np.concatenate([world.dc_stock[in_dc], world.stock[pair]])),
            "QTY_OO": pa.array(on_order),
            "UNIT_VALUE": money(world.catalog.cost_cents[sku]),
        }
    )
    write_parquet(table, folder / f"stock_on_hand_{world.plan.sunday(week)}.parquet")
