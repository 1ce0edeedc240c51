"""Extracts of the ERP about places and suppliers: plants, vendors, vendor terms."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from samples.journey.assortment import DCS, Assortment
from samples.journey.files import write_csv, write_xlsx
from samples.journey.prices import MONTHS
from samples.journey.source import FIRST_DAY, day_date
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms

_REGIONS = ("North", "Central", "South")
_VENDOR_COLUMNS = ("VENDOR_NO", "VENDOR_NAME", "CTRY", "CUR", "PAY_DAYS", "INCO", "ORDER_DAYS", "LEAD_DAYS", "STATUS")
_TERM_COLUMNS = (
    "VENDOR_NO", "ITEM_NO", "VENDOR_ITEM", "VALID_FROM", "VALID_TO", "PRICE", "CUR", "UOM", "MOQ", "PACK", "LEAD_DAYS",
    "PRIO", "SHARE_PCT",
)  # fmt: skip


def write_plants(source: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the DCs and every real store; DC, region and cluster of a store are dealt out by its size."""
    dcs = ", ".join(f"({i}, '{name}', '{region}')" for i, (name, region) in enumerate(zip(DCS, _REGIONS, strict=True)))
    table = source.sql(
        f"""
        with dcs as (select * from (values {dcs}) as t(dc, name, region)),
        plants as (
            select dc as place, name as PLANT, 'Distribution center ' || region as PLANT_NAME, 'DC' as PLANT_TYPE,
                null as SUPPLY_PLANT, region as REGION, null as SIZE_CLASS
            from dcs
            union all
            select 1000 + store_id, 'ST' || lpad(store_id::varchar, 5, '0'), 'Store ' || store_id, 'ST', name, region,
                case when place < 20 then 'L' when place < 110 then 'M' else 'S' end
            from stores join dcs using (dc)
        )
        select * exclude (place), 'US' as CTRY from plants order by place
        """
    ).to_arrow_table()
    write_csv(table, folder / f"plants_{FIRST_DAY}.csv")


def write_vendors(suppliers: Suppliers, folder: Path) -> None:
    """Write the vendor list; what the replay drew about their reliability stays out of it."""
    rows = [
        (number, name, "US", "USD", payment, "DAP", "1,2,3,4,5,6" if group == "fresh" else "1,2,3", lead, "ACTIVE")
        for number, name, group, payment, lead in zip(
            suppliers.supplier_id,
            suppliers.name,
            suppliers.group,
            suppliers.payment_days.tolist(),
            suppliers.lead_days.tolist(),
            strict=True,
        )
    ]
    write_xlsx(_VENDOR_COLUMNS, rows, "Vendors", folder / f"vendors_{FIRST_DAY}.xlsx")


def write_terms(suppliers: Suppliers, terms: Terms, assortment: Assortment, folder: Path, days: int) -> None:
    """Write the terms of the first day, then on the first of a month the terms that ended and their successors."""
    began = [FIRST_DAY] * len(terms.supplier)

    def row(term: int, month: int, until: date | None) -> tuple[object, ...]:
        vendor = int(terms.supplier[term])
        item = int(assortment.product_id[terms.product[term]])
        return (
            suppliers.supplier_id[vendor], f"{item:010d}", f"{suppliers.supplier_id[vendor]}-{item}",
            began[term], until,
            float(terms.price[term, month]), "USD", "EA", int(terms.minimum[term]), int(terms.multiple[term]),
            int(suppliers.lead_days[vendor]), int(terms.priority[term]), round(100 * float(terms.share[term])),
        )  # fmt: skip

    first = [row(term, 0, None) for term in range(len(began))]
    write_xlsx(_TERM_COLUMNS, first, "Terms", folder / f"vendor_terms_{FIRST_DAY}.xlsx")
    for month in range(1, MONTHS):
        today = date(FIRST_DAY.year, month + 1, 1)
        changed = np.nonzero(terms.price[:, month] != terms.price[:, month - 1])[0].tolist()
        if today > day_date(days - 1) or not changed:
            continue
        rows = []
        for term in changed:
            rows.append(row(term, month - 1, today))
            began[term] = today
            rows.append(row(term, month, None))
        write_xlsx(_TERM_COLUMNS, rows, "Terms", folder / f"vendor_terms_{today}.xlsx")
