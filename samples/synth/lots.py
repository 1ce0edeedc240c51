"""Weekly count of the lots in distribution centers: what came first leaves first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Ints, Rows, dates, joined, money, same, texts, where
from samples.synth.catalog import NEVER
from samples.synth.files import write_parquet
from samples.synth.pos import first_day
from samples.synth.purchasing import receipt_numbers
from samples.synth.world import World

_MADE_BEFORE = 30


def left_of_lots(cell: Ints, received: Ints, stock: Ints) -> Ints:
    """Tell what first in, first out leaves of lots.

    Args:
        cell: Cell of each lot, ascending; lots of one cell from the oldest to the newest.
        received: Units that came with each lot.
        stock: Units left in each cell. What the lots do not explain is opening stock, or came back.

    Returns:
        Units left of each lot.
    """
    through = np.cumsum(received)
    last_of_cell = np.searchsorted(cell, cell, side="right") - 1
    newer = through[last_of_cell] - through
    left: Ints = np.clip(stock[cell] - newer, 0, received)
    return left


class Lots:
    """Lots that are not used up."""

    def __init__(self) -> None:
        self._rows: Rows | None = None

    def receive(self, world: World, lines: Rows) -> None:
        """Add the order lines that were received in a week; a receipt is a lot of its own."""
        accepted = lines["arrived"] - lines["rejected"]
        shelf = world.catalog.shelf_days[lines["sku"]]
        expires = shelf != NEVER
        rows = where(
            {
                "cell": lines["cell"],
                "number": receipt_numbers(lines),
                "sku": lines["sku"],
                "dc": lines["dc"],
                "supplier": lines["supplier"],
                "received": accepted,
                "arrived": lines["closed"],
                "made": lines["closed"] - np.where(expires, shelf // 10, _MADE_BEFORE),
                "expiry": np.where(expires, lines["closed"] + (shelf * 9) // 10, NEVER),
            },
            accepted > 0,
        )
        self._rows = rows if self._rows is None else joined([self._rows, rows])

    def write(self, world: World, week: int, folder: Path) -> None:
        """Write what is left of each lot on the Sunday of a week, and forget lots that are used up."""
        if self._rows is None:
            return
        rows = where(self._rows, np.lexsort((self._rows["number"], self._rows["arrived"], self._rows["cell"])))
        left = left_of_lots(rows["cell"], rows["received"], world.dc_stock)
        rows, left = where(rows, left > 0), left[left > 0]
        self._rows, day, count = rows, first_day(world), len(left)
        table = pa.table(
            {
                "CLOSING_DT": dates(day, np.full(count, 7 * week + 6)),
                "PLANT": texts(rows["dc"], world.network.name),
                "SKU": texts(rows["sku"], world.catalog.name),
                "LOT": pa.array(rows["number"]),
                "VENDOR_NO": texts(rows["supplier"], world.suppliers.name),
                "QTY_OH": pa.array(left),
                "UNIT_VALUE": money(world.catalog.cost_cents[rows["sku"]]),
                "CUR": same("EUR", count),
                "MADE_DT": dates(day, rows["made"]),
                "BEST_BEFORE": dates(day, rows["expiry"], rows["expiry"] != NEVER),
                "FIRST_GR_DT": dates(day, rows["arrived"]),
            }
        )
        write_parquet(table, folder / f"stock_lots_{world.plan.sunday(week)}.parquet")
