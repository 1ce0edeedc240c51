"""What pulls health down: the points an indicator takes away, with the figure that takes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ml.product_health.indicators import MAXIMUM_DAYS, NAMES

REASONS = 3
# Fewer points are no reason.
MINIMUM_POINTS = 1.0
DIGITS = 6
NOTHING = "no indicator takes a point away"


def explain(known: pd.DataFrame, parts: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return up to three reasons per row, what takes most points first.

    An indicator of weight w that stands at c takes 100 w (1 - c) of its 100 w points away.

    Args:
        known: Figures.
        parts: Components of the same rows.
        shares: Weights of the same rows.

    Returns:
        Columns reason_1, reason_2 and reason_3 (None where there are fewer), index of the rows.
    """
    lost = (100 * shares * (1 - parts.fillna(1.0)))[NAMES].round(DIGITS).to_numpy()
    full = (100 * shares)[NAMES].to_numpy()
    values = known[NAMES].to_numpy(dtype=np.float64)
    lines = []
    for row, order in enumerate(np.argsort(-lost, axis=1, kind="stable")[:, :REASONS]):
        said = [
            f"{SENTENCES[NAMES[one]](values[row, one])}: -{lost[row, one]:.1f} of {full[row, one]:.1f} points"
            for one in order
            if lost[row, one] >= MINIMUM_POINTS
        ] or [NOTHING]
        lines.append(said + [None] * (REASONS - len(said)))
    return pd.DataFrame(lines, index=known.index, columns=[f"reason_{i + 1}" for i in range(REASONS)], dtype=object)


def days(value: float) -> str:
    """Write a number of days, and where it is without end."""
    return "ten years or more" if value >= MAXIMUM_DAYS else f"{value:,.0f} days"


def cover(value: float) -> str:
    """Say how long stock lasts."""
    return "stock that nothing sells" if value >= MAXIMUM_DAYS else f"stock for {days(value)}"


SENTENCES: dict[str, Callable[[float], str]] = {
    "sales": lambda value: f"net sales of {value:,.0f} in 13 weeks",
    "margin": lambda value: f"gross margin of {value:,.0f} in 13 weeks",
    "on_hand": lambda value: f"stock worth {value:,.0f} at cost",
    "available": lambda value: f"{value:.0%} of the stock is reserved for nobody".replace("%", " %"),
    "inbound": lambda value: f"on its way: sales of {days(value)}",
    "cover": cover,
    "turnover": lambda value: f"turns {value:,.1f} times a year",
    "gmroi": lambda value: f"earns {value:,.2f} a year on 1.00 of stock",
    "sell_through": lambda value: f"{value:.0%} of the stock sold in 4 weeks".replace("%", " %"),
    "stockout": lambda value: f"{value:.0f} of 28 days without stock",
    "age": lambda value: f"stock {value:,.0f} days old",
    "returns": lambda value: f"{value:.0%} came back in 13 weeks".replace("%", " %"),
}
