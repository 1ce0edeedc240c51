"""Whole pieces of what is counted."""

from __future__ import annotations

import math

PIECE = 1e-9
# Units of which nobody moves or orders a fraction (UN/ECE Recommendation 20 and common ERP codes for a piece).
COUNTED_UNITS = {"EA", "PC", "PCS", "ST", "H87", "C62"}


def floor(quantity: float, uom: object) -> float:
    """Return the most that can be moved of a quantity: whole pieces where the unit is counted."""
    return math.floor(quantity + PIECE) if is_counted(uom) and math.isfinite(quantity) else quantity


def ceiling(quantity: float, uom: object) -> float:
    """Return the least that covers a quantity: whole pieces where the unit is counted."""
    return math.ceil(quantity - PIECE) if is_counted(uom) and math.isfinite(quantity) else quantity


def is_counted(uom: object) -> bool:
    """Return whether a unit of measure is one of pieces."""
    return str(uom).upper() in COUNTED_UNITS
