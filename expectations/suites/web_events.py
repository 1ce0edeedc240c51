"""Expectations on raw.web_events."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, RowRule
from expectations.scope import Scope


def web_events(scope: Scope) -> Guard:
    """Return the guard of web events: none in the future, a day that fits the instant, objects that are named."""
    return raw_guard(
        Delivery(
            entity="web_events",
            key=("event_id",),
            rules=(
                not_after_business_date("expect_event_not_after_business_date", "event_date", scope),
                RowRule(
                    "expect_event_date_near_instant",
                    "abs(r.event_date - cast(r.occurred_at at time zone 'UTC' as date)) > 1",
                    ("event_date", "occurred_at"),
                    critical_share=0.01,
                ),
                RowRule(
                    "expect_event_to_name_product",
                    "r.event_type in ('view', 'wishlist', 'cart') and r.product_id is null",
                    ("event_type", "product_id"),
                ),
                RowRule(
                    "expect_order_to_name_transaction",
                    "r.event_type = 'order' and r.transaction_id is null",
                    ("event_type", "transaction_id"),
                ),
            ),
            references=(
                Reference("product_id", "products"),
                Reference("customer_id", "customers", maximum=0.05),
                Reference("location_id", "locations"),
            ),
        ),
        scope,
    )
