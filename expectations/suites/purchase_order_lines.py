"""Expectations on raw.purchase_order_lines."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, raw_guard
from expectations.rules import CRITICAL, Guard, Measure, RowRule, factor
from expectations.scope import Scope

# Some over-delivery is agreed in most trades; twice the order is a wrong unit.
OVER_DELIVERY = 2


def purchase_order_lines(scope: Scope) -> Guard:
    """Return the guard of purchase order lines: quantities and amounts that fit, known headers and products."""
    return raw_guard(
        Delivery(
            entity="purchase_order_lines",
            key=("purchase_order_id", "line_number"),
            rules=_rules(),
            measures=(
                Measure("mean_price_factor", factor("mean_price"), maximum=2),
                Measure("mean_price_factor", factor("mean_price"), maximum=10, severity=CRITICAL),
            ),
            references=(
                Reference("purchase_order_id", "purchase_orders", maximum=0),
                Reference("product_id", "products"),
            ),
            aggregates={"mean_price": mean("mean_price", "cast(r.unit_price as double precision)")},
            compared=("mean_price",),
        ),
        scope,
    )


def _rules() -> tuple[RowRule, ...]:
    quantities = ("ordered_quantity", "received_quantity", "rejected_quantity", "stocked_quantity")
    return (
        RowRule(
            "expect_received_near_ordered",
            f"r.received_quantity > {OVER_DELIVERY} * r.ordered_quantity",
            quantities,
            critical_share=0.05,
        ),
        RowRule(
            "expect_rejected_within_received",
            "r.rejected_quantity > r.received_quantity",
            quantities,
            critical_share=0.01,
        ),
        RowRule(
            "expect_stocked_within_accepted",
            "r.stocked_quantity > r.received_quantity - coalesce(r.rejected_quantity, 0)",
            quantities,
        ),
        RowRule(
            "expect_quantity_times_price_to_be_amount",
            "abs(r.ordered_quantity * r.unit_price - coalesce(r.discount_amount, 0) - r.line_amount) "
            "> 0.01 + 0.00005 * r.ordered_quantity",
            ("ordered_quantity", "unit_price", "discount_amount", "line_amount"),
            critical_share=0.05,
        ),
    )
