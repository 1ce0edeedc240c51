"""Extracts of the ERP about stock: every movement, and the closing stock of each day."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey import journal as log
from samples.journey.assortment import Assortment
from samples.journey.files import write_by_day, write_csv, write_parquet
from samples.journey.lots import NEVER, NO_LOT
from samples.journey.purchasing import RECEIPT_MINUTE
from samples.journey.replay import Replay

_FIXED_MINUTES = " ".join(f"when {kind} then {at}" for kind, at in log.BOOKED_MINUTE.items() if kind != log.RECEIPT)
_MINUTE = f"case kind {_FIXED_MINUTES} else {RECEIPT_MINUTE.format(number='reference')} end"
_BATCH = f"""
        case
            when lot > {NO_LOT} then 'L' || lpad(lot::varchar, 8, '0')
            when lot < {NO_LOT} then 'OPN' || lpad((-lot - 1)::varchar, 6, '0')
        end"""
_MOVEMENTS_SQL = f"""
    select
        day::int as day, 'M' || lpad(entry::varchar, 9, '0') as DOC_NO,
        strftime(date '2017-01-01' + day::int + to_minutes(({_MINUTE})::int), '%Y-%m-%d %H:%M:%S') as POSTED_AT,
        kind as MVT, lpad(product_id::varchar, 10, '0') as ITEM_NO, source.plant as FROM_PLANT,
        sink.plant as TO_PLANT, quantity as QTY, 'EA' as UOM,
        case
            when kind = {log.RECEIPT} then 'GR' || lpad(reference::varchar, 8, '0')
            when kind = {log.OPENING} then 'GO-LIVE'
            when kind in ({log.TRANSFER}, {log.EMERGENCY})
                then 'TR-' || strftime(date '2017-01-01' + day::int, '%Y%m%d') || '-' || sink.plant
        end as REF_DOC,
        {_BATCH} as BATCH,
        date '2017-01-01' + received::int as FIRST_GR_DT, unit_cost::decimal(18, 4) as UNIT_VALUE
    from movements join (select product, product_id from assortment) using (product)
    left join stock_places as source on source.place = origin
    left join stock_places as sink on sink.place = target
    order by entry
"""
_SNAPSHOTS_SQL = """
    select
        day, date '2017-01-01' + day as CLOSING_DT, plant as PLANT, product_id as ITEM_NO, on_hand as QTY_OH,
        on_order as QTY_OO, in_transit as QTY_IT, unit_cost::decimal(18, 4) as UNIT_VALUE
    from snapshot join assortment using (product) join stock_places using (place)
    order by day, place, product
"""
# A lot was made its shelf life before it expires; only lots of receipts have a supplier on record.
_LOTS_SQL = f"""
    with makers as (
        select receipts.lot, vendor
        from replayed_receipts as receipts
        join replayed_lines as lines on lines.id = receipts.line_id
        join replayed_orders as orders on orders.id = lines.order_id
        where receipts.lot > {NO_LOT}
    )
    select
        day::int as day, date '2017-01-01' + day::int as CLOSING_DT, plant as PLANT,
        lpad(product_id::varchar, 10, '0') as ITEM_NO, {_BATCH} as BATCH, quantity as QTY_OH, vendor as VENDOR_NO,
        case when expiry < {NEVER} then date '2017-01-01' + (expiry - shelf_days)::int end as MADE_DT,
        case when expiry < {NEVER} then date '2017-01-01' + expiry::int end as BEST_BEFORE,
        date '2017-01-01' + received::int as FIRST_GR_DT, unit_cost::decimal(18, 4) as UNIT_VALUE
    from lots_on_hand join assortment using (product) join stock_places using (place) left join makers using (lot)
    where lot <> {NO_LOT}
    order by day, place, product, BATCH
"""


def register_places(source: duckdb.DuckDBPyConnection, assortment: Assortment) -> None:
    """Register the places that keep stock with their plant code in the ERP."""
    codes = [name if name.startswith("DC") else f"ST{int(name):05d}" for name in assortment.places]
    source.register("stock_places", pa.table({"place": np.arange(len(codes)), "plant": codes}))


def write_movements(source: duckdb.DuckDBPyConnection, replay: Replay, folder: Path) -> None:
    """Write the journal, one file per day."""
    source.register("movements", pa.table(replay.movements))
    table = source.sql(_MOVEMENTS_SQL).to_arrow_table()
    write_by_day(table, folder, "stock_movements_{date}.csv.gz", write_csv)


def write_snapshots(source: duckdb.DuckDBPyConnection, replay: Replay, assortment: Assortment, folder: Path) -> None:
    """Write the closing stock of every pair with a stock record, one file per day."""
    day, pair = np.nonzero(replay.is_listed)
    at_dc = pair < assortment.dc_pair_count
    dc_pair = np.where(at_dc, pair, 0)
    snapshot = pa.table(
        {
            "day": day.astype(np.int32),
            "place": assortment.pair_place[pair].astype(np.int32),
            "product": assortment.pair_product[pair].astype(np.int32),
            "on_hand": replay.on_hand[day, pair].astype(np.int32),
            "on_order": np.where(at_dc, replay.on_order[day, dc_pair], 0).astype(np.int32),
            "in_transit": np.where(at_dc, replay.in_transit[day, dc_pair], 0).astype(np.int32),
            "unit_cost": replay.unit_cost[day, pair],
        }
    )
    source.register("snapshot", snapshot)
    table = source.sql(_SNAPSHOTS_SQL).to_arrow_table()
    write_by_day(table, folder, "stock_on_hand_{date}.parquet", write_parquet)


def write_lots(source: duckdb.DuckDBPyConnection, replay: Replay, assortment: Assortment, folder: Path) -> None:
    """Write the lots on hand at the close of each Sunday, one file per Sunday."""
    lots = replay.lots
    product = assortment.pair_product[lots["pair"]]
    columns = {
        **lots,
        "place": assortment.pair_place[lots["pair"]],
        "product": product,
        "shelf_days": np.array([storage.shelf_life_days or 0 for storage in assortment.storage])[product],
        "unit_cost": replay.unit_cost[lots["day"], lots["pair"]],
    }
    source.register("lots_on_hand", pa.table(columns))
    table = source.sql(_LOTS_SQL).to_arrow_table()
    write_by_day(table, folder, "stock_lots_{date}.parquet", write_parquet)
