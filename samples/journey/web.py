"""Log of a web shop: sessions drawn around real baskets; some are orders that are collected in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.files import write_by_day
from samples.journey.source import FIRST_DAY

SESSION_STREAM, EVENT_STREAM = 68, 69
DEVICES = ("mobile", "desktop", "tablet", "app")
DEVICE_SHARES = (0.46, 0.27, 0.07, 0.20)
# Share of the sessions on a device that end in an order.
CONVERSION = (0.09, 0.15, 0.11, 0.22)
REFERRERS = ("direct", "search", "mail", "social", "leaflet")
REFERRER_SHARES = (0.42, 0.28, 0.16, 0.08, 0.06)
# Sessions per real basket, and the share of those without an order in which nobody signs in.
SESSIONS_PER_BASKET = 0.26
ANONYMOUS_SHARE = 0.55
# Chances of what follows a view, in sessions that end without an order.
CART_RATE, WISHLIST_RATE, SEARCH_RATE = 0.16, 0.07, 0.35
MOST_PRODUCTS = 6
# Events at the end of a day that the log delivers once more with the next day.
REPEATED = 5
_NOT_SOLD_ONLINE = ("FUEL", "COUPON", "MISCELLANEOUS", "TRAVEL & LEISURE")
_BASKETS_SQL = """
    create or replace table web_baskets as
    select row_number() over (order by day, basket_id) - 1 as number, day, basket_id, any_value(store_id) as store_id,
        any_value(household_id) as household_id, min(transaction_timestamp) as bought_at
    from sale_lines group by day, basket_id
"""
_LINES_SQL = f"""
    create or replace table web_lines as
    with lines as (
        select number, product_id, product_type, quantity,
            row_number() over (partition by number order by hash_rank, product_id) as rank
        from (
            select number, product_id, product_type, quantity,
                md5_number_lower(basket_id || '/' || product_id) as hash_rank
            from web_sessions join web_baskets using (number) join sale_lines using (basket_id)
            join products using (product_id)
            where not list_contains($departments, department) and quantity > 0
        )
    )
    select row_number() over (order by number, rank) - 1 as line, *
    from lines join web_sessions using (number) where rank <= {MOST_PRODUCTS}
"""
_EVENTS_SQL = f"""
    create or replace table web_events as
    with lines as (from web_lines join drawn_lines using (line)),
    steps as (
        select *, rank as place, 1 as step, 'search' as event from lines where searches
        union all
        select *, rank, 2, 'view' from lines
        union all
        select *, rank, 3, 'wishlist' from lines where wishes
        union all
        select *, rank, 4, 'cart' from lines where is_order or carts
        union all
        select *, {MOST_PRODUCTS} + rank, 5, 'order' from lines where is_order
    ),
    timed as (
        -- A session lies within the trading day and before the basket is paid for in the store.
        select *, datediff('second', day_start, bought_at) as seconds
        from steps join (
            select *, timezone(
                'UTC', timezone('America/New_York', (date '{FIRST_DAY}' + day::int)::timestamp)
            ) as day_start
            from web_baskets
        ) using (number)
    )
    select
        day, 'W' || number || '-' || place || '-' || step as event_id, event,
        day_start + to_seconds(
            floor(seconds * start_part * 0.9)::int + least((place * 6 + step) * 7, floor(seconds * 0.09)::int)
        ) as seen_at,
        'S' || number as session, 'V' || visitor as visitor,
        case when not is_anonymous then household_id end as household,
        device, referrer, store_id as store, product_id as upc,
        case when event in ('cart', 'order') then quantity end as qty,
        case when event = 'search' then lower(split_part(product_type, ' ', 1)) end as query,
        case when event = 'order' then basket_id end as basket, case when event = 'view' then dwell end as dwell
    from timed
"""
_LOG_SQL = f"""
    with ranked as (
        select *, row_number() over (partition by day order by seen_at desc, event_id desc) as from_end from web_events
    ),
    delivered as (
        select day as file_day, * from ranked
        union all
        select day + 1, * from ranked where from_end <= {REPEATED}
    )
    select file_day::int as day, to_json({{
        'id': event_id, 'type': event, 'ts': strftime(seen_at, '%Y-%m-%dT%H:%M:%SZ'),
        'session': session, 'visitor': visitor, 'household': household, 'device': device, 'referrer': referrer,
        'store': store, 'upc': upc, 'qty': qty, 'query': query, 'basket': basket, 'dwell': dwell
    }})::varchar as line
    from delivered where file_day < $days
    order by file_day, seen_at, event_id
"""


def _choice(draw: Any, shares: tuple[float, ...]) -> Any:
    return np.minimum(np.searchsorted(np.cumsum(shares), draw, side="right"), len(shares) - 1)


def _sessions(baskets: int, seed: int) -> pa.Table:
    """Draw the sessions around baskets: device, whether they end in the order of the basket, who is behind them."""
    rng = np.random.default_rng([seed, SESSION_STREAM])
    has, device, order, who, start, referrer = rng.random((baskets, 6)).T
    number = np.nonzero(has < SESSIONS_PER_BASKET)[0]
    device, order, who, start, referrer = (column[number] for column in (device, order, who, start, referrer))
    kind = _choice(device, DEVICE_SHARES)
    is_order = order < np.array(CONVERSION)[kind]
    return pa.table(
        {
            "number": number,
            "device": np.array(DEVICES)[kind],
            "referrer": np.array(REFERRERS)[_choice(referrer, REFERRER_SHARES)],
            "is_order": is_order,
            "is_anonymous": ~is_order & (who < ANONYMOUS_SHARE),
            "start_part": 0.2 + 0.7 * start,
            "visitor": number * 7919 % 1_000_003,
        }
    )


def _lines(count: int, seed: int) -> pa.Table:
    search, wish, cart, dwell = np.random.default_rng([seed, EVENT_STREAM]).random((count, 4)).T
    return pa.table(
        {
            "line": np.arange(count),
            "searches": search < SEARCH_RATE,
            "wishes": wish < WISHLIST_RATE,
            "carts": cart < CART_RATE,
            "dwell": np.round(3 + 60 * dwell, 1),
        }
    )


def _write_lines(table: pa.Table, path: Path) -> None:
    path.write_text("\n".join(table["line"].to_pylist()) + "\n", encoding="utf-8")


def write_web_events(source: duckdb.DuckDBPyConnection, folder: Path, days: int, seed: int) -> dict[str, Any]:
    """Write the log, one file of JSON lines per day; the last events of a day come once more with the next day.

    Returns:
        What was drawn: conversion by device, and the events and sessions that took place.
    """
    source.execute(_BASKETS_SQL)
    baskets = source.sql("select count(*) from web_baskets").fetchall()[0][0]
    source.register("web_sessions", _sessions(baskets, seed))
    source.execute(_LINES_SQL, {"departments": list(_NOT_SOLD_ONLINE)})
    source.register("drawn_lines", _lines(source.sql("select count(*) from web_lines").fetchall()[0][0], seed))
    source.execute(_EVENTS_SQL)
    table = source.sql(_LOG_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "web_events_{date}.jsonl", _write_lines)
    return _truth(source, days)


def _truth(source: duckdb.DuckDBPyConnection, days: int) -> dict[str, Any]:
    events = source.sql(f"select event, count(*) from web_events where day < {days} group by 1 order by 1").fetchall()
    sessions = source.sql(
        f"""
        select device, count(distinct session), count(distinct session) filter (basket is not null)
        from web_events where day < {days} group by 1 order by 1
        """
    ).fetchall()
    return {
        "conversion_by_device": dict(zip(DEVICES, CONVERSION, strict=True)),
        "events": dict(events),
        "sessions": {device: {"sessions": count, "orders": orders} for device, count, orders in sessions},
    }
