"""The same small company's deliveries about customers, prices, plans and quotations, and all of its deliveries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import gate_deliveries
from gate_deliveries import COUNT, Row


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def calendars(day: date) -> list[Row]:
    return [
        {"calendar_id": "DE", "calendar_date": day + timedelta(days=n), "is_holiday": False, "is_payday": n == 0}
        for n in range(COUNT)
    ]


def lanes(_: date) -> list[Row]:
    return [
        {
            "lane_id": f"W{n}",
            "supplier_id": f"S{n}",
            "from_location_id": "L1",
            "to_location_id": "L0",
            "transport_mode": "truck",
            "transit_days": 2,
            "cost_fixed_amount": 30,
            "currency": "EUR",
        }
        for n in range(COUNT)
    ]


def price_lists(_: date) -> list[Row]:
    return [
        {
            "price_list_id": "R1",
            "product_id": f"P{n}",
            "location_id": "ALL",
            "price_type": "regular",
            "valid_from": date(2024, 1, 1),
            "valid_to": date(2025, 1, 1),
            "unit_price": 10,
            "currency": "EUR",
            "uom": "each",
        }
        for n in range(COUNT)
    ]


def budgets(day: date) -> list[Row]:
    return [
        {
            "budget_month": day.replace(day=1),
            "category": f"Category {n}",
            "location_id": "ALL",
            "net_sales_amount": 100,
            "margin_amount": 30,
            "currency": "EUR",
            "service_level_pct": "0.95",
        }
        for n in range(COUNT)
    ]


def competitor_prices(day: date) -> list[Row]:
    return [
        {
            "competitor_id": "X1",
            "product_id": f"P{n}",
            "seen_at": _noon(day),
            "seen_date": day,
            "match_confidence": "0.9",
            "price": 11,
            "regular_price": 12,
            "currency": "EUR",
            "is_in_stock": True,
        }
        for n in range(COUNT)
    ]


def rfqs(day: date) -> list[Row]:
    return [
        {
            "rfq_id": f"F{n}",
            "product_id": f"P{n}",
            "supplier_id": f"S{n}",
            "status": "open",
            "quantity": 20,
            "uom": "each",
            "ship_to_location_id": "L0",
            "sent_date": day - timedelta(days=1),
            "due_date": day + timedelta(days=5),
        }
        for n in range(COUNT)
    ]


def quotations(day: date) -> list[Row]:
    return [
        {
            "quotation_id": f"Q{n}",
            "rfq_id": f"F{n}",
            "supplier_id": f"S{n}",
            "product_id": f"P{n}",
            "status": "received",
            "quoted_date": day,
            "valid_to": day + timedelta(days=30),
            "unit_price": 5,
            "currency": "EUR",
            "uom": "each",
            "lead_time_days": 7,
        }
        for n in range(COUNT)
    ]


def returns(day: date) -> list[Row]:
    return [
        {
            "return_id": f"B{day}-{n}",
            "line_number": 1,
            "status": "refunded",
            "returned_at": _noon(day),
            "return_date": day,
            "location_id": f"L{n}",
            "channel": "store",
            "customer_id": f"C{n}",
            "product_id": f"P{n}",
            "quantity": 1,
            "uom": "each",
            "refund_amount": 9,
            "currency": "EUR",
            "return_reason": "damaged",
            "is_restockable": False,
        }
        for n in range(COUNT)
    ]


def stock_lots(day: date) -> list[Row]:
    return [
        {
            "snapshot_date": day,
            "location_id": f"L{n}",
            "product_id": f"P{n}",
            "lot_id": f"N{n}",
            "on_hand_quantity": 12,
            "uom": "each",
            "manufactured_date": date(2024, 2, 1),
            "expiry_date": date(2024, 6, 1),
            "received_date": date(2024, 2, 20),
            "supplier_id": f"S{n}",
            "unit_cost": 6,
            "currency": "EUR",
        }
        for n in range(COUNT)
    ]


def web_events(day: date) -> list[Row]:
    return [
        {
            "event_id": f"E{day}-{n}",
            "occurred_at": _noon(day),
            "event_date": day,
            "event_type": "view",
            "session_id": f"Z{day}-{n}",
            "customer_id": f"C{n}",
            "channel": "online",
            "device": "mobile",
            "location_id": f"L{n}",
            "product_id": f"P{n}",
        }
        for n in range(COUNT)
    ]


GOOD = gate_deliveries.GOOD | {
    function.__name__: function
    for function in (
        calendars,
        lanes,
        price_lists,
        budgets,
        competitor_prices,
        rfqs,
        quotations,
        returns,
        stock_lots,
        web_events,
    )
}
