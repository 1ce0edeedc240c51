"""Stock policy of the replayed ERP: order-up-to levels from trailing demand, reviewed weekly, fresh goods twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.journey.arrays import Flags, Floats, Ints
from samples.journey.assortment import DCS, Assortment
from samples.journey.source import DAYS
from samples.journey.storage import supply_group
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms

TRAILING_DAYS = 56
SERVICE_FACTOR, FRESH_SERVICE_FACTOR = 2.05, 1.88
# Days added to the quoted lead time against late deliveries.
LEAD_MARGIN_DAYS, FRESH_LEAD_MARGIN_DAYS = 2, 1
# Fresh goods are never ordered beyond this part of their shelf life.
SHELF_LIFE_PART = 0.75
STORE_COVER_DAYS = 6
STORE_SERVICE_FACTOR = 1.0
POLICY_STREAM = 32
LISTING_MARGIN_DAYS = 9
LAST_ORDER_DAYS = 14


@dataclass(frozen=True)
class Policy:
    """What reviews need; DC arrays have one entry per DC pair (3P), store arrays one per pair (N).

    Attributes:
        echelon_sums: Running sums over days of echelon demand and of its square, each (DAYS + 1, 3P).
        pair_sums: The same for the demand at each pair, each (DAYS + 1, N).
        launch_day: First real sale of launched products, else 0, per pair (N,).
        lead_days: Quoted lead time of the first supplier, per DC pair.
        review_days: Days between reviews, per DC pair.
        shelf_days: Shelf life, DAYS * 3 when goods do not expire, per DC pair.
        is_fresh, never_expires: Flags per DC pair.
        first_review, last_review: Day numbers between which the DC pair is ordered.
    """

    echelon_sums: tuple[Ints, Ints]
    pair_sums: tuple[Ints, Ints]
    launch_day: Ints
    lead_days: Ints
    review_days: Ints
    shelf_days: Ints
    is_fresh: Flags
    never_expires: Flags
    first_review: Ints
    last_review: Ints


def _running(demand: Ints) -> tuple[Ints, Ints]:
    zero = np.zeros((1, demand.shape[1]), dtype=np.int64)
    return (
        np.concatenate([zero, np.cumsum(demand, axis=0)]),
        np.concatenate([zero, np.cumsum(demand * demand, axis=0)]),
    )


def make_policy(assortment: Assortment, terms: Terms, suppliers: Suppliers) -> Policy:
    """Prepare the policy of all pairs."""
    product = assortment.pair_product[: assortment.dc_pair_count]
    fresh = np.array([supply_group(storage) == "fresh" for storage in assortment.storage])[product]
    shelf = np.array([storage.shelf_life_days or 3 * DAYS for storage in assortment.storage])[product]
    lead = suppliers.lead_days[terms.supplier[terms.by_product[product, 0]]]
    launch = assortment.launch_day[assortment.pair_product]
    is_launched = launch[: len(product)] > 0
    end = assortment.end_day[product]
    return Policy(
        echelon_sums=_running(assortment.echelon_demand),
        pair_sums=_running(assortment.demand),
        launch_day=launch,
        lead_days=lead,
        review_days=np.where(fresh, 4, 7),
        shelf_days=shelf,
        is_fresh=fresh,
        never_expires=np.array([storage.shelf_life_days is None for storage in assortment.storage])[product],
        first_review=np.where(is_launched, launch[: len(product)] - lead - LISTING_MARGIN_DAYS, 0),
        last_review=np.where(end < DAYS, end - LAST_ORDER_DAYS, DAYS),
    )


def weekday(day: int) -> int:
    """Weekday of a day number, Monday 0; day 0 is a Sunday."""
    return (day + 6) % 7


def _trailing(sums: tuple[Ints, Ints], rows: Ints, launch: Ints, day: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of daily demand over the trailing window.

    A pair younger than the window is planned with the first TRAILING_DAYS days of its life, in the place of the plan
    that a company would have made from earlier years.
    """
    start = np.maximum(day - TRAILING_DAYS + 1, launch)
    stop = np.minimum(np.maximum(day + 1, launch + TRAILING_DAYS), DAYS)
    length = np.maximum(stop - start, 1)
    mean = (sums[0][stop, rows] - sums[0][start, rows]) / length
    square = (sums[1][stop, rows] - sums[1][start, rows]) / length
    return mean, np.sqrt(np.maximum(square - mean * mean, 0))


def dc_levels(policy: Policy, rows: Ints, day: int) -> Ints:
    """Order-up-to level of DC pairs: S = d W + z s sqrt(W) with W = R + L + margin, capped by the shelf life.

    Args:
        policy: Policy of all pairs.
        rows: DC pairs.
        day: Day number of the review.

    Returns:
        Units, at least one where there is any demand.
    """
    mean, deviation = _trailing(policy.echelon_sums, rows, policy.launch_day[rows], day)
    fresh = policy.is_fresh[rows]
    margin = np.where(fresh, FRESH_LEAD_MARGIN_DAYS, LEAD_MARGIN_DAYS)
    window = policy.review_days[rows] + policy.lead_days[rows] + margin
    level = mean * window + np.where(fresh, FRESH_SERVICE_FACTOR, SERVICE_FACTOR) * deviation * np.sqrt(window)
    cap = np.maximum(mean * SHELF_LIFE_PART * policy.shelf_days[rows], 1)
    return np.asarray(np.ceil(np.minimum(level, cap)), dtype=np.int64)


def store_levels(policy: Policy, rows: Ints, day: int) -> Ints:
    """Target stock of store pairs after a delivery, in units, at least one."""
    mean, deviation = _trailing(policy.pair_sums, rows, policy.launch_day[rows], day)
    level = mean * STORE_COVER_DAYS + STORE_SERVICE_FACTOR * deviation * np.sqrt(STORE_COVER_DAYS)
    return np.asarray(np.maximum(np.ceil(level), 1), dtype=np.int64)


def due_pairs(policy: Policy, day: int) -> Ints:
    """List the DC pairs reviewed at the close of a day: DC1 on Mondays, DC2 on Tuesdays, DC3 on Wednesdays.

    Fresh goods are reviewed a second time three days later.
    """
    count = len(policy.lead_days) // len(DCS)
    dc = np.arange(len(policy.lead_days)) // count
    today = weekday(day)
    is_due = (dc == today) | (policy.is_fresh & (dc + 3 == today))
    return np.nonzero(is_due & (policy.first_review <= day) & (day < policy.last_review))[0]


def choose_terms(terms: Terms, product: Ints, day: int, seed: int) -> Ints:
    """Choose the supplier of each order line by chance, with the planned shares of the product's suppliers."""
    draw = np.random.default_rng([seed, POLICY_STREAM, day]).random(len(product))
    options = terms.by_product[product]
    upper = np.cumsum(np.where(options >= 0, terms.share[options], 0), axis=1)
    last = (options >= 0).sum(axis=1) - 1
    rank = np.minimum((draw[:, None] >= upper).sum(axis=1), last)
    return np.asarray(options[np.arange(len(product)), rank])


def round_quantity(quantity: Ints, minimum: Ints, multiple: Ints) -> Ints:
    """Round up to the order multiple, at least the minimum: max(MOQ, ceil(q / multiple) * multiple)."""
    return np.asarray(np.maximum(minimum, -(-quantity // multiple) * multiple))
