"""Items of the company, and how each of them truly sells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Flags, Floats, Ints, numbered
from samples.synth.plan import Plan, Stream

DENSE, INTERMITTENT, PROMOTED, CENSORED, NEW, OVERBOUGHT = range(6)
KINDS = ("dense", "intermittent", "promoted", "censored", "new", "overbought")
_SHARES = (0.30, 0.30, 0.15, 0.10, 0.10, 0.05)
# Typical relative sales of a kind, and the spread of their logarithm.
_POPULARITY = ((1.0, 0.7), (0.06, 0.6), (0.8, 0.6), (0.7, 0.6), (0.6, 0.8), (0.15, 0.7))
# What a planner expects of the true mean; censored items are bought too tightly.
_PLANNED_SHARE = (1.0, 1.0, 1.0, 0.3, 1.0, 1.0)
DEPARTMENTS = (
    "Beverages", "Bakery", "Dairy", "Frozen", "Household", "Garden", "Toys", "Electronics", "Clothing", "Sports",
    "Stationery", "Care",
)  # fmt: skip
LINES_PER_DEPARTMENT = 5
SEASONS = ("none", "summer", "winter", "spring", "autumn", "christmas")
_SEASON_SHARES = (0.40, 0.15, 0.15, 0.10, 0.10, 0.10)
_SHELF_DAYS = {"Bakery": 30, "Dairy": 45, "Beverages": 270, "Frozen": 300, "Care": 720}
_TEMPERATURES = {"Dairy": "chilled", "Frozen": "frozen"}
NEVER = -1


@dataclass(frozen=True)
class Catalog:
    """One entry per item in each array.

    Attributes:
        name: Item number.
        kind: Index into KINDS.
        department: Index into DEPARTMENTS.
        line: Number of the line within the department.
        brand: Number of the brand.
        popularity: Relative mean sales.
        dispersion: Variance of demand divided by its mean; 1 is Poisson.
        elasticity: Change of log demand by log price, negative.
        display_uplift: Factor on demand while promoted, besides that of the price.
        dip: Share of demand missing in the week after a promotion.
        season: Index into SEASONS.
        amplitude: Strength of the season.
        trend: Change of log demand in a year.
        base_cents: List price on the first day.
        cost_cents: Standard cost.
        launch_week: First week on sale; 0 for items that always were.
        end_week: First week no longer on sale; NEVER while listed.
        planned_share: What purchasing takes for the true mean, as a share of it.
        overbuy_week: Week of the planted buy of an overbought item, else NEVER.
        shelf_days: Days from manufacture to expiry; NEVER when it does not expire.
        pack: Units in a purchasing pack.
    """

    name: pa.Array
    kind: Ints
    department: Ints
    line: Ints
    brand: Ints
    popularity: Floats
    dispersion: Floats
    elasticity: Floats
    display_uplift: Floats
    dip: Floats
    season: Ints
    amplitude: Floats
    trend: Floats
    base_cents: Ints
    cost_cents: Ints
    launch_week: Ints
    end_week: Ints
    planned_share: Floats
    overbuy_week: Ints
    shelf_days: Ints
    pack: Ints

    def temperature(self) -> pa.Array:
        """Return how each item is kept."""
        by_department = pa.array([_TEMPERATURES.get(name, "ambient") for name in DEPARTMENTS])
        return by_department.take(pa.array(self.department))


def _kinds(rng: np.random.Generator, count: int) -> Ints:
    """Deal kinds out in their shares, so that each occurs in a small company too."""
    place = (rng.permutation(count) + 0.5) / count
    return np.searchsorted(np.cumsum(_SHARES), place).clip(max=len(KINDS) - 1)


def _dispersions(rng: np.random.Generator, kind: Ints) -> Floats:
    """Draw variance by mean: a fifth Poisson, a quarter of dense and half of intermittent items in large lots."""
    count = len(kind)
    steady, wild, part = rng.uniform(1.1, 2.2, count), rng.uniform(3.0, 6.0, count), rng.random(count)
    is_wild = ((kind == DENSE) & (part < 0.25)) | ((kind == INTERMITTENT) & (part < 0.5))
    return np.where(is_wild, wild, np.where(part > 0.8, 1.0, steady))


def _life(rng: np.random.Generator, kind: Ints, weeks: int) -> tuple[Ints, Ints]:
    """Draw launch and end; a twentieth of the other items ends within the history."""
    count = len(kind)
    launch = np.where(kind == NEW, (rng.uniform(0.35, 0.85, count) * weeks).astype(np.int64), 0)
    ends = (rng.random(count) < 0.05) & np.isin(kind, (DENSE, INTERMITTENT))
    return launch, np.where(ends, (rng.uniform(0.5, 0.95, count) * weeks).astype(np.int64), NEVER)


def _overbuys(rng: np.random.Generator, kind: Ints, weeks: int) -> Ints:
    """Draw the weeks of planted buys, early enough for their outcome to be known."""
    drawn = (rng.uniform(0.15, 0.7, len(kind)) * weeks).astype(np.int64)
    return np.where(kind == OVERBOUGHT, drawn, NEVER)


def draw_catalog(plan: Plan) -> Catalog:
    """Draw all items."""
    rng, count = plan.random(Stream.CATALOG), plan.skus
    kind = _kinds(rng, count)
    typical, spread = (np.array(column)[kind] for column in zip(*_POPULARITY, strict=True))
    is_promoted: Flags = kind == PROMOTED
    department = rng.integers(0, len(DEPARTMENTS), count)
    euros = np.exp(rng.normal(np.log(6.0), 0.8, count)).clip(0.79, 400)
    base = np.maximum(np.round(euros * 10).astype(np.int64) * 10 - 1, 79)
    launch, end = _life(rng, kind, plan.weeks)
    shelf = np.array([_SHELF_DAYS.get(name, NEVER) for name in DEPARTMENTS])[department]
    return Catalog(
        name=numbered("A", count, 6, start=100_001),
        kind=kind,
        department=department,
        line=rng.integers(0, LINES_PER_DEPARTMENT, count),
        brand=rng.integers(0, 30, count),
        popularity=typical * np.exp(rng.normal(0, 1, count) * spread),
        dispersion=_dispersions(rng, kind),
        elasticity=-np.where(is_promoted, rng.uniform(1.5, 3.0, count), rng.uniform(0.6, 2.2, count)),
        display_uplift=np.where(is_promoted, rng.uniform(1.3, 2.2, count), rng.uniform(1.05, 1.5, count)),
        dip=np.where(is_promoted, rng.uniform(0.1, 0.25, count), rng.uniform(0.0, 0.1, count)),
        season=np.searchsorted(np.cumsum(_SEASON_SHARES), rng.random(count)).clip(max=len(SEASONS) - 1),
        amplitude=rng.uniform(0.15, 0.6, count),
        trend=rng.normal(0, 0.08, count).clip(-0.25, 0.25),
        base_cents=base,
        cost_cents=np.maximum((base * rng.uniform(0.5, 0.72, count)).astype(np.int64), 1),
        launch_week=launch,
        end_week=end,
        planned_share=np.array(_PLANNED_SHARE)[kind] * np.exp(rng.normal(0, 0.08, count)),
        overbuy_week=_overbuys(rng, kind, plan.weeks),
        shelf_days=shelf,
        pack=rng.choice([1, 6, 12, 24], count, p=[0.2, 0.4, 0.3, 0.1]),
    )
