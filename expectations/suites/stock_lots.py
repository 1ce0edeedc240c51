"""Expectations on raw.stock_lots."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, RowRule
from expectations.scope import Scope


def stock_lots(scope: Scope) -> Guard:
    """Return the guard of stock by lot: no day to come, dates of a lot in order, known products, places, suppliers."""
    return raw_guard(
        Delivery(
            entity="stock_lots",
            key=("snapshot_date", "location_id", "product_id", "lot_id"),
            rules=(
                not_after_business_date("expect_snapshot_not_after_business_date", "snapshot_date", scope),
                RowRule(
                    "expect_expiry_after_manufacture",
                    "r.expiry_date < r.manufactured_date",
                    ("manufactured_date", "expiry_date"),
                    critical_share=0.01,
                ),
                RowRule(
                    "expect_receipt_not_after_snapshot",
                    "r.received_date > r.snapshot_date",
                    ("received_date", "snapshot_date"),
                ),
            ),
            references=(
                Reference("product_id", "products"),
                Reference("location_id", "locations"),
                Reference("supplier_id", "suppliers"),
            ),
            has_currency=True,
        ),
        scope,
    )
