"""Extracts of the freight system: lanes, and the shipments from suppliers to DCs and between own places."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey import journal as log
from samples.journey.assortment import DCS
from samples.journey.files import write_by_day, write_csv
from samples.journey.purchasing import FIRST_ORDER
from samples.journey.source import FIRST_DAY, day_date
from samples.journey.suppliers import Suppliers

CARRIER_STREAM, INBOUND_STREAM, TRANSFER_STREAM, SURCHARGE_STREAM = 64, 65, 66, 67
# The first three carry for suppliers, the others between own places.
CARRIERS = ("Ridge Freight", "Coldway", "Blue Axle", "Own fleet", "Harbor Couriers")
INBOUND_CARRIERS = 3
LATE_DAYS = 3
KG_PER_UNIT = 0.6
UNIT_COST, FIXED_COST = 0.03, 24.0
FURTHEST_SURPLUS = 1.5
CLOSED_LANE_DAY = 181
_INBOUND_SQL = f"""
    create or replace table inbound as
    with lines as (
        select order_id, sum(first) as first, sum(second) as second,
            sum(ordered * round(unit_price * 100)::bigint) as cents
        from replayed_lines group by order_id
    ),
    damage as (
        select order_id, receipts.day, sum(receipts.rejected * round(unit_price * 100)::bigint) as claim_cents
        from replayed_receipts as receipts join replayed_lines as lines on lines.id = receipts.line_id
        where receipts.rejected > 0 and number % 4 = 0 group by all
    ),
    parts as (
        select id, 1 as part, shipped, arrival as delivered, first as units
        from replayed_orders join lines on order_id = id where cancelled < 0
        union all
        select id, 2, second_arrival - 2, second_arrival, second
        from replayed_orders join lines on order_id = id where cancelled < 0 and second > 0
    )
    select
        'SI' || ({FIRST_ORDER} + parts.id) || '-' || part as shipment, 'inbound' as direction, 'standard' as service,
        vendor, ({FIRST_ORDER} + parts.id)::varchar as po, null::varchar as origin, 'DC' || (dc + 1) as target,
        parts.shipped, parts.delivered, parts.units, claim_cents, 1 + supplier % {INBOUND_CARRIERS} as carrier,
        promise_late, promise_days, round(cents * freight_rate * parts.units / (first + second)) / 100 as freight
    from parts join replayed_orders as orders on orders.id = parts.id join lines on lines.order_id = parts.id
    join inbound_draws as draws on draws.id = parts.id
    left join damage on damage.order_id = parts.id and damage.day = parts.delivered
"""
_TRANSFERS_SQL = f"""
    create or replace table transferred as
    select
        row_number() over (order by day, kind, origin, target) - 1 as number, day, kind, source.plant as origin,
        sink.plant as target, sum(quantity) as units, 1 + {INBOUND_CARRIERS} + (kind = {log.EMERGENCY})::int as carrier
    from movements join stock_places as source on source.place = origin join stock_places as sink on sink.place = target
    where kind in ({log.TRANSFER}, {log.EMERGENCY})
    group by day, kind, origin, target, source.plant, sink.plant
"""
_SHIPMENTS_SQL = f"""
    with moves as (
        select * exclude (promise_late, promise_days), case
            when promise_late < 1 - on_time_rate and delivered > shipped
                then greatest(delivered - 1 - floor(promise_days * {LATE_DAYS})::int, shipped)
            else delivered + (promise_days < 0.2)::int
        end as promised
        from inbound join carriers using (carrier)
        union all by name
        -- Own goods are booked at both places on the day they move: what is late should have moved the day before.
        select
            'ST' || lpad(number::varchar, 7, '0') as shipment, 'transfer' as direction,
            if(kind = {log.EMERGENCY}, 'express', 'standard') as service, origin, target, day as shipped,
            day as delivered, day - (promise_late < 1 - on_time_rate)::int as promised, units, carrier, carrier_name,
            on_time_rate, round({FIXED_COST} + {UNIT_COST} * units, 2) as freight
        from transferred join transfer_draws using (number) join carriers using (carrier)
    ),
    versions as (
        select *, shipped as event_day, 'T' as STAT from moves where shipped < delivered
        union all
        select *, delivered, 'D' from moves
    )
    select
        event_day::int as day, shipment as SHPT_NO, direction as DIR, STAT, 'F' || carrier as CARR_NO,
        carrier_name as CARR_NAME, service as SERVICE, vendor as VENDOR_NO, po as PO_NBR, origin as FROM_PLANT,
        target as TO_PLANT, date '{FIRST_DAY}' + shipped::int as SHIP_DT, date '{FIRST_DAY}' + promised::int as PROM_DT,
        case when STAT = 'D' then date '{FIRST_DAY}' + delivered::int end as DLV_DT,
        (units * {KG_PER_UNIT})::decimal(18, 1) as WEIGHT_KG, freight::decimal(18, 2) as FREIGHT, 'USD' as CUR,
        case when STAT = 'D' then (claim_cents / 100)::decimal(18, 2) end as CLAIM,
        if(STAT = 'D', if(claim_cents > 0, 'Y', 'N'), null) as DAMAGED,
        strftime(date '{FIRST_DAY}' + event_day::int, '%Y-%m-%d 23:10:00') as CHG_AT
    from versions
    where event_day between 0 and $days - 1
    order by event_day, SHPT_NO, STAT desc
"""
_LANES_SQL = f"""
    with places as (select row_number() over (order by place) - 1 as number, plant from stock_places),
    ways as (
        select 'I' as kind, supplier_id as vendor, null as origin, plant as target, supplier * 3 + number as number,
            transit as days from places, lane_vendors where number < {len(DCS)}
        union all
        select 'T', null, dcs.plant, sinks.plant, 1000 * dcs.number + sinks.number, 1
        from places as dcs, places as sinks where dcs.number < {len(DCS)} and dcs.number <> sinks.number
    ),
    issues as (
        select *, row_number() over (partition by month_day order by kind, number) as rank
        from ways, lane_months
    )
    select
        month_day::int as day, kind || lpad(number::varchar, 5, '0') as LANE_NO, vendor as VENDOR_NO,
        origin as FROM_PLANT, target as TO_PLANT, 'truck' as MODE, days as TRANSIT_DAYS,
        -- Distances are assumed from the number of the lane.
        ({FIXED_COST} * (1 + number % 7 / 7.0 * {FURTHEST_SURPLUS}) * surcharge)::decimal(18, 2) as FIXED_AMT,
        ({UNIT_COST} * surcharge)::decimal(18, 4) as UNIT_AMT, 'USD' as CUR, 20000 as CAPACITY, 'EA' as UOM,
        if(kind = 'I', '1,2,3,4,5', '1,2,3,4,5,6') as DAYS, '14:00' as CUTOFF,
        -- One lane is given up in the middle of the year: the list says so once, and then no longer names it.
        if(rank = $closed and month_day = {CLOSED_LANE_DAY}, 'X', '') as DEL_IND
    from issues
    where not (rank = $closed and month_day > {CLOSED_LANE_DAY})
    order by month_day, LANE_NO
"""


def _carriers(seed: int) -> pa.Table:
    rates = np.random.default_rng([seed, CARRIER_STREAM]).uniform(0.82, 0.98, len(CARRIERS))
    numbers = np.arange(1, len(CARRIERS) + 1)
    return pa.table({"carrier": numbers, "carrier_name": list(CARRIERS), "on_time_rate": np.round(rates, 3)})


def _draws(name: str, count: int, seed: int, stream: int) -> pa.Table:
    """Draw two chances per order or transfer; a longer replay draws the same for those it shares with a shorter one."""
    late, days = np.random.default_rng([seed, stream]).random((count, 2)).T
    return pa.table({name: np.arange(count), "promise_late": late, "promise_days": days})


def write_shipments(source: duckdb.DuckDBPyConnection, folder: Path, days: int, seed: int) -> dict[str, Any]:
    """Write shipments when they leave and when they arrive; days of leaving and arrival are those of orders and stock.

    Returns:
        What was drawn: the rate of on-time shipments by carrier, and totals of what was shipped.
    """
    carriers = _carriers(seed)
    source.register("carriers", carriers)
    orders = source.sql("select count(*) from replayed_orders").fetchall()[0][0]
    source.register("inbound_draws", _draws("id", orders, seed, INBOUND_STREAM))
    source.execute(_INBOUND_SQL)
    source.execute(_TRANSFERS_SQL)
    moved = source.sql("select count(*) from transferred").fetchall()[0][0]
    source.register("transfer_draws", _draws("number", moved, seed, TRANSFER_STREAM))
    table = source.sql(_SHIPMENTS_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "shipments_{date}.csv", partial(write_csv, delimiter=";"))
    return _truth(source, carriers, table)


def _truth(source: duckdb.DuckDBPyConnection, carriers: pa.Table, written: pa.Table) -> dict[str, Any]:
    source.register("written_shipments", written)
    totals = source.sql(
        """
        select count(distinct SHPT_NO) as shipments, count(*) filter (STAT = 'D') as delivered,
            count(*) filter (DAMAGED = 'Y') as damaged, count(*) filter (DLV_DT > PROM_DT) as late
        from written_shipments
        """
    ).to_arrow_table()
    names = [f"F{number}" for number in carriers["carrier"].to_pylist()]
    return {
        "on_time_rate_by_carrier": dict(zip(names, carriers["on_time_rate"].to_pylist(), strict=True)),
        **totals.to_pylist()[0],
    }


def write_lanes(source: duckdb.DuckDBPyConnection, suppliers: Suppliers, folder: Path, days: int, seed: int) -> None:
    """Write the full list of lanes on the first of each month, with the surcharge on costs drawn for it."""
    firsts = [day for day in range(days) if day_date(day).day == 1]
    surcharge = 1 + np.random.default_rng([seed, SURCHARGE_STREAM]).uniform(0, 0.12, 12)[: len(firsts)]
    source.register("lane_months", pa.table({"month_day": firsts, "surcharge": np.round(surcharge, 3)}))
    transit = np.clip(suppliers.lead_days, 2, 5) - 1
    count = len(suppliers.name)
    vendors = {"supplier": np.arange(count), "supplier_id": list(suppliers.supplier_id), "transit": transit}
    source.register("lane_vendors", pa.table(vendors))
    closed = count * len(DCS) - 1
    table = source.sql(_LANES_SQL, params={"closed": closed}).to_arrow_table()
    write_by_day(table, folder, "lanes_{date}.csv", partial(write_csv, quoting="needed"))
