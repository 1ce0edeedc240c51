"""A small company whose deliveries satisfy every expectation, as rows to insert into raw."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

BUSINESS_DATE = date(2024, 3, 15)
COUNT = 10

Row = dict[str, Any]


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _money(value: float) -> Decimal:
    return Decimal(str(value))


def products(_: date) -> list[Row]:
    return [
        {
            "product_id": f"P{n}",
            "product_name": f"Product {n}",
            "category_1": "Grocery",
            "uom": "each",
            "launch_date": date(2020, 1, 1),
            "list_price": _money(10),
            "standard_cost": _money(6),
            "currency": "EUR",
            "status": "active",
        }
        for n in range(COUNT)
    ]


def locations(_: date) -> list[Row]:
    return [
        {
            "location_id": f"L{n}",
            "location_name": f"Place {n}",
            "location_type": "store" if n else "dc",
            "parent_location_id": "L0" if n else None,
            "open_date": date(2019, 1, 1),
        }
        for n in range(COUNT)
    ]


def suppliers(_: date) -> list[Row]:
    return [
        {"supplier_id": f"S{n}", "supplier_name": f"Supplier {n}", "quoted_lead_time_days": 7, "status": "active"}
        for n in range(COUNT)
    ]


def supplier_products(_: date) -> list[Row]:
    return [
        {
            "supplier_id": f"S{n}",
            "product_id": f"P{n}",
            "effective_from": date(2023, 1, 1),
            "effective_to": date(2025, 1, 1),
            "unit_price": _money(5),
            "currency": "EUR",
            "uom": "each",
            "minimum_order_quantity": 1,
            "maximum_order_quantity": 100,
            "lead_time_days": 7,
        }
        for n in range(COUNT)
    ]


def customers(_: date) -> list[Row]:
    return [
        {
            "customer_id": f"C{n}",
            "customer_type": "person",
            "customer_name": f"Name {n}",
            "email": f"c{n}@example.org",
            "signup_date": date(2022, 5, 1),
        }
        for n in range(COUNT)
    ]


def campaigns(_: date) -> list[Row]:
    return [
        {"campaign_id": f"K{n}", "start_date": date(2024, 1, 1), "end_date": date(2024, 1, 31)} for n in range(COUNT)
    ]


def promotions(_: date) -> list[Row]:
    return [
        {
            "promotion_id": f"M{n}",
            "product_id": f"P{n}",
            "location_id": f"L{n}",
            "start_date": date(2024, 1, 1),
            "end_date": date(2024, 1, 14),
            "mechanic": "mailer",
            "minimum_quantity": 1,
            "maximum_quantity": 5,
            "campaign_id": f"K{n}",
        }
        for n in range(COUNT)
    ]


def purchase_orders(day: date) -> list[Row]:
    return [
        {
            "purchase_order_id": f"O{n}",
            "supplier_id": f"S{n}",
            "ship_to_location_id": "L0",
            "order_date": day - timedelta(days=10),
            "requested_date": day - timedelta(days=3),
            "status": "complete",
            "currency": "EUR",
            "subtotal_amount": _money(100),
            "tax_amount": _money(20),
            "freight_amount": _money(5),
            "total_amount": _money(125),
        }
        for n in range(COUNT)
    ]


def purchase_order_lines(_: date) -> list[Row]:
    return [
        {
            "purchase_order_id": f"O{n}",
            "line_number": 1,
            "product_id": f"P{n}",
            "ordered_quantity": 20,
            "received_quantity": 20,
            "rejected_quantity": 2,
            "stocked_quantity": 18,
            "uom": "each",
            "unit_price": _money(5),
            "line_amount": _money(100),
            "currency": "EUR",
        }
        for n in range(COUNT)
    ]


def receipts(day: date) -> list[Row]:
    return [
        {
            "receipt_id": f"R{n}",
            "purchase_order_id": f"O{n}",
            "line_number": 1,
            "product_id": f"P{n}",
            "location_id": "L0",
            "supplier_id": f"S{n}",
            "received_at": _instant(day),
            "received_date": day,
            "received_quantity": 20,
            "accepted_quantity": 18,
            "rejected_quantity": 2,
            "uom": "each",
            "expiry_date": day + timedelta(days=30),
            "landed_unit_cost": _money(5),
        }
        for n in range(COUNT)
    ]


def shipments(day: date) -> list[Row]:
    return [
        {
            "shipment_id": f"T{n}",
            "direction": "inbound",
            "status": "delivered",
            "carrier_id": "K1",
            "supplier_id": f"S{n}",
            "purchase_order_id": f"O{n}",
            "from_location_id": "L1",
            "to_location_id": "L0",
            "shipped_date": day - timedelta(days=3),
            "promised_date": day,
            "delivered_date": day,
            "freight_amount": _money(12),
            "currency": "EUR",
        }
        for n in range(COUNT)
    ]


def inventory_snapshots(day: date) -> list[Row]:
    return [
        {
            "snapshot_date": day,
            "location_id": f"L{n}",
            "product_id": f"P{n}",
            "stock_condition": "unrestricted",
            "on_hand_quantity": 30,
            "allocated_quantity": 3,
            "unit_cost": _money(6),
            "currency": "EUR",
            "uom": "each",
        }
        for n in range(COUNT)
    ]


def stock_movements(day: date) -> list[Row]:
    return [
        {
            "movement_id": f"V{day}-{n}",
            "moved_at": _instant(day),
            "movement_date": day,
            "product_id": f"P{n}",
            "from_location_id": "L0",
            "to_location_id": "L1",
            "movement_type": "transfer",
            "quantity": 4,
            "uom": "each",
            "original_receipt_date": day - timedelta(days=20),
        }
        for n in range(COUNT)
    ]


def sales_lines(day: date) -> list[Row]:
    return [
        {
            "transaction_id": f"T{day}-{n}",
            "line_number": 1,
            "sold_at": _instant(day),
            "sale_date": day,
            "location_id": f"L{n}",
            "channel": "store",
            "customer_id": f"C{n}",
            "product_id": f"P{n}",
            "quantity": 2,
            "uom": "each",
            "unit_price": _money(10),
            "gross_amount": _money(20),
            "discount_amount": _money(2),
            "net_amount": _money(18),
            "currency": "EUR",
        }
        for n in range(COUNT)
    ]


def interactions(day: date) -> list[Row]:
    return [
        {
            "interaction_id": f"I{day}-{n}",
            "occurred_at": _instant(day),
            "interaction_date": day,
            "customer_id": f"C{n}",
            "interaction_type": "coupon_redeemed",
            "campaign_id": f"K{n}",
            "product_id": f"P{n}",
            "coupon_id": "Q1",
        }
        for n in range(COUNT)
    ]


def customer_order_lines(day: date) -> list[Row]:
    return [
        {
            "order_id": f"Q{n}",
            "line_number": 1,
            "order_date": day - timedelta(days=4),
            "channel": "online",
            "location_id": "L0",
            "customer_id": f"C{n}",
            "product_id": f"P{n}",
            "ordered_quantity": 5,
            "shipped_quantity": 4,
            "uom": "each",
            "unit_price": _money(10),
            "currency": "EUR",
            "promised_date": day,
            "shipped_date": day - timedelta(days=1),
            "delivered_date": day,
            "status": "delivered",
        }
        for n in range(COUNT)
    ]


GOOD = {
    function.__name__: function
    for function in (
        products,
        locations,
        suppliers,
        supplier_products,
        customers,
        campaigns,
        promotions,
        purchase_orders,
        purchase_order_lines,
        receipts,
        shipments,
        inventory_snapshots,
        stock_movements,
        sales_lines,
        interactions,
        customer_order_lines,
    )
}
