"""Extracts of the cash registers and the web shop: sales lines per day, returns per week, promotions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import EPOCH_OFFSET, Ints, Rows, coded, dates, money, same, texts
from samples.synth.files import write_csv, write_parquet
from samples.synth.plan import Stream
from samples.synth.returning import REASONS
from samples.synth.world import World

# Marketing tells ERP and planning so many weeks ahead.
PROMOTION_LEAD_WEEKS = 5
_TAX_PERCENT = 19
_CHANNELS = pa.array(["STORE", "WEB"])


def first_day(world: World) -> np.datetime64:
    """Return the first day as NumPy has it."""
    return np.datetime64(world.plan.first_day, "D")


def instants(world: World, day: Ints, second: Ints, zone: str | None = None) -> pa.Array:
    """Turn day numbers and seconds of the day (UTC) into time stamps."""
    start = int((first_day(world) - EPOCH_OFFSET).astype(np.int64))
    return pa.array(((start + day) * 86_400 + second).astype(np.int64)).cast(pa.timestamp("s", zone))


def promotion_id(world: World, week: int) -> str:
    """Name the promotions of a week."""
    year, number, _ = world.plan.day_date(7 * week).isocalendar()
    return f"{year}-W{number:02d}"


def paid_cents(world: World, day: int, lines: Rows) -> Ints:
    """Compute what is paid for a unit of each line."""
    shelf = world.factors.price_cents[world.network.sku[lines["pair"]], day // 7]
    paid: Ints = shelf * lines["percent"] // 100
    return paid


def write_sales(world: World, day: int, lines: Rows, folder: Path) -> Ints:
    """Write the sales lines of a day.

    Returns:
        Net amount of each line in cents.
    """
    week, count = day // 7, len(lines["line"])
    pair, quantity = lines["pair"], lines["quantity"]
    place, sku = world.network.place[pair], world.network.sku[pair]
    listed, paid = world.factors.list_cents[sku, week], paid_cents(world, day, lines)
    gross, net = listed * quantity, paid * quantity
    when = np.full(count, day)
    table = pa.table(
        {
            "TRX_NO": pa.array(lines["transaction"]),
            "LINE_NO": pa.array(lines["line"].astype(np.int32)),
            "TRX_TS": instants(world, when, lines["second"], "UTC"),
            "TRX_DAY": dates(first_day(world), when),
            "STORE": coded(place, world.network.name),
            "CHANNEL": coded((place == world.network.web).astype(np.int64), _CHANNELS),
            "CARD_NO": texts(lines["customer"], world.customers.name),
            "SKU": texts(sku, world.catalog.name),
            "QTY": pa.array(quantity.astype(np.int32)),
            "LIST_PRICE": money(listed),
            "UNIT_PRICE": money(paid),
            "GROSS_AMT": money(gross),
            "DISC_AMT": money(gross - net),
            "NET_AMT": money(net),
            "TAX_AMT": money(np.round(net * _TAX_PERCENT / (100 + _TAX_PERCENT)).astype(np.int64)),
            "PROMO_ID": coded(world.factors.is_promoted[sku, week] - 1, pa.array([promotion_id(world, week)])),
            "DEVICE_HASH": texts(lines["device"], world.customers.device_hash),
            "ADDRESS_HASH": texts(lines["device"], world.customers.address_hash),
        }
    )
    write_parquet(table, folder / f"sales_{world.plan.day_date(day)}.parquet")
    return net


def write_returns(world: World, week: int, rows: Rows, folder: Path) -> None:
    """Write what came back in a week."""
    sku, place = world.network.sku[rows["pair"]], world.network.place[rows["pair"]]
    shelf = world.factors.price_cents[sku, rows["sold_day"] // 7]
    numbers = zip(rows["transaction"].tolist(), rows["line"].tolist(), strict=True)
    table = pa.table(
        {
            "RETURN_NO": pa.array([f"R{transaction}-{line}" for transaction, line in numbers]),
            "RETURN_TS": instants(world, rows["day"], rows["second"]),
            "RETURN_DAY": dates(first_day(world), rows["day"]),
            "TRX_NO": pa.array(rows["transaction"]),
            "LINE_NO": pa.array(rows["line"]),
            "STORE": texts(place, world.network.name),
            "CARD_NO": texts(rows["customer"], world.customers.name),
            "SKU": texts(sku, world.catalog.name),
            "QTY": pa.array(rows["quantity"]),
            "REFUND_AMT": money(shelf * rows["percent"] // 100 * rows["quantity"]),
            "REASON": texts(rows["reason"], pa.array(REASONS)),
            "RESTOCKED": texts(rows["restocked"].astype(np.int64), pa.array(["N", "Y"])),
        }
    )
    write_csv(table, folder / f"returns_{world.plan.sunday(week)}.csv")


def write_promotions(world: World, week: int, folder: Path) -> None:
    """Write on the Monday of a week the promotions five weeks on, in the first week all until then."""
    coming = range(0 if week == 0 else week + PROMOTION_LEAD_WEEKS, week + PROMOTION_LEAD_WEEKS + 1)
    tables = [_promotions(world, number) for number in coming if number < world.plan.weeks]
    # Arrow writes what happens to lie in memory for a part without rows.
    told = [table for table in tables if table.num_rows]
    if told:
        write_csv(pa.concat_tables(told), folder / f"promotions_{world.plan.day_date(7 * week)}.csv")


def _promotions(world: World, week: int) -> pa.Table:
    """Return the promotions of a week, with the uplift that marketing expects of them; they hold in all places."""
    sku = np.flatnonzero(world.factors.is_promoted[:, week])
    rng, count = world.plan.random(Stream.OFFICE, week), len(sku)
    uplift = world.factors.uplift[sku, week] * np.exp(rng.normal(0, 0.2, count)) - 1
    discount = 1 - world.factors.price_cents[sku, week] / world.factors.list_cents[sku, week]
    return pa.table(
        {
            "PROMO_ID": same(promotion_id(world, week), count),
            "SKU": texts(sku, world.catalog.name),
            "STORE": same("ALL", count),
            "START_DT": dates(first_day(world), np.full(count, 7 * week)),
            "END_DT": dates(first_day(world), np.full(count, 7 * week + 6)),
            "PROMO_PRICE": money(world.factors.price_cents[sku, week]),
            "DISC_PCT": pa.array(np.round(discount * 100, 2)),
            "PLANNED_UPLIFT_PCT": pa.array(np.round(np.maximum(uplift, 0) * 100, 1)),
        }
    )
