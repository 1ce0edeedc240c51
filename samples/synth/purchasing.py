"""Weekly extracts of the ERP about buying: orders, order lines, receipts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Ints, Rows, dates, money, texts, where
from samples.synth.buying import first_lines
from samples.synth.catalog import NEVER
from samples.synth.files import write_csv
from samples.synth.pos import first_day, instants
from samples.synth.world import World

_STATES = pa.array(["10", "40"])
_NOON = 12 * 3600
_GOODS_IN = 6 * 3600


def _write_orders(world: World, sunday: int, lines: Rows, path: Path) -> None:
    first = first_lines(lines)
    orders, is_closed = where(lines, first), lines["closed"][first] <= sunday
    number = np.unique(lines["order"], return_inverse=True)[1]
    goods = np.bincount(number, lines["ordered"] * lines["cents"]).astype(np.int64)
    day = first_day(world)
    changed = np.where(is_closed, orders["closed"], orders["opened"])
    table = pa.table(
        {
            "PO_NBR": pa.array(orders["order"]),
            "VENDOR_NO": texts(orders["supplier"], world.suppliers.name),
            "SHIP_TO": texts(orders["dc"], world.network.name),
            "PO_DT": dates(day, orders["opened"]),
            "REQ_DT": dates(day, orders["confirmed"]),
            "CNF_DT": dates(day, orders["confirmed"]),
            "SHIP_DT": dates(day, orders["shipped"], orders["shipped"] <= sunday),
            "STAT_CD": texts(is_closed.astype(np.int64), _STATES),
            "GOODS_AMT": money(goods),
            "FRT_AMT": money((goods * world.suppliers.freight[orders["supplier"]]).astype(np.int64)),
            "CHG_AT": instants(world, changed, np.full(len(first), _NOON)),
        }
    )
    write_csv(table, path)


def _write_lines(world: World, sunday: int, lines: Rows, path: Path) -> None:
    is_closed = lines["closed"] <= sunday
    day, hidden = first_day(world), ~is_closed
    is_short = is_closed & (lines["arrived"] < lines["ordered"])
    table = pa.table(
        {
            "PO_NBR": pa.array(lines["order"]),
            "POS_NR": pa.array(lines["position"] * 10),
            "SKU": texts(lines["sku"], world.catalog.name),
            "ORD_QTY": pa.array(lines["ordered"]),
            "CNF_QTY": pa.array(lines["ordered"]),
            "RCV_QTY": pa.array(np.where(hidden, 0, lines["arrived"])),
            "REJ_QTY": pa.array(np.where(hidden, 0, lines["rejected"])),
            "PRICE": money(lines["cents"]),
            "AMOUNT": money(lines["cents"] * lines["ordered"]),
            "REQ_DT": dates(day, lines["confirmed"]),
            "CNF_DT": dates(day, lines["confirmed"]),
            "STAT_CD": texts(is_closed.astype(np.int64), _STATES),
            "REASON_CD": texts(is_short - 1, pa.array(["SHORT"])),
            "CHG_AT": instants(
                world, np.where(is_closed, lines["closed"], lines["opened"]), np.full(len(hidden), _NOON)
            ),
        }
    )
    write_csv(table, path)


def receipt_numbers(lines: Rows) -> Ints:
    """Number receipts, which are lots too."""
    numbers: Ints = lines["order"] * 10_000 + lines["position"]
    return numbers


def _write_receipts(world: World, week: int, lines: Rows, folder: Path) -> None:
    """Write what arrived; a receipt is a lot of its own."""
    day, shelf = first_day(world), world.catalog.shelf_days[lines["sku"]]
    number, vendor = receipt_numbers(lines), texts(lines["supplier"], world.suppliers.name)
    sku, expires = texts(lines["sku"], world.catalog.name), shelf != NEVER
    expiry = dates(day, lines["closed"] + (shelf * 9) // 10, expires)
    receipts = pa.table(
        {
            "GR_NO": pa.array(number),
            "PO_NBR": pa.array(lines["order"]),
            "POS_NR": pa.array(lines["position"] * 10),
            "SKU": sku,
            "PLANT": texts(lines["dc"], world.network.name),
            "VENDOR_NO": vendor,
            "GR_TS": instants(world, lines["closed"], np.full(len(number), _GOODS_IN)),
            "QTY_ARRIVED": pa.array(lines["arrived"]),
            "QTY_REJ": pa.array(lines["rejected"]),
            "REJ_CD": texts((lines["rejected"] > 0) - 1, pa.array(["QLT"])),
            "LOT": pa.array(number),
            "BEST_BEFORE": expiry,
            "LANDED_COST": money((lines["cents"] * (1 + world.suppliers.freight[lines["supplier"]])).astype(np.int64)),
        }
    )
    write_csv(receipts, folder / f"goods_receipts_{world.plan.sunday(week)}.csv")


def write_purchasing(world: World, week: int, lines: Rows | None, folder: Path) -> Rows | None:
    """Write what changed in a week: orders and lines as they stand on Sunday, and the receipts.

    Returns:
        The lines that were received, or None.
    """
    if lines is None:
        return None
    sunday, stamp = 7 * week + 6, world.plan.sunday(week)
    _write_orders(world, sunday, lines, folder / f"purchase_orders_{stamp}.csv")
    _write_lines(world, sunday, lines, folder / f"purchase_order_lines_{stamp}.csv")
    arrived = where(lines, (lines["closed"] <= sunday) & (lines["arrived"] > 0))
    if not len(arrived["order"]):
        return None
    _write_receipts(world, week, arrived, folder)
    return arrived
