"""What moves demand from week to week: season, trend, prices, promotions, launch and end of an item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.synth.arrays import Flags, Floats, Ints
from samples.synth.catalog import NEVER, PROMOTED, SEASONS, Catalog
from samples.synth.plan import WEEKS_PER_YEAR, Plan, Stream

DISCOUNTS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.40)
_PRICE_CHANGES_PER_YEAR = 1.5
_PROMOTIONS_PER_YEAR = 2
_PROMOTIONS_PER_YEAR_PROMOTED = 10
_PEAK_DAYS = {"summer": 196, "winter": 15, "spring": 105, "autumn": 288}


@dataclass(frozen=True)
class Factors:
    """Arrays of item by week.

    Attributes:
        season: Factor of the season.
        trend: Factor of the trend.
        list_cents: Regular price.
        price_cents: Price paid, lower than the regular one while promoted.
        is_promoted: Weeks on promotion.
        regular_price: Factor of the regular price against that of the first day.
        uplift: Factor of promotion: discount by elasticity, times display; 1 without.
        dip: Factor of the week after a promotion.
        is_listed: Weeks on sale.
    """

    season: Floats
    trend: Floats
    list_cents: Ints
    price_cents: Ints
    is_promoted: Flags
    regular_price: Floats
    uplift: Floats
    dip: Floats
    is_listed: Flags

    def total(self) -> Floats:
        """Multiply all factors; the mean of a week is 7 times the base rate times this."""
        return self.baseline() * self.uplift * self.dip

    def baseline(self) -> Floats:
        """Multiply the factors that hold without promotions."""
        return self.season * self.trend * self.regular_price * self.is_listed


def _season(plan: Plan, catalog: Catalog) -> Floats:
    middle = np.array([plan.day_date(7 * week + 3).timetuple().tm_yday for week in range(plan.weeks)], np.float64)
    curves = np.zeros((len(SEASONS), plan.weeks))
    for name, peak in _PEAK_DAYS.items():
        curves[SEASONS.index(name)] = np.cos(2 * np.pi * (middle - peak) / 365.25)
    # Four weeks before Christmas sell at three times the rest of the year and more.
    curves[SEASONS.index("christmas")] = np.where((middle >= 330) & (middle <= 358), 4.0, -0.1)
    return 1 + catalog.amplitude[:, None] * curves[catalog.season]


def _promoted(plan: Plan, catalog: Catalog, rng: np.random.Generator, listed: Flags) -> Flags:
    often = np.where(catalog.kind == PROMOTED, _PROMOTIONS_PER_YEAR_PROMOTED, _PROMOTIONS_PER_YEAR) / WEEKS_PER_YEAR
    drawn: Flags = (rng.random(listed.shape) < often[:, None]) & listed
    # One week each, never two in a row; the first week of the history and of an item has none.
    drawn[:, 0] = False
    drawn[:, 1:] &= listed[:, :-1]
    for week in range(1, plan.weeks):
        drawn[:, week] &= ~drawn[:, week - 1]
    return drawn


def draw_factors(plan: Plan, catalog: Catalog) -> Factors:
    """Draw prices and promotions, and compute every factor."""
    rng, shape = plan.random(Stream.FACTORS), (plan.skus, plan.weeks)
    week = np.arange(plan.weeks)
    end = np.where(catalog.end_week == NEVER, plan.weeks, catalog.end_week)
    listed: Flags = (week >= catalog.launch_week[:, None]) & (week < end[:, None])
    changes = rng.random(shape) < _PRICE_CHANGES_PER_YEAR / WEEKS_PER_YEAR
    changes[:, 0] = False
    level = np.exp(np.cumsum(changes * rng.normal(0.01, 0.04, shape), axis=1))
    regular = np.maximum(np.round(catalog.base_cents[:, None] * level).astype(np.int64), 10)
    promoted = _promoted(plan, catalog, rng, listed)
    discount = np.where(promoted, rng.choice(DISCOUNTS, shape), 0.0)
    price = np.maximum(np.round(regular * (1 - discount)).astype(np.int64), 5)
    elasticity = catalog.elasticity[:, None]
    after = np.zeros(shape, bool)
    after[:, 1:] = promoted[:, :-1]
    return Factors(
        season=_season(plan, catalog),
        trend=np.exp(catalog.trend[:, None] * week / WEEKS_PER_YEAR),
        list_cents=regular,
        price_cents=price,
        is_promoted=promoted,
        regular_price=(regular / catalog.base_cents[:, None]) ** elasticity,
        uplift=np.where(promoted, (price / regular) ** elasticity * catalog.display_uplift[:, None], 1.0),
        dip=np.where(after, 1 - catalog.dip[:, None], 1.0),
        is_listed=listed,
    )
