"""Histories of small companies, drawn at random: new, late, corrected, repeated, reordered and deleted rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BATCHES = 4
# Its two weeks lie in two months.
FIRST_DAY = date(2024, 1, 26)
# Keys are few, so that batches meet again and again; p2, l1 and g1 often come after the facts that name them.
PRODUCTS, PLACES = ["p0", "p1", "p2"], ["l0", "l1"]

Rows = list[dict[str, Any]]
Batch = tuple[str, dict[str, Rows]]
History = list[Batch]

days = st.integers(0, 11).map(lambda offset: str(FIRST_DAY + timedelta(days=offset)))
instants = st.integers(0, 13).map(lambda offset: f"{FIRST_DAY + timedelta(days=offset)} 06:00+00")
amounts = st.integers(1, 9)
# Orders meet on some days and in some minutes, so that their verdicts hang together.
busy_days = days | st.sampled_from([str(FIRST_DAY + timedelta(days=offset)) for offset in (4, 5, 7)])
times = st.sampled_from(["12:00", "12:05", "13:30"])


def _rows(size: int, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Rows]:
    # Some sources tell when a row changed, others do not; deletions are tombstones.
    technical = {"updated_at": st.none() | instants, "is_deleted": st.sampled_from([None, None, None, False, True])}
    return st.lists(st.fixed_dictionaries(fields | technical), min_size=size // 2, max_size=size)


def _constant(**values: str) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.just(value) for name, value in values.items()}


def _dated(rows: Rows) -> Rows:
    """Give rows of events the instants that belong to their days, at noon where they draw no time."""
    instant = {
        "sale_date": "sold_at",
        "movement_date": "moved_at",
        "event_date": "occurred_at",
        "seen_date": "seen_at",
        "return_date": "returned_at",
    }
    times = [row.pop("time", "12:00") for row in rows]
    return [
        row | {at: f"{row[day]} {time}+00" for day, at in instant.items() if day in row}
        for row, time in zip(rows, times, strict=True)
    ]


def _promotion_days(rows: Rows) -> Rows:
    return [row | {"end_date": max(row["start_date"], row["end_date"])} for row in rows]


entities = st.fixed_dictionaries(
    {
        "products": _rows(
            3,
            product_id=st.sampled_from(PRODUCTS),
            product_name=st.sampled_from(["Tea", "Pot"]),
            category_1=st.sampled_from(["a", "b"]),
            standard_cost=amounts,
            list_price=amounts,
            is_stocked=st.booleans(),
            **_constant(uom="EA", status="active", currency="USD"),
        ),
        "locations": _rows(
            2,
            location_id=st.sampled_from(PLACES),
            location_name=st.sampled_from(["Shop", "Store"]),
            region=st.sampled_from(["north", "south"]),
            parent_location_id=st.sampled_from([None, "l1", "l2"]),
            **_constant(location_type="store"),
        ),
        "customers": _rows(2, customer_id=st.just("c0"), tier=st.sampled_from(["gold", "none"])),
        "promotions": _rows(
            2,
            promotion_id=st.sampled_from(["g0", "g1"]),
            product_id=st.sampled_from(PRODUCTS),
            location_id=st.sampled_from(["l0", "ALL"]),
            start_date=days,
            end_date=days,
            **_constant(mechanic="discount"),
        ).map(_promotion_days),
        "sales_lines": _rows(
            8,
            transaction_id=st.sampled_from(["t0", "t1", "t2", "t3", "t4"]),
            line_number=st.integers(1, 2),
            sale_date=busy_days,
            time=times,
            location_id=st.sampled_from([*PLACES, "l0"]),
            product_id=st.sampled_from([*PRODUCTS, "p0"]),
            customer_id=st.sampled_from([None, "c0", "c1", "c2"]),
            device_hash=st.sampled_from([None, "d0", "d1"]),
            address_hash=st.sampled_from([None, None, "a0"]),
            channel=st.sampled_from(["store", "online", "online", "online"]),
            promotion_id=st.sampled_from([None, "g0", "g1"]),
            quantity=st.sampled_from([-1, 1, 1, 2]),
            unit_price=st.sampled_from([None, 1, 5]),
            net_amount=amounts,
            **_constant(uom="EA", currency="USD"),
        ).map(_dated),
        "inventory_snapshots": _rows(
            4,
            snapshot_date=days,
            location_id=st.sampled_from(PLACES),
            product_id=st.sampled_from(PRODUCTS),
            on_hand_quantity=st.integers(0, 9),
            unit_cost=st.none() | amounts,
            **_constant(stock_condition="unrestricted", uom="EA", currency="USD"),
        ),
        "stock_movements": _rows(
            3,
            movement_id=st.sampled_from(["m0", "m1", "m2"]),
            movement_date=days,
            product_id=st.sampled_from(PRODUCTS),
            to_location_id=st.sampled_from(PLACES),
            quantity=amounts,
            **_constant(movement_type="receipt", uom="EA"),
        ).map(_dated),
        "web_events": _rows(
            5,
            event_id=st.sampled_from(["e0", "e1", "e2", "e3"]),
            event_date=days,
            event_type=st.sampled_from(["view", "cart", "search"]),
            session_id=st.sampled_from(["s0", "s1"]),
            product_id=st.sampled_from([None, *PRODUCTS]),
            customer_id=st.sampled_from([None, "c0"]),
            **_constant(channel="online"),
        ).map(_dated),
        "competitor_prices": _rows(
            3,
            competitor_id=st.sampled_from(["x0", "x1"]),
            product_id=st.sampled_from(PRODUCTS),
            seen_date=days,
            price=amounts,
            **_constant(currency="USD"),
        ).map(_dated),
        "stock_lots": _rows(
            3,
            snapshot_date=days,
            location_id=st.sampled_from(PLACES),
            product_id=st.sampled_from(PRODUCTS),
            lot_id=st.sampled_from(["b0", "b1"]),
            on_hand_quantity=amounts,
            **_constant(uom="EA"),
        ),
        "returns": _rows(
            2,
            return_id=st.sampled_from(["r0", "r1"]),
            return_date=busy_days,
            time=times,
            product_id=st.sampled_from([*PRODUCTS, "p0"]),
            transaction_id=st.sampled_from(["t0", "t1"]),
            line_number=st.just(1),
            quantity=amounts,
            status=st.sampled_from(["received", "received", "rejected"]),
            **_constant(uom="EA"),
        ).map(_dated),
        "budgets": _rows(
            2,
            budget_month=st.sampled_from(["2024-01-01", "2024-02-01"]),
            category=st.sampled_from(["ALL", "a"]),
            location_id=st.sampled_from(["ALL", "l0"]),
            net_sales_amount=amounts,
            **_constant(currency="USD"),
        ),
    }
)
batches = st.tuples(st.sampled_from(["passed", "passed", "passed", "rejected"]), entities)
histories = st.lists(batches, min_size=BATCHES, max_size=BATCHES)


_BOUGHT = {
    "location_id": "l0",
    "product_id": "p0",
    "channel": "online",
    "uom": "EA",
    "currency": "USD",
    "net_amount": 5,
}
_SOLD = {"line_number": 1, "sale_date": str(FIRST_DAY + timedelta(days=5))} | _BOUGHT
_RETURN = {"product_id": "p0", "line_number": 1, "uom": "EA", "status": "received", "return_date": _SOLD["sale_date"]}
# What goes back whole within hours is too rare to wait for: by a document, corrected and completed, and by a line.
UNDONE: History = [
    (
        "passed",
        {
            "sales_lines": _dated(
                [
                    _SOLD | {"transaction_id": "t0", "customer_id": "c0", "quantity": 2},
                    _SOLD | {"transaction_id": "t1", "customer_id": "c1", "quantity": 1},
                ]
            )
        },
    ),
    (
        "passed",
        {"returns": _dated([_RETURN | {"return_id": "r0", "transaction_id": "t0", "quantity": 2, "time": "13:30"}])},
    ),
    (
        "passed",
        {
            "returns": _dated([_RETURN | {"return_id": "r0", "transaction_id": "t0", "quantity": 1, "time": "13:30"}]),
            "sales_lines": _dated(
                [_SOLD | {"transaction_id": "t2", "customer_id": "c1", "quantity": -1, "time": "12:05"}]
            ),
        },
    ),
    (
        "passed",
        {"returns": _dated([_RETURN | {"return_id": "r1", "transaction_id": "t0", "quantity": 1, "time": "13:30"}])},
    ),
]


def _documented(history: History, place: int) -> History:
    """Keep the return documents of most companies; a quarter has none, another begins with them in its last batch."""
    first = {1: BATCHES, 2: BATCHES - 1}.get(place % 4, 0)
    return [
        (status, rows if number >= first else {name: found for name, found in rows.items() if name != "returns"})
        for number, (status, rows) in enumerate(history)
    ]


def _shipped(history: History, place: int) -> History:
    """Add a shipment to every batch: the same one a day later, or deleted. Draws stay as they are."""
    shipped = {"shipment_id": "h0", "direction": "outbound", "status": "shipped", "from_location_id": "l0"}
    days = [{"shipped_date": str(FIRST_DAY + timedelta(days=number))} for number in range(BATCHES)]
    deleted = [{"is_deleted": (number + place) % 3 == 0} for number in range(BATCHES)]
    return [
        (status, rows | {"shipments": [shipped | days[number] | deleted[number]]})
        for number, (status, rows) in enumerate(history)
    ]


def draw_histories(count: int) -> list[History]:
    """Return as many histories, the same at every call: hypothesis begins with the simplest, one by hand ends them."""
    drawn: list[History] = []

    @settings(
        max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(histories)
    def collect(history: History) -> None:
        drawn.append(history)

    collect()
    return [*(_shipped(_documented(history, place), place) for place, history in enumerate(drawn[: count - 1])), UNDONE]
