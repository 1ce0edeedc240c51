"""Expectations on raw.shipments."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def shipments(scope: Scope) -> Guard:
    """Return the guard of shipments: dates in order, a state that fits them, plausible freight."""
    return raw_guard(
        Delivery(
            entity="shipments",
            key=("shipment_id",),
            rules=(
                not_after_business_date("expect_delivery_not_after_business_date", "delivered_date", scope),
                RowRule(
                    "expect_delivery_after_shipping",
                    "r.delivered_date < r.shipped_date",
                    ("shipped_date", "delivered_date"),
                ),
                RowRule(
                    "expect_delivered_to_have_a_day",
                    "r.status = 'delivered' and r.delivered_date is null",
                    ("status", "delivered_date"),
                ),
            ),
            measures=(Measure("mean_freight_factor", factor("mean_freight"), maximum=3),),
            references=(
                Reference("supplier_id", "suppliers"),
                Reference("purchase_order_id", "purchase_orders"),
                Reference("from_location_id", "locations", key="location_id"),
                Reference("to_location_id", "locations", key="location_id"),
            ),
            aggregates={"mean_freight": mean("mean_freight", "cast(r.freight_amount as double precision)")},
            compared=("mean_freight",),
        ),
        scope,
    )
