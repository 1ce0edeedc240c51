"""Stock of all places beside each other: who could take what another has too much of."""

from __future__ import annotations

from typing import TypeAlias

import pandas as pd

from planning.alerts.pieces import PIECE, floor

Place: TypeAlias = tuple[str, str]


class Stocks:
    """Stock of all places: who could take some in, who could give some away, and what is promised by now."""

    def __init__(self, items: pd.DataFrame) -> None:
        """Take stock of items, as ``risk.score`` returns them."""
        known = items[items["on_hand_quantity"].notna() & items["forecast_13w_quantity"].notna()]
        available = known["on_hand_quantity"] + known["inbound_quantity"].fillna(0)
        self._names = items.drop_duplicates("planning_location_id").set_index("planning_location_id")[
            "planning_location_name"
        ]
        self._open = {
            "surplus": _places(known, known["forecast_13w_quantity"] - available),
            "shortage": _places(known, known["on_hand_quantity"] - known["forecast_13w_quantity"]),
        }
        self._promised: dict[tuple[str, Place], float] = {}

    def partner(self, direction: str, here: Place, wanted: float, uom: str) -> tuple[str, float] | None:
        """Return the place that has most to take (surplus) or to give (shortage), and how much of what is wanted."""
        for place, quantity in self._open[direction].get(here[0], {}).items():
            moved = floor(min(wanted, quantity), uom)
            if place != here[1] and moved > PIECE:
                return place, moved
        return None

    def name(self, place: str) -> str:
        """Return the name of a place, its key where it has none."""
        name = self._names[place]
        return name if isinstance(name, str) else place

    def promised(self, direction: str, here: Place) -> float:
        """Return what is to leave a place (surplus) or to come to it (shortage)."""
        return self._promised.get((direction, here), 0.0)

    def promise(self, direction: str, here: Place, there: str, quantity: float) -> None:
        """Note that a quantity leaves here (surplus) or comes here (shortage), so that nobody else counts on it."""
        product = here[0]
        source, target = (here[1], there) if direction == "surplus" else (there, here[1])
        for way, place in (("shortage", source), ("surplus", target)):
            rest = self._open[way].get(product, {})
            if place in rest:
                rest[place] -= quantity
        for way, place in (("surplus", source), ("shortage", target)):
            self._promised[way, (product, place)] = self.promised(way, (product, place)) + quantity


def _places(items: pd.DataFrame, balance: pd.Series) -> dict[str, dict[str, float]]:
    """Return what each place has to spare or room for, by product, most first."""
    places = items.assign(balance=balance)[balance > PIECE]
    places = places.sort_values(["balance", "planning_location_id"], ascending=[False, True])
    found: dict[str, dict[str, float]] = {}
    for product, place, quantity in places[["product_id", "planning_location_id", "balance"]].itertuples(index=False):
        found.setdefault(product, {})[place] = quantity
    return found
