"""Expectations on raw.customer_order_lines."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def customer_order_lines(scope: Scope) -> Guard:
    """Return the guard of customer order lines: dates in order, quantities and prices that fit, known members."""
    return raw_guard(
        Delivery(
            entity="customer_order_lines",
            key=("order_id", "line_number"),
            rules=(
                not_after_business_date("expect_shipping_not_after_business_date", "shipped_date", scope),
                RowRule(
                    "expect_dates_after_order",
                    "least(r.promised_date, r.shipped_date, r.delivered_date) < r.order_date",
                    ("order_date", "promised_date", "shipped_date", "delivered_date"),
                ),
                RowRule(
                    "expect_shipped_within_ordered",
                    "r.shipped_quantity > r.ordered_quantity",
                    ("ordered_quantity", "shipped_quantity"),
                ),
            ),
            measures=(Measure("mean_price_factor", factor("mean_price"), maximum=2),),
            references=(
                Reference("product_id", "products"),
                Reference("location_id", "locations"),
                Reference("customer_id", "customers"),
            ),
            aggregates={"mean_price": mean("mean_price", "cast(r.unit_price as double precision)")},
            compared=("mean_price",),
        ),
        scope,
    )
