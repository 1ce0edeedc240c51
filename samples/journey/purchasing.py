"""Extracts of the ERP about buying: orders and lines in every version they went through, and goods receipts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from samples.journey.files import write_by_day, write_csv
from samples.journey.journal import BOOKED_MINUTE, RECEIPT
from samples.journey.lots import NEVER
from samples.journey.replay import Replay
from samples.journey.suppliers import Suppliers

# Local minute of a goods receipt: spread over four hours by its number.
RECEIPT_MINUTE = f"({BOOKED_MINUTE[RECEIPT]} + ({{number}} * 37) % 240)"
FIRST_ORDER = 4_500_000_001
_CHANGED = "strftime(date '2017-01-01' + event_day::int, '%Y-%m-%d 22:40:00')"


def _us_date(day: str) -> str:
    return f"strftime(date '2017-01-01' + {day}::int, '%m/%d/%Y')"


_ORDERS_SQL = f"""
    with totals as (
        select order_id as id, sum(ordered * round(unit_price * 100)::bigint) as cents, max(second) > 0 as has_second
        from replayed_lines group by order_id
    ),
    orders as (select * from replayed_orders join totals using (id)),
    events as (
        select id, day as event_day, '10' as STAT_CD from orders
        union all
        select id, shipped, '20' from orders where cancelled < 0 and shipped < arrival
        union all
        select id, arrival, if(has_second, '30', '40') from orders where cancelled < 0
        union all
        select id, second_arrival, '40' from orders where cancelled < 0 and has_second
        union all
        select id, cancelled, '90' from orders where cancelled >= 0
    )
    select
        event_day::int as day, ({FIRST_ORDER} + id)::varchar as PO_NBR, vendor as VENDOR_NO,
        'DC' || (dc + 1) as SHIP_TO, {_us_date("orders.day")} as PO_DT, {_us_date("requested")} as REQ_DT,
        {_us_date("confirmed")} as CNF_DT,
        case when STAT_CD not in ('10', '90') then {_us_date("shipped")} end as SHIP_DT,
        STAT_CD, 'USD' as CUR, 'DAP' as INCO, (cents / 100)::decimal(18, 2) as GOODS_AMT,
        (round(cents * freight_rate) / 100)::decimal(18, 2) as FRT_AMT, {_CHANGED} as CHG_AT
    from events join orders using (id)
    where event_day < $days
    order by event_day, id
"""
_LINES_SQL = f"""
    with lines as (
        select lines.*, orders.* exclude (id, day, dc, supplier), orders.day as order_day
        from replayed_lines as lines join replayed_orders as orders on orders.id = lines.order_id
    ),
    events as (
        select id, order_day as event_day, '10' as STAT_CD, 0 as received, 0 as rejected from lines
        union all
        select id, arrival, if(second > 0, '30', '40'), first, first_rejected from lines where cancelled < 0
        union all
        select id, second_arrival, '40', first + second, first_rejected + second_rejected
        from lines where cancelled < 0 and second > 0
        union all
        select id, cancelled, '90', 0, 0 from lines where cancelled >= 0
    )
    select
        event_day::int as day, ({FIRST_ORDER} + order_id)::varchar as PO_NBR, line * 10 as POS_NR,
        lpad(product_id::varchar, 10, '0') as ITEM_NO, ordered as ORD_QTY, committed as CNF_QTY,
        received as RCV_QTY, rejected as REJ_QTY, 'EA' as UOM, unit_price::decimal(18, 2) as PRICE,
        (ordered * round(unit_price * 100)::bigint / 100)::decimal(18, 2) as AMOUNT, 'USD' as CUR,
        {_us_date("requested")} as REQ_DT, {_us_date("confirmed")} as CNF_DT, STAT_CD,
        case
            when STAT_CD = '90' then 'VENDOR'
            when STAT_CD = '40' and received < ordered then 'SHORT'
        end as REASON_CD,
        {_CHANGED} as CHG_AT
    from events join lines using (id) join assortment using (product)
    where event_day < $days
    order by event_day, id
"""
_RECEIPTS_SQL = f"""
    select
        receipts.day::int as day, 'GR' || lpad(number::varchar, 8, '0') as GR_NO,
        ({FIRST_ORDER} + order_id)::varchar as PO_NBR, lines.line * 10 as POS_NR,
        lpad(product_id::varchar, 10, '0') as ITEM_NO, 'DC' || (orders.dc + 1) as PLANT, vendor as VENDOR_NO,
        strftime(
            date '2017-01-01' + receipts.day::int + to_minutes({RECEIPT_MINUTE.format(number="number")}),
            '%Y-%m-%d %H:%M:%S'
        ) as GR_TS,
        arrived as QTY_ARRIVED, receipts.rejected as QTY_REJ,
        case when receipts.rejected > 0 then ['DMG', 'BBD', 'TMP', 'QLT'][1 + number % 4] end as REJ_CD, 'EA' as UOM,
        case when lot > 0 then 'L' || lpad(lot::varchar, 8, '0') end as BATCH,
        case when lot > 0 and expiry < {NEVER} then date '2017-01-01' + expiry::int end as BEST_BEFORE,
        landed::decimal(18, 4) as LANDED_COST, 'USD' as CUR
    from replayed_receipts as receipts
    join replayed_lines as lines on lines.id = receipts.line_id
    join replayed_orders as orders on orders.id = lines.order_id
    join assortment using (product)
    order by number
"""


def register_purchasing(source: duckdb.DuckDBPyConnection, replay: Replay, suppliers: Suppliers) -> None:
    """Register the replayed orders, lines and receipts as DuckDB tables."""
    freight = suppliers.freight_rate[replay.orders["supplier"]]
    vendor = pa.array([suppliers.supplier_id[i] for i in replay.orders["supplier"]])
    orders = pa.table({**replay.orders, "vendor": vendor, "freight_rate": freight})
    source.register("replayed_orders", orders.append_column("id", pa.array(range(len(orders)))))
    lines = pa.table({("order_id" if name == "order" else name): column for name, column in replay.lines.items()})
    source.register("replayed_lines", lines.append_column("id", pa.array(range(len(lines)))))
    receipts = pa.table({("line_id" if name == "line" else name): column for name, column in replay.receipts.items()})
    source.register("replayed_receipts", receipts.append_column("number", pa.array(range(1, len(receipts) + 1))))


def write_orders(source: duckdb.DuckDBPyConnection, folder: Path, days: int) -> None:
    """Write order headers on each day on which they were placed, shipped, received or cancelled."""
    table = source.sql(_ORDERS_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "purchase_orders_{date}.csv", partial(write_csv, delimiter=";"))


def write_lines(source: duckdb.DuckDBPyConnection, folder: Path, days: int) -> None:
    """Write order lines when placed, and again with what was received after each receipt or when cancelled."""
    table = source.sql(_LINES_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "purchase_order_lines_{date}.csv", partial(write_csv, delimiter=";"))


def write_receipts(source: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write goods receipts, one row per line and delivery, on the day of the receipt."""
    table = source.sql(_RECEIPTS_SQL).to_arrow_table()
    write_by_day(table, folder, "goods_receipts_{date}.tsv", partial(write_csv, delimiter="\t"))
