"""Stock movements as the ERP books them."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Flags, Ints, Rows, joined
from samples.synth.network import Network

OUTSIDE = -1
OPENING, RECEIPT, TRANSFER, SALE, RETURN, SCRAP = range(6)
KINDS = ("opening", "receipt", "transfer", "sale", "return", "scrap")
CODES = ("561", "101", "301", "251", "651", "551")


class Journal:
    """Movements of the current week, and totals of all."""

    def __init__(self, network: Network) -> None:
        self._keeps_stock = network.keeps_stock
        self._parts: list[Rows] = []
        self._count = 0
        self.totals = {kind: {"rows": 0, "units": 0} for kind in KINDS}

    def book(self, day: int, kind: int, sku: Ints, origin: Ints | int, target: Ints | int, quantity: Ints) -> None:
        """Book movements, as far as a place that keeps stock records takes part.

        Args:
            day: Day number.
            kind: Index into KINDS.
            sku: Items.
            origin: Places the goods leave, or OUTSIDE.
            target: Places the goods reach, or OUTSIDE.
            quantity: Units; rows of none are left out.
        """
        origin, target = (np.broadcast_to(np.asarray(end, np.int64), sku.shape) for end in (origin, target))
        kept = (quantity > 0) & (self._is_kept(origin) | self._is_kept(target))
        count = int(kept.sum())
        if not count:
            return
        self._parts.append(
            {
                "number": self._count + 1 + np.arange(count),
                "day": np.full(count, day),
                "kind": np.full(count, kind),
                "sku": sku[kept],
                "origin": origin[kept],
                "target": target[kept],
                "quantity": quantity[kept].astype(np.int64),
            }
        )
        self._count += count
        self.totals[KINDS[kind]]["rows"] += count
        self.totals[KINDS[kind]]["units"] += int(quantity[kept].sum())

    def _is_kept(self, place: Ints) -> Flags:
        kept: Flags = self._keeps_stock[place] & (place != OUTSIDE)
        return kept

    def take(self) -> Rows | None:
        """Hand over the movements booked since the last call."""
        rows = joined(self._parts) if self._parts else None
        self._parts = []
        return rows
