"""Expectations on raw.purchase_orders."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import WARNING, Guard, RowRule
from expectations.scope import Scope


def purchase_orders(scope: Scope) -> Guard:
    """Return the guard of purchase orders: dates in order, totals that add up, known suppliers."""
    return raw_guard(
        Delivery(
            entity="purchase_orders",
            key=("purchase_order_id",),
            rules=(
                # Orders may be planned ahead, so these are a warning, unlike what has happened already.
                not_after_business_date("expect_order_not_after_business_date", "order_date", scope, WARNING),
                RowRule(
                    "expect_promises_after_order",
                    "least(r.requested_date, r.confirmed_date, r.ship_date) < r.order_date",
                    ("order_date", "requested_date", "confirmed_date", "ship_date"),
                ),
                RowRule(
                    "expect_total_to_add_up",
                    "abs(r.subtotal_amount + coalesce(r.tax_amount, 0) + coalesce(r.freight_amount, 0) "
                    "- r.total_amount) > 0.02",
                    ("subtotal_amount", "tax_amount", "freight_amount", "total_amount"),
                    critical_share=0.05,
                ),
            ),
            references=(
                Reference("supplier_id", "suppliers"),
                Reference("ship_to_location_id", "locations", key="location_id"),
            ),
        ),
        scope,
    )
