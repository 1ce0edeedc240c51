"""The file that loading is measured with: the till's lines of a year, typed, 64 bytes a line, and a company for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml
from psycopg import sql

from ingest.load import Figures, load_company
from ingest.report import LoadReport
from warehouse.connection import Role, connect

COMPANY = "bench"
BUSINESS_DATE = date(2024, 12, 31)
# The columns of the file as a bare table has them.
TYPES = {
    "transaction_id": "text",
    "line_number": "integer",
    "sold_at": "timestamptz",
    "location_id": "text",
    "product_id": "text",
    "quantity": "numeric(18, 4)",
    "unit_price": "numeric(18, 4)",
    "discount_amount": "numeric(18, 4)",
    "net_amount": "numeric(18, 4)",
}
LINES_PER_RECEIPT = 8
DAYS = 366
PRODUCTS, PLACES = 30_000, 300
_LOADED = "raw.sales_lines, raw.products, raw.locations, ops.load_ledger, ops.load_figures, ops.quarantine, ops.batches"


def write(state: Path, rows: int, *, with_masters: bool = False) -> Path:
    """Write the file, and a company that loads it, into a state folder.

    Args:
        state: The folder; companies are read from its sub-folder companies.
        rows: Lines of the file.
        with_masters: Also deliver the products and places that the lines name.

    Returns:
        The file.
    """
    landing = state / "landing" / COMPANY
    landing.mkdir(parents=True)
    step = DAYS * 86_400 * LINES_PER_RECEIPT / rows
    duckdb.sql(
        f"""
        copy (
            select (100000 + i // {LINES_PER_RECEIPT})::varchar as transaction_id,
                i % {LINES_PER_RECEIPT} + 1 as line_number,
                strftime(
                    timestamp '2024-01-01' + to_seconds(cast(floor(i // {LINES_PER_RECEIPT} * {step}) as bigint)),
                    '%Y-%m-%d %H:%M:%S+00'
                ) as sold_at,
                'S' || (100 + hash(i // {LINES_PER_RECEIPT}) % {PLACES})::varchar as location_id,
                'P' || (10000 + hash(i * 7) % {PRODUCTS})::varchar as product_id, quantity, unit_price, discount_amount,
                (quantity * unit_price - discount_amount)::decimal(18, 2) as net_amount
            from (
                select i, (hash(i * 3) % 9 + 1)::integer as quantity,
                    ((hash(i * 11) % 9900 + 100) / 100)::decimal(18, 2) as unit_price,
                    (case when hash(i * 13) % 5 = 0 then hash(i * 17) % 100 / 100 else 0 end)::decimal(18, 2)
                        as discount_amount
                from range({rows}) as r (i)
            )
        ) to '{landing / "sales.csv"}' (header)
        """
    )
    _write_company(state / "companies" / COMPANY, with_masters=with_masters)
    if with_masters:
        _write_master(
            landing / "products.csv",
            "product_id,product_name,category_1,uom,status",
            "P{},Thing,Things,EA,active",
            10_000,
            PRODUCTS,
        )
        _write_master(landing / "places.csv", "location_id,location_name,location_type", "S{},Shop,store", 100, PLACES)
    return landing / "sales.csv"


def load(figures: Figures | None = None) -> LoadReport:
    """Load what the company has delivered, within this process."""
    return load_company(COMPANY, BUSINESS_DATE, figures=figures)


def forget() -> None:
    """Empty the tables that a load fills, and have the server write what it has not written yet."""
    with connect(Role.OWNER, autocommit=True) as connection:
        connection.execute(f"truncate {_LOADED} cascade")  # type: ignore[arg-type]
        connection.execute("checkpoint")


def create_bare_table(name: str) -> None:
    """Create an empty table with the columns of the file and nothing else: logged, no key, no index."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in TYPES.items()
    )
    with connect(Role.OWNER) as connection:
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create table {} ({})").format(sql.Identifier(name), columns))


def _write_company(folder: Path, *, with_masters: bool) -> None:
    folder.mkdir(parents=True)
    mapped: dict[str, Any] = {name: name for name in TYPES}
    mapped |= {"sale_date": {"sql": "cast(sold_at[:10] as date)"}}
    mapped |= {name: {"constant": value} for name, value in (("channel", "store"), ("uom", "EA"), ("currency", "USD"))}
    feeds: list[dict[str, Any]] = [{"entity": "sales_lines", "files": "sales.csv", "columns": mapped}]
    if with_masters:
        feeds += [{"entity": "products", "files": "products.csv"}, {"entity": "locations", "files": "places.csv"}]
    sources = {
        "company": {
            "name": "Bench",
            "currency": "USD",
            "timezone": "UTC",
            "country": "US",
            "business_date": BUSINESS_DATE.isoformat(),
        },
        "sources": {"pos": {"description": "One large file.", "location": "${LANDING}", "feeds": feeds}},
    }
    (folder / "sources.yml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    (folder / "policy.yml").write_text("planning: {location_level: company}\n", encoding="utf-8")


def _write_master(path: Path, header: str, line: str, first: int, count: int) -> None:
    lines = (line.format(number) for number in range(first, first + count))
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
