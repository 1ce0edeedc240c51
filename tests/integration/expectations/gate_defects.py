"""One seeded defect per expectation on raw, with the results it must turn bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gate_deliveries import BUSINESS_DATE, Row

LATER = BUSINESS_DATE + timedelta(days=2)
C, W = "critical", "warning"


@dataclass(frozen=True)
class Defect:
    """A delivery of one entity with a defect.

    Attributes:
        entity: Raw entity delivered.
        rule: Row rule or measure that must fail.
        severities: Severities with which it must fail.
        change: Turns the good rows into bad ones.
        also: Further (rule, severity) pairs that the same defect must break.
        ledger: Changes to the ledger row: rows_read, quarantined.
    """

    entity: str
    rule: str
    severities: tuple[str, ...]
    change: Callable[[list[Row]], list[Row]] = list
    also: tuple[tuple[str, str], ...] = ()
    ledger: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        return f"{self.entity}-{self.rule}-{'-'.join(self.severities)}"

    @property
    def expected(self) -> set[tuple[str, str]]:
        """Rule and severity of every result that must fail."""
        return {(self.rule, severity) for severity in self.severities} | set(self.also)


def first(**values: Any) -> Callable[[list[Row]], list[Row]]:
    """Return the change that sets columns of the first row."""
    return lambda rows: [rows[0] | values, *rows[1:]]


def every(**values: Any) -> Callable[[list[Row]], list[Row]]:
    """Return the change that sets columns of every row."""
    return lambda rows: [row | values for row in rows]


def scaled(by: int, *columns: str) -> Callable[[list[Row]], list[Row]]:
    """Return the change that multiplies columns of every row."""
    return lambda rows: [row | {column: row[column] * by for column in columns} for row in rows]


def only(count: int) -> Callable[[list[Row]], list[Row]]:
    """Return the change that keeps the first rows."""
    return lambda rows: rows[:count]


def _doubled(rows: list[Row]) -> list[Row]:
    return rows + [row | {"line_number": 2} for row in rows]


def _week_old(rows: list[Row]) -> list[Row]:
    """The versions of lines that were delivered a week ago: corrections, and no sale of today."""
    old = BUSINESS_DATE - timedelta(days=7)
    return [
        row
        | {"transaction_id": row["transaction_id"].replace(str(BUSINESS_DATE), str(old)), "sale_date": old}
        | {"sold_at": row["sold_at"] - timedelta(days=7)}
        for row in rows
    ]


def _dear(rows: list[Row]) -> list[Row]:
    """The first line at 200 times the price."""
    return [*scaled(200, *AMOUNTS)(rows[:1]), *rows[1:]]


AMOUNTS = ("unit_price", "gross_amount", "discount_amount", "net_amount")
SALES = [
    Defect(
        "sales_lines",
        "expect_sale_not_after_business_date",
        (C,),
        first(sale_date=LATER),
        also=(("expect_sale_date_near_instant", W), ("expect_sale_date_near_instant", C)),
    ),
    Defect("sales_lines", "expect_net_within_gross", (W, C), first(discount_amount=None, net_amount=21)),
    Defect("sales_lines", "expect_gross_less_discount_to_be_net", (W, C), first(discount_amount=3)),
    Defect("sales_lines", "expect_quantity_times_price_to_be_gross", (W, C), first(unit_price=9)),
    Defect("sales_lines", "expect_returns_to_take_back", (W,), first(is_return=True)),
    Defect("sales_lines", "expect_sale_date_near_instant", (W, C), first(sale_date=BUSINESS_DATE - timedelta(days=2))),
    Defect("sales_lines", "lowest_day_ratio", (C,), only(4), also=(("days_outside_band", W),)),
    Defect("sales_lines", "days_outside_band", (W,), _doubled),
    Defect("sales_lines", "days_since_last_sale", (W,), _week_old),
    Defect("sales_lines", "typical_price_factor", (W,), scaled(3, *AMOUNTS)),
    Defect("sales_lines", "typical_price_factor", (W, C), scaled(100, *AMOUNTS)),
    Defect("sales_lines", "implausible_prices", (W, C), _dear),
    Defect("sales_lines", "anonymous_share_shift", (W,), every(customer_id=None)),
]
STOCK = [
    Defect(
        "inventory_snapshots",
        "expect_snapshot_not_after_business_date",
        (C,),
        first(snapshot_date=LATER),
    ),
    Defect("inventory_snapshots", "expect_allocated_within_on_hand", (W,), first(allocated_quantity=31)),
    Defect("inventory_snapshots", "rows_to_last_snapshot", (C,), only(4)),
    Defect("inventory_snapshots", "days_since_last_snapshot", (W,), every(snapshot_date=date(2024, 3, 11))),
    Defect("inventory_snapshots", "negative_stock_share", (W,), first(on_hand_quantity=-1, allocated_quantity=0)),
    Defect("inventory_snapshots", "mean_cost_factor", (W,), scaled(3, "unit_cost")),
    Defect("inventory_snapshots", "mean_cost_factor", (W, C), scaled(10, "unit_cost")),
    Defect("stock_movements", "expect_movement_not_after_business_date", (C,), first(movement_date=LATER)),
    Defect(
        "stock_movements",
        "expect_a_place",
        (C,),
        first(movement_type="adjustment", from_location_id=None, to_location_id=None),
    ),
    Defect("stock_movements", "expect_places_to_differ", (W,), first(to_location_id="L0")),
    Defect("stock_movements", "expect_direction_of_type", (W, C), first(to_location_id=None)),
    Defect("stock_movements", "expect_first_receipt_before_movement", (W,), first(original_receipt_date=LATER)),
]
MASTERS = [
    Defect("products", "expect_discontinue_after_launch", (W,), first(discontinue_date=date(2019, 1, 1))),
    Defect("products", "expect_cost_within_list_price", (W,), first(standard_cost=11)),
    Defect("products", "expect_successor_to_differ", (W,), first(successor_product_id="P0")),
    Defect("products", "uncategorized_share", (W,), every(category_1=None)),
    Defect(
        "locations",
        "expect_parent_to_differ",
        (C,),
        first(parent_location_id="L0"),
    ),
    Defect("locations", "expect_close_after_open", (W,), first(close_date=date(2018, 1, 1))),
    Defect("suppliers", "expect_plausible_lead_time", (W,), first(quoted_lead_time_days=400)),
    Defect("supplier_products", "expect_terms_to_end_after_start", (W, C), first(effective_to=date(2022, 1, 1))),
    Defect("supplier_products", "expect_minimum_within_maximum_order", (W,), first(minimum_order_quantity=101)),
    Defect("supplier_products", "expect_plausible_lead_time", (W,), first(lead_time_days=400)),
    Defect("supplier_products", "expect_price_near_earlier_ones", (W,), first(unit_price=11)),
    Defect("supplier_products", "expect_price_near_earlier_ones", (W, C), scaled(3, "unit_price")),
    Defect("customers", "expect_erased_customers_empty", (C,), first(erased_at="2024-01-01 00:00:00+00")),
    Defect("customers", "expect_signup_not_after_business_date", (W,), first(signup_date=LATER)),
    Defect("campaigns", "expect_end_not_before_start", (W, C), first(end_date=date(2023, 1, 1))),
    Defect("promotions", "expect_end_not_before_start", (W, C), first(end_date=date(2023, 1, 1))),
    Defect("promotions", "expect_plausible_promotion_length", (W,), first(end_date=date(2026, 1, 1))),
    Defect("promotions", "expect_minimum_within_maximum_quantity", (W,), first(minimum_quantity=6)),
    Defect("interactions", "expect_interaction_not_after_business_date", (C,), first(interaction_date=LATER)),
    Defect("interactions", "expect_redemption_to_name_coupon", (W,), first(coupon_id=None)),
]
PURCHASES = [
    Defect(
        "purchase_orders",
        "expect_order_not_after_business_date",
        (W,),
        first(order_date=LATER, requested_date=LATER),
    ),
    Defect("purchase_orders", "expect_promises_after_order", (W,), first(confirmed_date=date(2024, 1, 1))),
    Defect("purchase_orders", "expect_total_to_add_up", (W, C), first(total_amount=124)),
    Defect("purchase_order_lines", "expect_received_near_ordered", (W, C), first(received_quantity=41)),
    Defect(
        "purchase_order_lines",
        "expect_rejected_within_received",
        (W, C),
        first(rejected_quantity=21, stocked_quantity=None),
    ),
    Defect("purchase_order_lines", "expect_stocked_within_accepted", (W,), first(stocked_quantity=19)),
    Defect("purchase_order_lines", "expect_quantity_times_price_to_be_amount", (W, C), first(line_amount=99)),
    Defect("purchase_order_lines", "mean_price_factor", (W,), scaled(3, "unit_price", "line_amount")),
    Defect("purchase_order_lines", "mean_price_factor", (W, C), scaled(20, "unit_price", "line_amount")),
    Defect("receipts", "expect_receipt_not_after_business_date", (C,), first(received_date=LATER)),
    Defect("receipts", "expect_accepted_and_rejected_within_received", (W, C), first(accepted_quantity=19)),
    Defect("receipts", "expect_receipt_after_order", (W,), first(received_date=date(2024, 1, 1))),
    Defect("receipts", "expect_expiry_after_receipt", (W,), first(expiry_date=date(2024, 1, 1))),
    Defect("receipts", "mean_cost_factor", (W,), scaled(3, "landed_unit_cost")),
    Defect("shipments", "expect_delivery_not_after_business_date", (C,), first(delivered_date=LATER)),
    Defect("shipments", "expect_delivery_after_shipping", (W,), first(delivered_date=date(2024, 1, 1))),
    Defect("shipments", "expect_delivered_to_have_a_day", (W,), first(delivered_date=None)),
    Defect("customer_order_lines", "expect_shipping_not_after_business_date", (C,), first(shipped_date=LATER)),
    Defect("customer_order_lines", "expect_dates_after_order", (W,), first(shipped_date=date(2024, 1, 1))),
    Defect("customer_order_lines", "expect_shipped_within_ordered", (W,), first(shipped_quantity=6)),
    Defect("customer_order_lines", "mean_price_factor", (W,), scaled(3, "unit_price")),
    Defect("shipments", "mean_freight_factor", (W,), scaled(4, "freight_amount")),
]
TRADE = [
    Defect("returns", "expect_return_not_after_business_date", (C,), first(return_date=LATER)),
    Defect("returns", "expect_refunded_to_have_an_amount", (W,), first(refund_amount=None)),
    Defect("returns", "mean_refund_factor", (W,), scaled(4, "refund_amount")),
    Defect(
        "web_events",
        "expect_event_not_after_business_date",
        (C,),
        first(event_date=LATER),
        also=(("expect_event_date_near_instant", W), ("expect_event_date_near_instant", C)),
    ),
    Defect("web_events", "expect_event_date_near_instant", (W, C), first(event_date=BUSINESS_DATE - timedelta(days=2))),
    Defect("web_events", "expect_event_to_name_product", (W,), first(product_id=None)),
    Defect("web_events", "expect_order_to_name_transaction", (W,), first(event_type="order")),
    Defect("price_lists", "expect_price_to_end_after_start", (W, C), first(valid_to=date(2024, 1, 1))),
    Defect("price_lists", "mean_price_factor", (W,), scaled(4, "unit_price")),
    Defect("competitor_prices", "expect_price_not_after_business_date", (C,), first(seen_date=LATER)),
    Defect("competitor_prices", "expect_price_within_regular_price", (W,), first(price=13)),
    Defect("competitor_prices", "expect_price_within_regular_price", (W, C), every(regular_price=8)),
    Defect("competitor_prices", "mean_price_factor", (W,), scaled(3, "price", "regular_price")),
    Defect("stock_lots", "expect_snapshot_not_after_business_date", (C,), first(snapshot_date=LATER)),
    Defect("stock_lots", "expect_expiry_after_manufacture", (W, C), first(expiry_date=date(2024, 1, 1))),
    Defect("stock_lots", "expect_receipt_not_after_snapshot", (W,), first(received_date=LATER)),
    Defect("budgets", "expect_first_day_of_month", (C,), first(budget_month=date(2024, 3, 2))),
    Defect("budgets", "expect_margin_within_sales", (W,), first(margin_amount=101)),
    Defect("calendars", "expect_holiday_to_have_a_name", (W,), first(is_holiday=True)),
    Defect("lanes", "expect_a_start", (W,), first(supplier_id=None, from_location_id=None)),
    Defect("lanes", "expect_places_to_differ", (W,), first(from_location_id="L0")),
    Defect("lanes", "expect_plausible_transit", (W,), first(transit_days=121)),
    Defect("rfqs", "expect_request_not_after_business_date", (C,), first(sent_date=LATER, due_date=LATER)),
    Defect("rfqs", "expect_due_after_request", (W,), first(due_date=date(2024, 1, 1))),
    Defect("quotations", "expect_quotation_not_after_business_date", (C,), first(quoted_date=LATER, valid_to=LATER)),
    Defect("quotations", "expect_validity_after_quotation", (W,), first(valid_to=date(2024, 1, 1))),
    Defect("quotations", "mean_price_factor", (W,), scaled(6, "unit_price")),
]
REFERENCES = {
    "sales_lines": ("product_id", "location_id", "customer_id", "uom"),
    "inventory_snapshots": ("product_id", "location_id"),
    "stock_movements": ("product_id", "from_location_id", "to_location_id"),
    "locations": ("parent_location_id",),
    "supplier_products": ("supplier_id", "product_id"),
    "promotions": ("product_id", "campaign_id"),
    "interactions": ("customer_id", "campaign_id", "product_id"),
    "purchase_orders": ("supplier_id", "ship_to_location_id"),
    "purchase_order_lines": ("purchase_order_id", "product_id"),
    "receipts": ("purchase_order_id", "product_id", "location_id", "supplier_id"),
    "customer_order_lines": ("product_id", "location_id", "customer_id"),
    "shipments": ("supplier_id", "purchase_order_id", "from_location_id", "to_location_id"),
    "returns": ("product_id", "location_id", "customer_id"),
    "web_events": ("product_id", "customer_id", "location_id"),
    "price_lists": ("product_id",),
    "competitor_prices": ("product_id",),
    "stock_lots": ("product_id", "location_id", "supplier_id"),
    "lanes": ("supplier_id", "from_location_id", "to_location_id"),
    "rfqs": ("product_id", "supplier_id", "ship_to_location_id"),
    "quotations": ("rfq_id", "supplier_id", "product_id"),
}
FULL = ("products", "locations", "suppliers", "supplier_products", "customers", "campaigns", "lanes")
PRICED = ("sales_lines", "products", "inventory_snapshots", "returns", "price_lists", "stock_lots", "budgets")


def all_defects(entities: list[str]) -> list[Defect]:
    """Return the defects of every expectation on the entities, the shared expectations included."""
    shared = [Defect(entity, "quarantined_share", (W,), ledger=(100, 5)) for entity in entities]
    shared += [Defect(entity, "quarantined_share", (W, C), ledger=(100, 50)) for entity in entities]
    shared += [Defect(entity, "rows_to_full_delivery", (C,), only(4), ledger=(4, 0)) for entity in FULL]
    shared += [Defect(entity, "foreign_currency_share", (W,), first(currency="USD")) for entity in PRICED]
    shared += [
        Defect(entity, f"unknown_{column.removesuffix('_id')}_share", (W,), first(**{column: "nobody"}))
        for entity, columns in REFERENCES.items()
        for column in columns
    ]
    return [*SALES, *STOCK, *MASTERS, *PURCHASES, *TRADE, *shared]
