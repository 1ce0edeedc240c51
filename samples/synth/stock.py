"""Rules of stock: levels of the week, filling up stores, selling what is there, scrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.synth.arrays import Floats, Ints
from samples.synth.journal import OUTSIDE, SCRAP, TRANSFER
from samples.synth.plan import Stream
from samples.synth.world import World

SUNDAY = 6
_SAFETY = 1.3
_STORE_DAYS = 3
_STORE_FILL_DAYS = 10
_REVIEW_DAYS = 7
_DC_FILL_DAYS = 21
_SCRAP_RATE = 0.0008


def _ahead(factor: Floats, week: int, weeks: int) -> Floats:
    """Average the factors of the coming weeks, promotions included: they are planned."""
    mean: Floats = factor[:, week : week + weeks].mean(axis=1)
    return mean


def _levels(mean: Floats, sd: Floats, fill: Floats) -> tuple[Ints, Ints]:
    low = np.ceil(mean + _SAFETY * sd)
    high = low + np.maximum(np.ceil(fill), 1)
    kept = mean > 0
    return (low * kept).astype(np.int64), (high * kept).astype(np.int64)


def set_levels(world: World, week: int) -> None:
    """Set the levels of pairs and cells from what purchasing takes for the mean of the coming weeks."""
    catalog, sku = world.catalog, world.network.sku
    planned = world.network.rate * catalog.planned_share[sku]
    rate = planned * _ahead(world.factor, week, 2)[sku]
    days = rate * _STORE_DAYS
    world.low, world.high = _levels(days, np.sqrt(days * catalog.dispersion[sku]), rate * _STORE_FILL_DAYS)

    supplier = world.suppliers.of_sku
    mean_days, sd_days = (moment[supplier] for moment in world.suppliers.lead_moments())
    every = np.tile(_ahead(world.factor, week, 4), world.plan.dcs)
    dc_rate = np.bincount(world.cell, planned, len(world.dc_stock)) * every
    lead, spread = (np.tile(part, world.plan.dcs) for part in (mean_days + _REVIEW_DAYS, sd_days))
    dispersion = np.tile(catalog.dispersion, world.plan.dcs)
    sd = np.sqrt(dc_rate * lead * dispersion + (dc_rate * spread) ** 2)
    world.dc_low, world.dc_high = _levels(dc_rate * lead, sd, dc_rate * _DC_FILL_DAYS)


def share_out(parent: Ints, need: Ints, available: Ints) -> Ints:
    """Grant needs in turn until the parent has nothing left.

    Args:
        parent: Parent of each need; needs of one parent lie together.
        need: Units needed.
        available: Units that each parent can give, indexed by parent.

    Returns:
        Units granted.
    """
    before = np.cumsum(need) - need
    earlier = before - before[np.searchsorted(parent, parent)]
    granted: Ints = np.clip(available[parent] - earlier, 0, need)
    return granted


@dataclass(frozen=True)
class Delivery:
    """Goods moved from the distribution centers to selling places in one morning."""

    pair: Ints
    quantity: Ints


def supply_stores(world: World, day: int) -> Delivery:
    """Fill up pairs that are low, every other weekday, as far as the distribution center has goods."""
    weekday = day % 7
    if weekday == SUNDAY:
        return Delivery(np.zeros(0, np.int64), np.zeros(0, np.int64))
    due = (world.stock <= world.low) & (world.high > world.stock) & (world.network.place % 2 == weekday % 2)
    pair = np.flatnonzero(due)
    # The first in turn moves on by day, so that no store is always the last to get something.
    pair = np.roll(pair, -((day * 7919) % max(len(pair), 1)))
    pair = pair[np.argsort(world.cell[pair], kind="stable")]
    granted = share_out(world.cell[pair], world.high[pair] - world.stock[pair], world.dc_stock)
    pair, granted = pair[granted > 0], granted[granted > 0]
    world.stock[pair] += granted
    np.subtract.at(world.dc_stock, world.cell[pair], granted)
    place = world.network.place[pair]
    world.journal.book(day, TRANSFER, world.network.sku[pair], world.network.dc[place], place, granted)
    return Delivery(pair, granted)


def draw_demand(rng: np.random.Generator, mean: Floats, dispersion: Floats) -> Ints:
    """Draw demand: negative binomial with variance dispersion times mean, Poisson where dispersion is 1.

    With one dispersion, sums over days and places are of the same family again.
    """
    extra = dispersion - 1
    rate, wide = mean.copy(), extra > 0
    rate[wide] = rng.gamma(mean[wide] / extra[wide]) * extra[wide]
    return rng.poisson(rate)


def sell(world: World, day: int) -> Ints:
    """Draw the demand of a day and sell what is in stock.

    Returns:
        Units sold of each pair.
    """
    sku, place = world.network.sku, world.network.place
    mean = world.network.rate * world.factor[sku, day // 7] * world.network.weekdays[place, day % 7]
    demand = draw_demand(world.plan.random(Stream.DEMAND, day), mean, world.catalog.dispersion[sku])
    sold = np.minimum(demand, world.stock)
    world.stock -= sold
    world.demand += demand
    world.sold += sold
    return sold


def scrap(world: World, day: int) -> None:
    """Throw away what broke or spoiled in a week."""
    rng = world.plan.random(Stream.SCRAP, day)
    lost = rng.binomial(world.stock, _SCRAP_RATE)
    world.stock -= lost
    world.journal.book(day, SCRAP, world.network.sku, world.network.place, OUTSIDE, lost)
    lost = rng.binomial(world.dc_stock, _SCRAP_RATE)
    world.dc_stock -= lost
    dc, sku = np.divmod(np.arange(len(lost)), world.plan.skus)
    world.journal.book(day, SCRAP, sku, dc, OUTSIDE, lost)
