"""Extracts of the web shop's log and of the price watch."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from samples.synth.arrays import Rows, coded, dates, joined, money, same, texts
from samples.synth.baskets import CLOSES, NOBODY, OPENS
from samples.synth.files import write_csv, write_jsonl
from samples.synth.plan import Stream
from samples.synth.pos import first_day, instants
from samples.synth.world import World

EVENTS = pa.array(["view", "cart", "wishlist", "search"])
VIEW, CART, WISHLIST, SEARCH = range(4)
_REFERRERS = pa.array(["direct", "search engine", "newsletter", "social", "price comparison"])
_SIGNED_IN = 0.3
_BROWSED = (0.7, 0.1, 0.2)
COMPETITORS = pa.array(["Billigmarkt", "Kaufland24", "Feinhaus"])
_COMPETITOR_LEVELS = (0.94, 1.0, 1.08)
_MATCHED = 0.5


def _browsing(world: World, rng: np.random.Generator, count: int, week: int) -> Rows:
    """Draw people who look and do not buy; items sell as they are looked at."""
    popular = world.catalog.popularity * world.factors.is_listed[:, week]
    sku = np.searchsorted(np.cumsum(popular), rng.random(count) * popular.sum()).clip(max=len(popular) - 1)
    customer = rng.integers(0, len(world.customers.store), count)
    return {
        "day": 7 * week + rng.integers(0, 7, count),
        "second": rng.integers(OPENS, CLOSES, count),
        "sku": sku,
        "session": np.arange(count),
        "customer": np.where(rng.random(count) < _SIGNED_IN, customer, NOBODY),
        "device": world.customers.device[customer],
        "type": rng.choice([VIEW, WISHLIST, SEARCH], count, p=_BROWSED),
        "dwell": rng.integers(3, 240, count),
    }


def _buying(world: World, rng: np.random.Generator, lines: Rows, first_session: int) -> Rows:
    """Draw what buyers did before: they looked, and put into the cart."""
    count = len(lines["line"])
    session = first_session + np.unique(lines["transaction"], return_inverse=True)[1]
    looked = {
        "day": lines["day"],
        "second": np.maximum(lines["second"] - rng.integers(120, 900, count), 0),
        "sku": world.network.sku[lines["pair"]],
        "session": session,
        "customer": lines["customer"],
        "device": lines["device"],
        "type": np.full(count, VIEW),
        "dwell": rng.integers(10, 240, count),
    }
    took = {**looked, "second": np.maximum(lines["second"] - 60, 0), "type": np.full(count, CART)}
    return joined([looked, took])


def write_events(
    world: World, week: int, lines: list[Rows], folder: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write what people did in the web shop in a week.

    Args:
        world: The company.
        week: Week number.
        lines: Real lines of the web shop with the column day; fake orders are placed without looking around.
        folder: Where to write.
        connection: Connection that writes JSON.
    """
    rng = world.plan.random(Stream.WEB, week)
    bought = joined(lines)
    browsed = _browsing(world, rng, len(bought["line"]) + 20, week)
    rows = joined([browsed, _buying(world, rng, bought, len(browsed["day"]))])
    order = np.lexsort((rows["type"], rows["second"], rows["day"]))
    rows = {name: column[order] for name, column in rows.items()}
    count = len(order)
    table = pa.table(
        {
            "event_id": pa.array(week * 10_000_000 + np.arange(count) + 1),
            "ts": instants(world, rows["day"], rows["second"], "UTC").cast(pa.string()),
            "session": pa.array(week * 10_000_000 + rows["session"]),
            "customer": texts(rows["customer"], world.customers.name),
            "device": texts(rows["device"], world.customers.device_hash),
            "type": texts(rows["type"], EVENTS),
            "sku": texts(rows["sku"], world.catalog.name),
            "dwell_s": pa.array(rows["dwell"]),
            "referrer": coded(rng.integers(0, len(_REFERRERS), count), _REFERRERS).cast(pa.string()),
        }
    )
    write_jsonl(connection, table, folder / f"events_{world.plan.sunday(week)}.jsonl")


def write_competitors(world: World, week: int, folder: Path) -> None:
    """Write what competitors ask for half of the items, seen on the Monday of a week."""
    rng = world.plan.random(Stream.COMPETITORS, week)
    listed = np.flatnonzero(world.factors.is_listed[:, week])
    who = np.repeat(np.arange(len(COMPETITORS)), len(listed))
    sku = np.tile(listed, len(COMPETITORS))
    # The same items are matched every week.
    matched = (sku * 2_654_435_761 + who * 40_503) % 1_000 < 1_000 * _MATCHED
    who, sku = who[matched], sku[matched]
    count = len(sku)
    is_promoted = rng.random(count) < 0.08
    level = np.array(_COMPETITOR_LEVELS)[who] * np.exp(rng.normal(0, 0.04, count)) * np.where(is_promoted, 0.8, 1.0)
    price = np.maximum(np.round(world.catalog.base_cents[sku] * level).astype(np.int64), 5)
    table = pa.table(
        {
            "COMPETITOR": texts(who, COMPETITORS),
            "SKU": texts(sku, world.catalog.name),
            "MATCH_PCT": pa.array(70 + (sku * 97 + who * 31) % 31),
            "SEEN_DT": dates(first_day(world), np.full(count, 7 * week)),
            "PRICE": money(price),
            "CUR": same("EUR", count),
            "PROMO": texts(is_promoted.astype(np.int64), pa.array(["N", "Y"])),
            "IN_STOCK": texts((rng.random(count) < 0.95).astype(np.int64), pa.array(["N", "Y"])),
        }
    )
    write_csv(table, folder / f"competitor_prices_{world.plan.day_date(7 * week)}.csv")
