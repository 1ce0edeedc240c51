"""Journal of stock movements: every change of stock in the replay is one entry, in the order in which it was booked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from samples.journey.arrays import Floats, Ints
from samples.journey.lots import Parts

NOWHERE = -1
NO_REFERENCE = -1
# Movement types as the ERP numbers them, with the local minute of the day at which they are booked.
OPENING, RECEIPT, TRANSFER, EMERGENCY, SALE, SCRAP, FOUND, COUNT_UP, COUNT_DOWN = (
    561, 101, 301, 303, 251, 551, 701, 711, 712,
)  # fmt: skip
BOOKED_MINUTE = {
    OPENING: 0,
    SCRAP: 270,
    RECEIPT: 300,
    TRANSFER: 570,
    EMERGENCY: 720,
    FOUND: 1260,
    SALE: 1350,
    COUNT_UP: 1395,
    COUNT_DOWN: 1395,
}
_COLUMNS = ("day", "kind", "origin", "target", "product", "quantity", "lot", "received", "reference")


@dataclass
class Journal:
    """Entries as lists of equally long arrays per column; reference is a receipt number or NO_REFERENCE."""

    columns: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    unit_cost: list[Floats] = field(default_factory=list)


def book(
    journal: Journal,
    day: int,
    kind: int,
    parts: Parts,
    product: Ints,
    origin: Ints | None,
    target: Ints | None,
    unit_cost: Floats,
    reference: Ints | None = None,
) -> None:
    """Append one entry per part.

    Args:
        journal: Changed in place.
        day: Day number.
        kind: Movement type.
        parts: Lots moved.
        product: Product index, per part.
        origin: Place the goods leave, per part; nowhere when None.
        target: Place the goods reach, per part; nowhere when None.
        unit_cost: Cost of one unit, per part.
        reference: Receipt number, per part.
    """
    count = len(parts.quantity)
    nowhere = np.full(count, NOWHERE)
    values = {
        "day": np.full(count, day),
        "kind": np.full(count, kind),
        "origin": nowhere if origin is None else origin,
        "target": nowhere if target is None else target,
        "product": product,
        "quantity": parts.quantity,
        "lot": parts.lot,
        "received": parts.received,
        "reference": np.full(count, NO_REFERENCE) if reference is None else reference,
    }
    for name, column in values.items():
        journal.columns[name].append(column)
    journal.unit_cost.append(unit_cost)


def entries(journal: Journal) -> dict[str, Ints | Floats]:
    """Join the entries into one array per column, numbered by entry."""
    joined: dict[str, Ints | Floats] = {name: np.concatenate(parts) for name, parts in journal.columns.items()}
    joined["unit_cost"] = np.concatenate(journal.unit_cost)
    joined["entry"] = np.arange(1, len(joined["day"]) + 1)
    return joined
