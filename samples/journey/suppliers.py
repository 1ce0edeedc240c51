"""Suppliers of the replay and the true behavior drawn for each of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from samples.journey.arrays import Floats, Ints

SUPPLIER_STREAM = 21
# Supply group: number of suppliers, shortest and longest quoted lead time in days.
GROUPS = {
    "fresh": (8, 1, 3),
    "chilled": (8, 4, 7),
    "frozen": (5, 6, 10),
    "grocery": (15, 7, 18),
    "general": (4, 14, 24),
}
# Delays of goods with short lives are short: what is not there after days is ordered anew.
_DELAY_SCALE = {"fresh": 0.4, "chilled": 0.6, "frozen": 0.8, "grocery": 1.0, "general": 1.0}
_TIERS = ("good", "fair", "poor")
_TIER_SHARE = (0.4, 0.35, 0.25)
# Range of each true parameter by tier, good to poor.
_RANGES = {
    "on_time_rate": ((0.95, 0.99), (0.85, 0.94), (0.62, 0.82)),
    "early_rate": ((0.0, 0.05), (0.0, 0.05), (0.0, 0.05)),
    "mean_late_days": ((1.5, 2.5), (2.0, 4.5), (4.0, 8.0)),
    "short_rate": ((0.005, 0.02), (0.03, 0.08), (0.08, 0.18)),
    "backorder_rate": ((0.5, 0.8), (0.4, 0.7), (0.3, 0.6)),
    "over_rate": ((0.0, 0.01), (0.0, 0.015), (0.0, 0.02)),
    "reject_rate": ((0.001, 0.006), (0.005, 0.02), (0.02, 0.06)),
    "cancel_rate": ((0.0, 0.003), (0.0, 0.01), (0.01, 0.03)),
    "slip_rate": ((0.01, 0.05), (0.05, 0.12), (0.1, 0.25)),
    "price_factor": ((1.0, 1.04), (0.98, 1.03), (0.95, 1.0)),
    "freight_rate": ((0.01, 0.03), (0.01, 0.03), (0.01, 0.03)),
}
_FIRST_WORDS = (
    "Allegheny", "Bluestem", "Cedar Hill", "Dayton", "Eastfield", "Fairmont", "Great Miami", "Harbor", "Ironwood",
    "Juniper", "Kettering", "Lakeshore", "Maple Grove", "Northgate", "Ohio Valley", "Prairie", "Queen City",
    "Riverbend", "Stonebridge", "Tri-County",
)  # fmt: skip
_TRADES = {
    "fresh": ("Fresh Produce", "Growers"),
    "chilled": ("Dairy", "Chilled Foods"),
    "frozen": ("Frozen Foods", "Cold Pack"),
    "grocery": ("Grocers", "Packaged Foods", "Milling"),
    "general": ("Household Goods", "Merchandise"),
}


@dataclass(frozen=True)
class Suppliers:
    """Suppliers and their true parameters; every array has one entry per supplier.

    Attributes:
        supplier_id: Vendor number in the ERP.
        name: Invented name.
        group: Supply group.
        tier: good, fair or poor.
        lead_days: Quoted lead time, calendar days.
        payment_days: Days to pay.
        on_time_rate: Share of orders that arrive no later than the confirmed day.
        early_rate: Share of orders that arrive one or two days before the confirmed day; part of the on-time share.
        mean_late_days: Mean delay of the orders that are late, days.
        short_rate: Share of lines of two or more units whose first delivery falls short.
        backorder_rate: Share of short lines whose rest comes later; the rest of the others is cancelled.
        over_rate: Share of lines delivered above the ordered quantity.
        reject_rate: Share of receipts with rejected units.
        cancel_rate: Share of orders that the supplier cancels.
        slip_rate: Share of orders confirmed for a later day than requested.
        price_factor: Price level relative to the standard cost.
        freight_rate: Freight as a share of the goods' value.
    """

    supplier_id: tuple[str, ...]
    name: tuple[str, ...]
    group: tuple[str, ...]
    tier: tuple[str, ...]
    lead_days: Ints
    payment_days: Ints
    on_time_rate: Floats
    early_rate: Floats
    mean_late_days: Floats
    short_rate: Floats
    backorder_rate: Floats
    over_rate: Floats
    reject_rate: Floats
    cancel_rate: Floats
    slip_rate: Floats
    price_factor: Floats
    freight_rate: Floats


def draw_suppliers(seed: int) -> Suppliers:
    """Draw the suppliers.

    Args:
        seed: Seed of the whole replay.

    Returns:
        40 suppliers in the order of GROUPS.
    """
    rng = np.random.default_rng([seed, SUPPLIER_STREAM])
    group = [name for name, (count, _, _) in GROUPS.items() for _ in range(count)]
    tier = rng.choice(len(_TIERS), size=len(group), p=_TIER_SHARE)
    lead = np.array([rng.integers(GROUPS[g][1], GROUPS[g][2] + 1) for g in group])
    low, high = np.array(list(_RANGES.values()), dtype=float)[:, tier].transpose(2, 0, 1)
    drawn = dict(zip(_RANGES, np.round(rng.uniform(low, high), 4), strict=True))
    scale = np.array([_DELAY_SCALE[name] for name in group])
    drawn["mean_late_days"] = np.round(np.maximum(drawn["mean_late_days"] * scale, 1.2), 4)
    order = rng.permutation(len(_FIRST_WORDS) * 2) % len(_FIRST_WORDS)
    trades = [_TRADES[g][i % len(_TRADES[g])] for i, g in enumerate(group)]
    return Suppliers(
        supplier_id=tuple(str(100010 + 10 * i) for i in range(len(group))),
        name=tuple(f"{_FIRST_WORDS[order[i]]} {trades[i]}" for i in range(len(group))),
        group=tuple(group),
        tier=tuple(_TIERS[t] for t in tier),
        lead_days=lead.astype(np.int64),
        payment_days=rng.choice([14, 30, 45, 60], size=len(group)).astype(np.int64),
        **drawn,
    )


def true_parameters(suppliers: Suppliers) -> list[dict[str, str | float]]:
    """List what was drawn, one record per supplier, for the truth file."""
    columns = {field.name: getattr(suppliers, field.name) for field in fields(suppliers)}
    plain = {name: values.tolist() if isinstance(values, np.ndarray) else values for name, values in columns.items()}
    return [dict(zip(plain, record, strict=True)) for record in zip(*plain.values(), strict=True)]
