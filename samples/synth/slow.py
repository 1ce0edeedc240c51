"""True outcome of stock: how much of what lay there on a Sunday was still unsold 126 days later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from samples.synth.arrays import coded
from samples.synth.pos import first_day
from samples.synth.world import World

LEAD_WEEKS, WINDOW_WEEKS = 5, 13
_EVERY_WEEKS = 4
_MAXIMUM_SHARE = 0.5


class SlowMovers:
    """Stock and sales per cell and week: an item at a distribution center and all places it supplies."""

    def __init__(self, world: World) -> None:
        shape = (len(world.dc_stock), world.plan.weeks)
        self._sold = np.zeros(shape, np.int32)
        self._stock = np.zeros(shape, np.int32)

    def close_week(self, world: World, week: int) -> None:
        """Note what was sold in a week, and the stock recorded at its end."""
        sold = world.sold + world.faked
        kept = world.stock * world.network.keeps_stock[world.network.place]
        self._sold[:, week] = np.bincount(world.cell, sold, len(world.dc_stock))
        self._stock[:, week] = world.dc_stock + np.bincount(world.cell, kept, len(world.dc_stock))

    def table(self, world: World) -> pa.Table:
        """Judge the stock of every fourth Sunday whose window has closed: the window is days 36 to 126 after it."""
        end, parts = LEAD_WEEKS + WINDOW_WEEKS, []
        for sunday in range(_EVERY_WEEKS - 1, world.plan.weeks - end, _EVERY_WEEKS):
            cell = np.flatnonzero(self._stock[:, sunday])
            lead = self._sold[cell, sunday + 1 : sunday + 1 + LEAD_WEEKS].sum(axis=1)
            window = self._sold[cell, sunday + 1 + LEAD_WEEKS : sunday + 1 + end].sum(axis=1)
            parts.append((np.full(len(cell), sunday), cell, self._stock[cell, sunday], lead, window))
        columns = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else [np.zeros(0, np.int64)] * 5
        week, cell, stock, lead, window = (column.astype(np.int64) for column in columns)
        unsold = np.maximum(stock - lead - window, 0) / np.maximum(stock, 1)
        dc, sku = np.divmod(cell, world.plan.skus)
        return pa.table(
            {
                "sku": coded(sku, world.catalog.name),
                "dc": coded(dc, world.network.name),
                "stock_date": pa.array(first_day(world) + (7 * week + 6).astype("timedelta64[D]")),
                "stock": pa.array(stock),
                "sold_in_lead": pa.array(lead),
                "sold_in_window": pa.array(window),
                "unsold_share": pa.array(unsold),
                "is_slow": pa.array(unsold > _MAXIMUM_SHARE),
            }
        )
