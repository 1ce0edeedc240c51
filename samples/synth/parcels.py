"""Transports: parcels of the web shop, deliveries of suppliers, and supply of stores."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Rows, where
from samples.synth.buying import first_lines
from samples.synth.plan import Stream
from samples.synth.stock import Delivery
from samples.synth.world import World

CARRIERS = ("Paketdienst Nord", "Eilbote", "Landfracht", "Hauslogistik")
PARCEL_CARRIERS = 2
FREIGHT, OWN_FLEET = 2, 3
# True share of parcels that arrive after the promised day, by carrier.
LATE_SHARES = (0.04, 0.15)
DAMAGE_SHARES = (0.005, 0.02)
PROMISED_DAYS = 3
INBOUND, OUTBOUND, TRANSFER = range(3)
DIRECTIONS = ("inbound", "outbound", "transfer")
_COLUMNS = ("weight", "freight", "packages", "carrier", "damaged")


def send_parcels(world: World, day: int, lines: Rows) -> None:
    """Send each order of the web shop the day after."""
    is_web = (world.network.place[lines["pair"]] == world.network.web) & (lines["line"] == 1)
    orders = where(lines, is_web)
    count = len(orders["line"])
    rng = world.plan.random(Stream.PARCELS, day)
    carrier = rng.integers(0, PARCEL_CARRIERS, count)
    is_late = rng.random(count) < np.array(LATE_SHARES)[carrier]
    travel = np.where(is_late, PROMISED_DAYS + rng.integers(1, 6, count), rng.integers(1, PROMISED_DAYS, count))
    world.parcels.add(
        {
            "reference": orders["transaction"],
            "customer": orders["customer"],
            "carrier": carrier,
            "opened": np.full(count, day + 1),
            "promised": np.full(count, day + 1 + PROMISED_DAYS),
            "closed": day + 1 + travel,
            "packages": np.ones(count, np.int64),
            "weight": rng.integers(300, 8_000, count),
            "freight": rng.integers(350, 900, count),
            "damaged": rng.random(count) < np.array(DAMAGE_SHARES)[carrier],
        }
    )


def parcel_rows(parcels: Rows, world: World) -> Rows:
    """Shape parcels into rows of the freight list."""
    count = len(parcels["opened"])
    return _rows(parcels, OUTBOUND, parcels["reference"], np.full(count, world.network.web), np.full(count, -1))


def inbound_rows(lines: Rows, world: World) -> Rows:
    """Shape purchase orders that are under way or received into rows, one per order."""
    orders = where(lines, first_lines(lines))
    goods = np.bincount(np.unique(lines["order"], return_inverse=True)[1], lines["arrived"] * lines["cents"])
    count = len(orders["order"])
    freight = (goods * world.suppliers.freight[orders["supplier"]]).astype(np.int64)
    shaped = {
        "opened": orders["shipped"],
        "promised": orders["confirmed"],
        "closed": orders["closed"],
        "carrier": np.full(count, FREIGHT),
        "packages": 1 + freight // 10_000,
        "weight": 50_000 + freight,
        "freight": freight,
        "damaged": orders["order"] % 97 == 0,
    }
    return _rows(shaped, INBOUND, orders["order"], orders["supplier"], orders["dc"])


def transfer_rows(world: World, day: int, delivery: Delivery) -> Rows:
    """Shape the supply of stores on a day into rows, one per store that got something."""
    place = world.network.place[delivery.pair]
    units = np.bincount(place, delivery.quantity, world.plan.places).astype(np.int64)
    to = np.flatnonzero(units)
    count, when = len(to), np.full(len(to), day)
    shaped = {
        "opened": when,
        "promised": when,
        "closed": when,
        "carrier": np.full(count, OWN_FLEET),
        "packages": 1 + units[to] // 40,
        "weight": units[to] * 400,
        "freight": 2_500 + units[to] * 3,
        "damaged": np.zeros(count, np.bool_),
    }
    return _rows(shaped, TRANSFER, to, world.network.dc[to], to)


def _rows(rows: Rows, direction: int, reference: object, origin: object, target: object) -> Rows:
    count = len(rows["opened"])
    kept = {name: np.asarray(rows[name]) for name in (*_COLUMNS, "opened", "promised", "closed")}
    ends = {"reference": np.asarray(reference), "origin": np.asarray(origin), "target": np.asarray(target)}
    return kept | ends | {"direction": np.full(count, direction)}
