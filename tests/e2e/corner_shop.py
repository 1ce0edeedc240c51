"""A company small enough to count by hand: three shops, five products, sixty weeks of sales and stock."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

COMPANY = "corner_shop"
FIRST_DAY = date(2023, 1, 2)
WEEKS = 60
LAST_DAY = FIRST_DAY + timedelta(days=7 * WEEKS - 1)
SHOPS = ("north", "south", "east")
# Units per shop and day, price: the sums of the whole company follow from these two figures.
PRODUCTS = {"tea": (3, 4), "coffee": (5, 6), "sugar": (2, 1), "biscuits": (1, 3)}
SLOW_PRODUCT = "candles"

SOURCES = """\
company: {name: Corner Shop, currency: USD, timezone: UTC, country: US}
sources:
  till:
    description: The till of the shops, one file a week.
    location: ${LANDING}/till
    feeds:
      - entity: sales_lines
        files: sales_*.csv.gz
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          transaction_id: RECEIPT
          line_number: LINE
          sold_at: {sql: CAST(DAY || ' 12:00:00+00' AS TIMESTAMPTZ)}
          sale_date: DAY
          location_id: SHOP
          channel: {constant: store}
          product_id: ITEM
          quantity: QTY
          uom: {constant: EA}
          net_amount: AMOUNT
          currency: {constant: USD}
  office:
    description: Master data and stock lists.
    location: ${LANDING}/office
    feeds:
      - entity: products
        files: items_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          product_id: ITEM
          product_name: NAME
          category_1: {constant: Pantry}
          uom: {constant: EA}
          list_price: PRICE
          standard_cost: COST
          currency: {constant: USD}
          status: {constant: active}
          is_stocked: {constant: true}
      - entity: locations
        files: shops_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns: {location_id: SHOP, location_name: NAME, location_type: {constant: store}}
      - entity: inventory_snapshots
        files: stock_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          snapshot_date: DAY
          location_id: SHOP
          product_id: ITEM
          stock_condition: {constant: unrestricted}
          on_hand_quantity: ON_HAND
          unit_cost: COST
          currency: {constant: USD}
          uom: {constant: EA}
"""
POLICY = """\
planning: {location_level: store, active_weeks: 26, stockout_week_days: 2}
forecast: {horizon_weeks: 13, season_weeks: 52, backtest_cutoffs: 3, retrain_weeks: 1}
slow_movers: {lead_days: 35, window_days: 90, unsold_share: 0.5, medium_probability: 0.3, high_probability: 0.6}
stock: {overstock_cover_days: 90, understock_cover_days: 7}
supplier: {late_days: 0, in_full_pct: 0.98, minimum_lines: 8}
gate: {row_count_band: 0.5}
"""


def days() -> list[date]:
    """Return every trading day."""
    return [FIRST_DAY + timedelta(days=offset) for offset in range(7 * WEEKS)]


def line_count() -> int:
    """Return the number of sales lines: every product sells in every shop on every day."""
    return len(days()) * len(SHOPS) * len(PRODUCTS)


def net_sales() -> int:
    """Return the revenue of all lines."""
    return len(days()) * len(SHOPS) * sum(units * price for units, price in PRODUCTS.values())


def write_company(companies: Path, landing: Path) -> None:
    """Write configuration and extract files."""
    folder = companies / COMPANY
    folder.mkdir(parents=True)
    (folder / "sources.yml").write_text(SOURCES)
    (folder / "policy.yml").write_text(POLICY)
    _write_masters(landing / COMPANY / "office")
    for week in range(WEEKS):
        monday = FIRST_DAY + timedelta(weeks=week)
        _write_week(landing / COMPANY, [monday + timedelta(days=day) for day in range(7)])


def write_broken_delivery(landing: Path, day: date) -> None:
    """Write a delivery that keeps the contract and breaks the gate: amounts in cents instead of dollars."""
    write_day(landing, day, factor=100)


def write_day(landing: Path, day: date, factor: int = 1) -> None:
    """Write the sales of one more day, every amount times factor."""
    rows = [
        (f"{shop}-{day}", number, day, shop, item, units, factor * units * price)
        for shop in SHOPS
        for number, (item, (units, price)) in enumerate(PRODUCTS.items(), 1)
    ]
    _write(landing / COMPANY / "till" / f"sales_{day}.csv.gz", SALES_HEADER, rows)


SALES_HEADER = ("RECEIPT", "LINE", "DAY", "SHOP", "ITEM", "QTY", "AMOUNT")


def _write_masters(folder: Path) -> None:
    items = [(item, item.title(), price, price / 2) for item, (_, price) in PRODUCTS.items()]
    _write(
        folder / f"items_{FIRST_DAY}.csv", ("ITEM", "NAME", "PRICE", "COST"), [*items, (SLOW_PRODUCT, "Candles", 5, 2)]
    )
    _write(folder / f"shops_{FIRST_DAY}.csv", ("SHOP", "NAME"), [(shop, shop.title()) for shop in SHOPS])


def _write_week(folder: Path, week: Sequence[date]) -> None:
    sales, stock = [], []
    for day in week:
        for shop in SHOPS:
            for number, (item, (units, price)) in enumerate(PRODUCTS.items(), 1):
                sales.append((f"{shop}-{day}", number, day, shop, item, units, units * price))
                stock.append((day, shop, item, 20 * units, price / 2))
            stock.append((day, shop, SLOW_PRODUCT, 400, 2))
    _write(folder / "till" / f"sales_{week[-1]}.csv.gz", SALES_HEADER, sales)
    _write(folder / "office" / f"stock_{week[-1]}.csv", ("DAY", "SHOP", "ITEM", "ON_HAND", "COST"), stock)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)
