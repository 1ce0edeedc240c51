"""Places of the company, which items each of them lists, and how much they sell on an ordinary day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Flags, Floats, Ints, numbered
from samples.synth.catalog import Catalog
from samples.synth.plan import STORE_STOCK_DAYS, Plan, Stream

# Mean units a day of an item in a store.
_MEAN_RATE = 0.25
_WEB_SHARE = 0.06
_SMALLEST_ASSORTMENT = 200
_ASSORTMENT_SHARE = 0.25
_STORE_WEEK = (0.85, 0.85, 0.9, 1.0, 1.25, 1.5, 0.65)
_WEB_WEEK = (1.1, 1.0, 1.0, 0.95, 0.9, 0.9, 1.15)
REGIONS = ("North", "South", "West", "East", "Central", "Coast")


@dataclass(frozen=True)
class Network:
    """Places count from 0: distribution centers, then the web shop, then stores.

    Attributes:
        name: Of each place.
        dc: Distribution center of each place.
        region: Region of each place.
        size: Relative sales of each place; 0 for distribution centers.
        weekdays: Place by weekday: factors that add up to 7.
        place: Place of each pair; a pair is an item listed at a selling place.
        sku: Item of each pair.
        rate: Mean units a day of each pair before all factors.
        keeps_stock: Whether the ERP keeps stock records of each place.
    """

    name: pa.Array
    dc: Ints
    region: list[str]
    size: Floats
    weekdays: Floats
    place: Ints
    sku: Ints
    rate: Floats
    keeps_stock: Flags

    @property
    def web(self) -> int:
        """Number of the web shop."""
        return int(np.flatnonzero(self.size > 0)[0])


def assortment_size(plan: Plan) -> int:
    """Return how many items a store lists."""
    return min(plan.skus, max(_SMALLEST_ASSORTMENT, round(plan.skus * _ASSORTMENT_SHARE)))


def _assortments(plan: Plan, catalog: Catalog, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """List all items in the web shop, and in each store those that sell best there."""
    listed = assortment_size(plan)
    liking = np.log(catalog.popularity) + rng.gumbel(0, 1.2, (plan.stores, plan.skus))
    chosen = np.sort(np.argpartition(-liking, listed - 1, axis=1)[:, :listed], axis=1)
    first = plan.dcs + 1
    place = np.concatenate([np.full(plan.skus, plan.dcs), np.repeat(np.arange(first, plan.places), listed)])
    return place, np.concatenate([np.arange(plan.skus), chosen.ravel()])


def _weekdays(plan: Plan, rng: np.random.Generator) -> Floats:
    base = np.tile(np.array(_STORE_WEEK), (plan.places, 1))
    base[plan.dcs] = _WEB_WEEK
    drawn = base * np.exp(rng.normal(0, 0.06, base.shape))
    factors: Floats = 7 * drawn / drawn.sum(axis=1, keepdims=True)
    return factors


def draw_network(plan: Plan, catalog: Catalog) -> Network:
    """Draw places and assortments."""
    rng, web = plan.random(Stream.NETWORK), plan.dcs
    names = [*(f"DC{i + 1:02d}" for i in range(plan.dcs)), "WEB01", *numbered("S", plan.stores, 4).to_pylist()]
    dc = np.concatenate([np.arange(plan.dcs), [0], np.arange(plan.stores) % plan.dcs])
    size = np.concatenate([np.zeros(web), [plan.stores * _WEB_SHARE], np.exp(rng.normal(0, 0.35, plan.stores))])
    place, sku = _assortments(plan, catalog, rng)
    rate = catalog.popularity[sku] * size[place] * np.exp(rng.normal(0, 0.25, len(sku)))
    rate *= _MEAN_RATE / rate[place > web].mean()
    # The web shop lists every item, the stores their best sellers: bring it to its share of all sales.
    is_web = place == web
    rate[is_web] *= _WEB_SHARE / (1 - _WEB_SHARE) * rate[~is_web].sum() / rate[is_web].sum()
    all_days = (len(sku) + plan.dcs * plan.skus) * plan.days
    keeps_all = all_days <= STORE_STOCK_DAYS if plan.store_stock is None else plan.store_stock
    return Network(
        name=pa.array(names, pa.string()),
        dc=dc,
        region=[f"{REGIONS[int(d) % len(REGIONS)]} {int(d) // len(REGIONS) + 1}" for d in dc],
        size=size,
        weekdays=_weekdays(plan, rng),
        place=place,
        sku=sku,
        rate=rate,
        keeps_stock=np.where(np.arange(plan.places) <= web, True, keeps_all),
    )
