"""Extracts of the ERP that follow the assortment: item master, price lists, requests for quotation, budgets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from samples.synth.arrays import Flags, Ints, coded, dates, money, same, texts
from samples.synth.catalog import DEPARTMENTS, NEVER, SEASONS
from samples.synth.files import write_csv
from samples.synth.plan import Stream
from samples.synth.pos import first_day, instants
from samples.synth.world import World

# Weeks before its launch at which an item enters the master as planned: it is bought before it is sold.
PLANNED_WEEKS = 6
_REQUESTS_PER_WEEK = 500
_ASKED = 3
_TARGET_GROWTH = 1.03


def _changed(world: World, week: int) -> Flags:
    """Tell which items have a new row in the master on the Monday of a week."""
    launch, end, prices = world.catalog.launch_week, world.catalog.end_week, world.factors.list_cents
    is_known: Flags = launch - PLANNED_WEEKS <= week
    if week == 0:
        return is_known
    is_price_new = prices[:, week] != prices[:, week - 1]
    is_new: Flags = (launch - PLANNED_WEEKS == week) | (launch == week) | (end == week)
    is_new |= is_price_new & is_known
    return is_new


def write_items(world: World, week: int, folder: Path) -> None:
    """Write the item master on the first Monday, later what changed: planned, launched, new price, discontinued."""
    catalog, sku = world.catalog, np.flatnonzero(_changed(world, week))
    if not len(sku):
        return
    launch, end, count = catalog.launch_week[sku], catalog.end_week[sku], len(sku)
    has_ended = (end != NEVER) & (end <= week)
    status = np.where(has_ended, 2, np.where(launch > week, 0, 1))
    department = texts(catalog.department[sku], pa.array(DEPARTMENTS))
    names = department.to_pylist()
    lines = [f"{name} {line + 1}" for name, line in zip(names, catalog.line[sku].tolist(), strict=True)]
    numbers = catalog.name.take(pa.array(sku))
    table = pa.table(
        {
            "SKU": numbers,
            "DESCR": pa.array(
                [f"{line} item {number[1:]}" for line, number in zip(lines, numbers.to_pylist(), strict=True)]
            ),
            "BRAND": pa.array([f"Brand {brand + 1:02d}" for brand in catalog.brand[sku].tolist()]),
            "DEPT": department,
            "LINE": pa.array(lines),
            "UOM": same("EA", count),
            "SHELF_DAYS": pa.array(catalog.shelf_days[sku], mask=catalog.shelf_days[sku] == NEVER),
            "LAUNCH_DT": dates(first_day(world), 7 * launch, launch > 0),
            "DISC_DT": dates(first_day(world), 7 * end, has_ended),
            "SEASON": coded(catalog.season[sku] - 1, pa.array(SEASONS[1:])).cast(pa.string()),
            "TEMP": catalog.temperature().take(pa.array(sku)),
            "LIST_PRICE": money(world.factors.list_cents[sku, week]),
            "STD_COST": money(catalog.cost_cents[sku]),
            "STATUS": texts(status, pa.array(["PLANNED", "ACTIVE", "DISCONTINUED"])),
            "CHG_AT": instants(world, np.full(count, 7 * week), np.full(count, 3600)),
        }
    )
    write_csv(table, folder / f"items_{world.plan.day_date(7 * week)}.csv")


def write_prices(world: World, week: int, folder: Path) -> None:
    """Write the prices that are new on the Monday of a week: regular ones, and those of promotions."""
    factors = world.factors
    is_new = factors.is_listed[:, week].copy()
    if week:
        is_new &= (factors.list_cents[:, week] != factors.list_cents[:, week - 1]) | ~factors.is_listed[:, week - 1]
    regular, promoted = np.flatnonzero(is_new), np.flatnonzero(factors.is_promoted[:, week])
    sku: Ints = np.concatenate([regular, promoted])
    if not len(sku):
        return
    count, is_promotion = len(sku), np.arange(len(sku)) >= len(regular)
    cents = np.where(is_promotion, factors.price_cents[sku, week], factors.list_cents[sku, week])
    table = pa.table(
        {
            "SKU": texts(sku, world.catalog.name),
            "ZONE": same("ALL", count),
            "PRICE": money(cents),
            "CUR": same("EUR", count),
            "TYPE": texts(is_promotion.astype(np.int64), pa.array(["REGULAR", "PROMO"])),
            "VALID_FROM": dates(first_day(world), np.full(count, 7 * week)),
            "VALID_TO": dates(first_day(world), np.full(count, 7 * week + 6), is_promotion),
        }
    )
    write_csv(table, folder / f"price_list_{world.plan.day_date(7 * week)}.csv")


def write_requests(world: World, week: int, folder: Path) -> None:
    """Write requests for quotation that closed in a week, three vendors each."""
    rng, suppliers = world.plan.random(Stream.OFFICE, 100_000 + week), world.suppliers
    number = max(1, round(world.plan.skus / _REQUESTS_PER_WEEK))
    sku = np.repeat(rng.integers(0, world.plan.skus, number), _ASKED)
    vendor = (
        np.repeat(rng.integers(0, len(suppliers.name), number), _ASKED) + np.tile(np.arange(_ASKED), number)
    ) % len(suppliers.name)
    request, count = week * 1_000 + np.repeat(np.arange(number), _ASKED) + 1, len(sku)
    price = np.maximum(np.round(world.catalog.cost_cents[sku] * rng.uniform(0.95, 1.2, count)), 1).astype(np.int64)
    sent = np.full(count, 7 * week)
    table = pa.table(
        {
            "RFQ_NO": pa.array(request),
            "SKU": texts(sku, world.catalog.name),
            "QTY": pa.array(np.repeat(rng.integers(5, 50, number), _ASKED) * world.catalog.pack[sku]),
            "VENDOR_NO": texts(vendor, suppliers.name),
            "SENT_DT": dates(first_day(world), sent),
            "DUE_DT": dates(first_day(world), sent + 5),
            "ANSWERED_DT": dates(first_day(world), sent + rng.integers(1, 6, count)),
            "QUOTED_PRICE": money(price),
            "CUR": same("EUR", count),
            "QUOTED_DAYS": pa.array(suppliers.quoted_days[vendor]),
            "VALID_TO": dates(first_day(world), sent + 35),
        }
    )
    write_csv(table, folder / f"rfqs_{world.plan.sunday(week)}.csv")


def write_budgets(world: World, folder: Path) -> None:
    """Write targets per department and calendar month: what sells without promotions, and a little more."""
    plan, catalog, factors = world.plan, world.catalog, world.factors
    rate = np.bincount(world.network.sku, world.network.rate, plan.skus)[:, None]
    units = 7 * rate * factors.baseline()
    months = np.array([f"{plan.day_date(7 * week + 3):%Y-%m}" for week in range(plan.weeks)])
    values = {"sales": units * factors.list_cents, "cost": units * catalog.cost_cents[:, None]}
    rows = []
    for month in np.unique(months).tolist():
        for number, department in enumerate(DEPARTMENTS):
            cells = np.ix_(catalog.department == number, months == month)
            sales, cost = (round(float(values[name][cells].sum()) * _TARGET_GROWTH) for name in ("sales", "cost"))
            rows.append((month, department, sales, sales - cost, round(cost * 1.2)))
    of_month, of_department, *amounts = zip(*rows, strict=True)
    cents = [money(np.array(amount, np.int64)) for amount in amounts]
    columns = [pa.array(of_month), pa.array(of_department), *cents, same("EUR", len(rows))]
    names = ["MONTH", "DEPT", "SALES_AMT", "MARGIN_AMT", "STOCK_AMT", "CUR"]
    write_csv(pa.table(columns, names=names), folder / f"budgets_{plan.first_day}.csv")
