"""Master extracts of ERP and CRM: places, lanes, vendors and their terms, customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import dates, money, same, texts
from samples.synth.files import write_csv
from samples.synth.pos import first_day
from samples.synth.suppliers import QUARTER_DAYS
from samples.synth.world import World

_DC, _WEB, _STORE = range(3)


def _place_types(world: World) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    place = np.arange(world.plan.places)
    return np.where(place < world.plan.dcs, _DC, np.where(place == world.network.web, _WEB, _STORE))


def write_plants(world: World, folder: Path) -> None:
    """Write all places."""
    network, kinds = world.network, _place_types(world)
    count, names = world.plan.places, network.name.to_pylist()
    titles = ("Distribution center", "Web shop", "Store")
    size = np.where(network.size > 1.2, 2, np.where(network.size > 0.85, 1, 0))
    table = pa.table(
        {
            "PLANT": network.name,
            "PLANT_NAME": pa.array([f"{titles[kind]} {name}" for kind, name in zip(kinds, names, strict=True)]),
            "PLANT_TYPE": texts(kinds, pa.array(["DC", "WEB", "ST"])),
            "SUPPLY_PLANT": texts(np.where(kinds == _DC, -1, network.dc), network.name),
            "REGION": pa.array(network.region),
            "CTRY": same("DE", count),
            "SIZE_CLASS": texts(np.where(kinds == _STORE, size, -1), pa.array(["S", "M", "L"])),
        }
    )
    write_csv(table, folder / f"plants_{world.plan.first_day}.csv")


def write_lanes(world: World, folder: Path) -> None:
    """Write the ways by which distribution centers supply places and each other."""
    network, dcs = world.network, np.arange(world.plan.dcs)
    target = np.arange(world.plan.dcs, world.plan.places)
    between = np.array([(a, b) for a in dcs for b in dcs if a != b], np.int64).reshape(-1, 2)
    origin = np.concatenate([network.dc[target], between[:, 0]])
    target = np.concatenate([target, between[:, 1]])
    count, is_between = len(origin), np.arange(len(origin)) >= len(origin) - len(between)
    table = pa.table(
        {
            "FROM_PLANT": texts(origin, network.name),
            "TO_PLANT": texts(target, network.name),
            "TRANSPORT": same("ROAD", count),
            "DAYS": pa.array(np.where(is_between, 2, 1)),
            "COST_FIXED": money(np.where(is_between, 18_000, 2_500)),
            "COST_UNIT": money(np.where(is_between, 5, 3)),
            "CAPACITY": pa.array(np.where(is_between, 20_000, 4_000)),
            "CUTOFF": same("18:00", count),
            "CUR": same("EUR", count),
        }
    )
    write_csv(table, folder / f"lanes_{world.plan.first_day}.csv")


def write_vendors(world: World, folder: Path) -> None:
    """Write the vendor list; how reliable vendors truly are stays out of it."""
    suppliers = world.suppliers
    count = len(suppliers.name)
    table = pa.table(
        {
            "VENDOR_NO": suppliers.name,
            "VENDOR_NAME": pa.array([f"Vendor {name[1:]}" for name in suppliers.name.to_pylist()]),
            "CTRY": pa.array(suppliers.country),
            "CUR": same("EUR", count),
            "PAY_DAYS": pa.array(np.where(suppliers.quoted_days > 14, 60, 30)),
            "INCO": same("DAP", count),
            "ORDER_DAYS": pa.array(suppliers.order_weekday + 1),
            "LEAD_DAYS": pa.array(suppliers.quoted_days),
            "STATUS": same("ACTIVE", count),
        }
    )
    write_csv(table, folder / f"vendors_{world.plan.first_day}.csv")


def write_terms(world: World, quarter: int, folder: Path) -> None:
    """Write the terms that hold from the first day of a quarter; second vendors ask a tenth more."""
    suppliers, catalog = world.suppliers, world.catalog
    second = np.flatnonzero(suppliers.second >= 0)
    sku = np.concatenate([np.arange(world.plan.skus), second])
    vendor = np.concatenate([suppliers.of_sku, suppliers.second[second]])
    is_second = np.arange(len(sku)) >= world.plan.skus
    # Ordered from the first vendor at this price, to the cent: see unit_cents.
    level = suppliers.price_level[vendor, quarter] * np.where(is_second, 1.1, 1.0)
    count, price = len(sku), np.maximum(np.round(catalog.cost_cents[sku] * level), 1).astype(np.int64)
    table = pa.table(
        {
            "VENDOR_NO": texts(vendor, suppliers.name),
            "SKU": texts(sku, catalog.name),
            "VALID_FROM": dates(first_day(world), np.full(count, quarter * QUARTER_DAYS)),
            "PRICE": money(price),
            "CUR": same("EUR", count),
            "MOQ": pa.array(catalog.pack[sku]),
            "PACK": pa.array(catalog.pack[sku]),
            "LEAD_DAYS": pa.array(suppliers.quoted_days[vendor]),
            "PRIO": pa.array(np.where(is_second, 2, 1)),
        }
    )
    write_csv(table, folder / f"vendor_terms_{world.plan.day_date(quarter * QUARTER_DAYS)}.csv")


def write_customers(world: World, folder: Path) -> None:
    """Write all customers; names and addresses are made of their number."""
    customers = world.customers
    count, number = len(customers.store), np.arange(len(customers.store))
    region = pa.array(world.network.region).take(pa.array(world.network.web + 1 + customers.store))
    tiers = pa.array(["basic", "silver", "gold"])
    bands = pa.array(["18-29", "30-44", "45-59", "60+"])
    table = pa.table(
        {
            "CUST_NO": customers.name,
            "EMAIL": pa.array([f"{name.lower()}@example.com" for name in customers.name.to_pylist()]),
            "POSTCODE": pa.array([f"{10_000 + store * 7 % 89_999}" for store in customers.store.tolist()]),
            "REGION": region,
            "CTRY": same("DE", count),
            "SIGNUP_DT": dates(first_day(world), customers.signup_day),
            "TIER": texts(np.where(number % 20 == 0, 2, np.where(number % 5 == 0, 1, 0)), tiers),
            "AGE_BAND": texts(number * 7 % 4, bands),
            "CONSENT": texts((number % 3 > 0).astype(np.int64), pa.array(["N", "Y"])),
        }
    )
    write_csv(table, folder / f"customers_{world.plan.first_day}.csv")
