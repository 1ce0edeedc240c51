"""Suppliers and how reliable they truly are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Floats, Ints, numbered
from samples.synth.plan import Plan, Stream

EARLY_DAYS = (0, 1, 2)
EARLY_CHANCES = (0.7, 0.2, 0.1)
_COUNTRIES = ("DE", "PL", "NL", "IT", "ES", "CZ", "CN", "TR")
QUARTER_DAYS = 91
_SKUS_PER_SUPPLIER = 40
_FEWEST, _MOST = 4, 200


@dataclass(frozen=True)
class Suppliers:
    """One entry per supplier in each array, but for the last two.

    Attributes:
        name: Supplier number.
        country: Country code.
        order_weekday: Weekday on which orders are placed, Monday is 0.
        quoted_days: Lead time quoted, on which the confirmed date rests.
        on_time: Probability that an order arrives by the confirmed date.
        late_days: Mean delay of late orders in days: 1 and more, geometric.
        in_full: Probability that a line comes whole.
        rejected: Probability that a unit is rejected.
        freight: Share of the value of goods that transport costs.
        price_sd: Standard deviation of the quarterly change of log prices.
        price_level: Supplier by quarter: prices against those of the first quarter.
        of_sku: Supplier each item is bought from.
        second: Supplier with terms that is not bought from, -1 where there is none.
    """

    name: pa.Array
    country: list[str]
    order_weekday: Ints
    quoted_days: Ints
    on_time: Floats
    late_days: Floats
    in_full: Floats
    rejected: Floats
    freight: Floats
    price_sd: Floats
    price_level: Floats
    of_sku: Ints
    second: Ints

    def lead_moments(self) -> tuple[Floats, Floats]:
        """Compute the true mean and standard deviation of the lead time in days."""
        early = np.array(EARLY_DAYS)
        chance = np.array(EARLY_CHANCES)
        quoted, late = self.quoted_days.astype(np.float64), 1 - self.on_time
        on_time_1 = quoted - (early * chance).sum()
        on_time_2 = ((quoted[:, None] - early) ** 2 * chance).sum(axis=1)
        # A geometric delay with mean m has the variance m (m - 1).
        late_1 = quoted + self.late_days
        late_2 = late_1**2 + self.late_days * (self.late_days - 1)
        mean = self.on_time * on_time_1 + late * late_1
        return mean, np.sqrt(self.on_time * on_time_2 + late * late_2 - mean**2)


def draw_suppliers(plan: Plan) -> Suppliers:
    """Draw all suppliers, in three tiers of reliability."""
    rng = plan.random(Stream.SUPPLIERS)
    count = min(_MOST, max(_FEWEST, plan.skus // _SKUS_PER_SUPPLIER))
    tier = rng.permutation(count) % 3
    low, high = np.array([0.93, 0.82, 0.6])[tier], np.array([0.99, 0.92, 0.8])[tier]
    of_sku = rng.integers(0, count, plan.skus)
    price_sd = rng.uniform(0.005, 0.04, count)
    changes = rng.normal(0, 1, (count, plan.days // QUARTER_DAYS + 1)) * price_sd[:, None]
    changes[:, 0] = 0
    other = (of_sku + rng.integers(1, count, plan.skus)) % count
    return Suppliers(
        name=numbered("L", count, 5, start=70_001),
        country=[_COUNTRIES[i] for i in rng.integers(0, len(_COUNTRIES), count)],
        order_weekday=rng.integers(0, 5, count),
        quoted_days=rng.integers(4, 22, count),
        on_time=rng.uniform(low, high),
        late_days=rng.uniform(1.5, 8.0, count),
        in_full=rng.uniform(low, high),
        rejected=np.array([0.002, 0.01, 0.04])[tier] * rng.uniform(0.5, 1.5, count),
        freight=rng.uniform(0.01, 0.05, count),
        price_sd=price_sd,
        price_level=np.exp(np.cumsum(changes, axis=1)),
        of_sku=of_sku,
        second=np.where(rng.random(plan.skus) < 0.3, other, -1),
    )
