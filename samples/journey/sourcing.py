"""Extracts of the ERP about sourcing: monthly requests for quotation to all suppliers of a group, and their answers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.assortment import Assortment
from samples.journey.files import write_by_day, write_csv
from samples.journey.policy import weekday
from samples.journey.source import FIRST_DAY, day_date
from samples.journey.storage import supply_group
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms

ANSWER_STREAM, REQUEST_STREAM = 72, 73
PRODUCTS_PER_ROUND, SUPPLIERS_ASKED, MONDAYS = 20, 4, 7
DUE_DAYS, DECIDED_DAYS, VALID_DAYS = 7, 10, 60
PRICE_SPREAD = 0.04
_CHANGED = f"strftime(date '{FIRST_DAY}' + event_day::int, '%Y-%m-%d 18:00:00') as CHG_AT"
_REQUESTS_SQL = f"""
    with versions as (
        select *, sent as event_day, 'OPEN' as STAT from requests
        union all
        select *, sent + {DECIDED_DAYS},
            case when answered is null then 'NOANS' when is_winner then 'WON' else 'LOST' end
        from requests
    )
    select
        event_day::int as day, 'RQ' || lpad(round_no::varchar, 3, '0') as RFQ_NO,
        lpad(product_id::varchar, 10, '0') as ITEM_NO, vendor as VENDOR_NO, STAT, quantity as QTY, 'EA' as UOM,
        'DC1' as SHIP_TO, date '{FIRST_DAY}' + sent::int as SENT_DT,
        date '{FIRST_DAY}' + (sent + {DUE_DAYS})::int as DUE_DT, {_CHANGED}
    from versions join assortment using (product)
    where event_day < $days order by event_day, RFQ_NO, ITEM_NO, VENDOR_NO
"""
_ANSWERS_SQL = f"""
    with answers as (select * from requests where answered is not null),
    versions as (
        select *, answered as event_day, 'NEW' as STAT from answers
        union all
        select *, greatest(sent + {DECIDED_DAYS}, answered + 1), if(is_winner, 'ACC', 'REJ') from answers
    )
    select
        event_day::int as day, 'QT' || lpad(number::varchar, 6, '0') as QUOTE_NO,
        'RQ' || lpad(round_no::varchar, 3, '0') as RFQ_NO, vendor as VENDOR_NO,
        lpad(product_id::varchar, 10, '0') as ITEM_NO, STAT, date '{FIRST_DAY}' + answered::int as QUOTE_DT,
        date '{FIRST_DAY}' + (answered + {VALID_DAYS})::int as VALID_DT, price::decimal(18, 2) as PRICE,
        'USD' as CUR, 'EA' as UOM, quantity as MOQ, lead_days as LEAD_DAYS, {_CHANGED}
    from versions join assortment using (product)
    where event_day < $days order by event_day, QUOTE_NO
"""


def _behavior(count: int, seed: int) -> tuple[Any, Any]:
    """Draw the true share of requests that each supplier answers, and the mean days it takes."""
    rng = np.random.default_rng([seed, ANSWER_STREAM])
    return np.round(rng.uniform(0.6, 0.97, count), 3), np.round(rng.uniform(1.5, 5, count), 2)


def _one_round(
    number: int, day: int, assortment: Assortment, suppliers: Suppliers, terms: Terms, seed: int
) -> list[dict[str, Any]]:
    """Ask for prices of some products on a day, and draw who answers when and at which price."""
    rng = np.random.default_rng([seed, REQUEST_STREAM, day])
    rates, means = _behavior(len(suppliers.name), seed)
    alive = np.nonzero((assortment.launch_day <= day) & (assortment.end_day > day))[0]
    rows = []
    for product in np.sort(rng.permutation(alive)[:PRODUCTS_PER_ROUND]).tolist():
        group = supply_group(assortment.storage[product])
        peers = np.array([i for i, name in enumerate(suppliers.group) if name == group])
        standing = terms.price[terms.by_product[product, 0], day_date(day).month - 1]
        quantity = int(terms.minimum[terms.by_product[product, 0]]) * 10
        for supplier in np.sort(rng.permutation(peers)[:SUPPLIERS_ASKED]).tolist():
            chance, wait, price = rng.random(), rng.geometric(1 / means[supplier]), rng.normal(1, PRICE_SPREAD)
            answers = chance < rates[supplier] and wait < DECIDED_DAYS
            rows.append(
                {
                    "round_no": number, "sent": day, "product": product, "supplier": supplier, "quantity": quantity,
                    "vendor": suppliers.supplier_id[supplier], "answered": day + int(wait) if answers else None,
                    "price": max(round(float(standing * price), 2), 0.01),
                    "lead_days": int(suppliers.lead_days[supplier]),
                }
            )  # fmt: skip
    return rows


def _requests(assortment: Assortment, suppliers: Suppliers, terms: Terms, seed: int, days: int) -> pa.Table:
    """Draw all rounds up to a day: one on the first Monday of each month. The cheapest answer wins."""
    mondays = [day for day in range(days) if weekday(day) == 0 and day_date(day).day <= MONDAYS]
    rows = [
        row
        for number, day in enumerate(mondays, 1)
        for row in _one_round(number, day, assortment, suppliers, terms, seed)
    ]
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for row in rows:
        if row["answered"] is not None:
            key, offer = (row["round_no"], row["product"]), (row["price"], row["supplier"])
            best[key] = min(best.get(key, offer), offer)
    for number, row in enumerate(rows, 1):
        winner = best.get((row["round_no"], row["product"]))
        row |= {"number": number, "is_winner": winner == (row["price"], row["supplier"])}
    return pa.Table.from_pylist(rows)


def write_requests(
    source: duckdb.DuckDBPyConnection,
    assortment: Assortment,
    suppliers: Suppliers,
    terms: Terms,
    folder: Path,
    days: int,
    seed: int,
) -> dict[str, Any]:
    """Write requests when sent and when decided, and quotations when given and when decided.

    Returns:
        What was drawn: the true answer rate and mean days to answer by supplier.
    """
    requests = _requests(assortment, suppliers, terms, seed, days)
    source.register("requests", requests)
    for query, pattern in ((_REQUESTS_SQL, "rfqs_{date}.csv"), (_ANSWERS_SQL, "quotations_{date}.csv")):
        table = source.sql(query, params={"days": days}).to_arrow_table()
        write_by_day(table, folder, pattern, partial(write_csv, delimiter=";"))
    rates, means = _behavior(len(suppliers.name), seed)
    behavior = zip(suppliers.supplier_id, rates.tolist(), means.tolist(), strict=True)
    return {"requests": len(requests), "suppliers": {i: {"answer_rate": r, "mean_days": m} for i, r, m in behavior}}
