"""The company that is struck: every format, a file long enough to be struck in the middle, and rows to quarantine."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2024, 1, 21)
BIG_ROWS = 3_000
# Wide enough for the file to be read as a stream, which files below 4 MiB are not.
NOTE = "no model reads this, and every byte of it is read. " * 32
PLACES = ("north", "süd")
ITEMS = {"tea": (3, 4), "café": (5, 6), "sugar": (2, 1), "candles": (1, 5)}
HEADER = ("RECEIPT", "LINE", "DAY", "SHOP", "ITEM", "QTY", "AMOUNT", "GONE", "NOTE")
SALES, OLD_SALES = f"till/sales_{LAST_DAY}.csv", f"till/sales_{LAST_DAY - timedelta(days=7)}.csv.gz"
PRODUCTS, STOCK = f"office/items_{LAST_DAY}.csv", f"office/stock_{LAST_DAY}.xlsx"
CUSTOMERS, MOVEMENTS = f"office/customers_{LAST_DAY}.jsonl", f"office/moves_{LAST_DAY}.parquet"

SOURCES = """\
company: {name: Chaos Shop, currency: EUR, timezone: UTC, country: DE}
sources:
  office:
    description: Master data and stock.
    location: ${LANDING}/office
    feeds:
      - entity: products
        files: items_*.csv
        encoding: latin-1
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          product_id: ITEM
          product_name: NAME
          category_1: {constant: Pantry}
          uom: {constant: EA}
          list_price: PRICE
          standard_cost: COST
          currency: {constant: EUR}
          status: {constant: active}
          is_stocked: {constant: true}
      - entity: locations
        files: shops_*.csv
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns: {location_id: SHOP, location_name: SHOP, location_type: {constant: store}}
      - entity: customers
        files: customers_*.jsonl
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns: {customer_id: id, customer_type: {constant: person}}
      - entity: stock_movements
        files: moves_*.parquet
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
      - entity: inventory_snapshots
        files: stock_*.xlsx
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        columns:
          snapshot_date: DAY
          location_id: SHOP
          product_id: ITEM
          stock_condition: {constant: unrestricted}
          on_hand_quantity: ON_HAND
          unit_cost: COST
          currency: {constant: EUR}
          uom: {constant: EA}
  till:
    description: The tills.
    location: ${LANDING}/till
    feeds:
      - entity: sales_lines
        files: sales_*
        file_date: '(\\d{4}-\\d{2}-\\d{2})'
        format: csv
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
          currency: {constant: EUR}
          is_deleted: GONE
"""
POLICY = "planning: {location_level: company}\n"

Row = Sequence[object]


def write_template(folder: Path) -> None:
    """Write the extract files that every company is given."""
    days = [FIRST_DAY + timedelta(days=offset) for offset in range((LAST_DAY - FIRST_DAY).days + 1)]
    write_csv(folder / PRODUCTS, ("ITEM", "NAME", "PRICE", "COST"), products(), "latin-1")
    write_csv(folder / "office" / f"shops_{LAST_DAY}.csv", ("SHOP",), [(place,) for place in PLACES])
    (folder / CUSTOMERS).write_text("".join(json.dumps({"id": f"c{n}"}) + "\n" for n in range(200)))
    _write_moves(folder / MOVEMENTS, days)
    write_workbook(folder / STOCK, ("DAY", "SHOP", "ITEM", "ON_HAND", "COST"), _stock(days))
    write_csv(folder / OLD_SALES, HEADER, [_sale(f"old-{n}", day) for n, day in enumerate(days[:14] * 8)])
    write_csv(folder / SALES, HEADER, _big_sales(days))


def give_company(template: Path, companies: Path, landing: Path, company: str) -> Path:
    """Give a company its configuration and its files, which it shares with the others; return its landing folder."""
    (companies / company).mkdir(parents=True, exist_ok=True)
    (companies / company / "sources.yml").write_text(SOURCES)
    (companies / company / "policy.yml").write_text(POLICY)
    for file in template.rglob("*.*"):
        target = landing / company / file.relative_to(template)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Links: hundreds of copies of the long file would fill the disk.
        if not target.exists():
            os.link(file, target)
    return landing / company


def write_day(folder: Path, day: date, seed: str) -> None:
    """Write the sales of a later day: new, late and corrected lines, and lines deleted."""
    draw = random.Random(seed)
    rows = [_sale(f"{day}-{n}", day, n) for n in range(20)]
    rows += [_sale(f"late-{day}-{n}", draw.choice(_past(day)), n) for n in range(10)]
    for n in draw.sample(range(BIG_ROWS), 60):
        receipt, line, sold, place, item, quantity, amount, _, note = _sale(f"big-{n}", _big_day(n), n)
        gone = "true" if draw.random() < 0.4 else ""
        rows.append((receipt, line, sold, place, item, quantity, int(str(amount)) + draw.randint(0, 9), gone, note))
    write_csv(folder / "till" / f"sales_{day}.csv", HEADER, rows)


def write_csv(path: Path, header: Row, rows: Iterable[Row], encoding: str = "utf-8") -> None:
    """Write a csv, packed where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", newline="", encoding=encoding) as handle:
        csv.writer(handle).writerows([header, *rows])


def write_workbook(path: Path, header: Row, rows: Iterable[Row]) -> None:
    """Write a workbook of one sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def products() -> list[Row]:
    """Return the rows of the products."""
    return [(item, item.title(), price, price / 2) for item, (_, price) in ITEMS.items()]


def _stock(days: list[date]) -> list[Row]:
    return [(str(day), place, item, 20 * ITEMS[item][0], 1) for day in days for place in PLACES for item in ITEMS]


def _write_moves(path: Path, days: list[date]) -> None:
    rows = [
        {"movement_id": f"m{n}", "moved_at": f"{day} 06:00:00+00", "movement_date": str(day), "product_id": item,
         "to_location_id": "north", "movement_type": "receipt", "quantity": str(units), "uom": "EA"}
        for n, (day, (item, (units, _))) in enumerate((day, item) for day in days for item in ITEMS.items())
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)


def _past(day: date) -> list[date]:
    return [FIRST_DAY + timedelta(days=offset) for offset in range((day - FIRST_DAY).days)]


def _big_day(number: int) -> date:
    return LAST_DAY - timedelta(days=number % 7)


def _sale(receipt: str, day: date, number: int = 0) -> Row:
    item = list(ITEMS)[number % len(ITEMS)]
    units, price = ITEMS[item]
    return (receipt, 1, day, PLACES[number % 2], item, units, units * price, "", NOTE if number else "")


def _big_sales(days: list[date]) -> list[Row]:
    rows: list[Row] = [_sale(f"big-{n}", _big_day(n), n) for n in range(BIG_ROWS)]
    for spoiled in (100, 1_500, 2_900):
        rows[spoiled] = (*rows[spoiled][:6], "much", *rows[spoiled][7:])
    # A repeated key and a line with too many fields: the file is read twice.
    return [*rows, rows[7], (*rows[8], "one", "too many")]
