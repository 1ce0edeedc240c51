"""Expectations on raw.stock_movements."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import CRITICAL, Guard, RowRule
from expectations.scope import Scope


def stock_movements(scope: Scope) -> Guard:
    """Return the guard of stock movements: a direction that fits the kind, known products and places."""
    places = ("movement_type", "from_location_id", "to_location_id")
    return raw_guard(
        Delivery(
            entity="stock_movements",
            key=("movement_id",),
            rules=(
                not_after_business_date("expect_movement_not_after_business_date", "movement_date", scope),
                RowRule(
                    "expect_a_place",
                    "r.from_location_id is null and r.to_location_id is null",
                    places,
                    severity=CRITICAL,
                ),
                RowRule("expect_places_to_differ", "r.from_location_id = r.to_location_id", places),
                RowRule(
                    "expect_direction_of_type",
                    "(r.movement_type in ('transfer', 'sale', 'scrap', 'lost') and r.from_location_id is null) "
                    "or (r.movement_type in ('transfer', 'receipt', 'return', 'found') and r.to_location_id is null)",
                    places,
                    critical_share=0.01,
                ),
                RowRule(
                    "expect_first_receipt_before_movement",
                    "r.original_receipt_date > r.movement_date",
                    ("original_receipt_date", "movement_date"),
                ),
            ),
            references=(
                Reference("product_id", "products"),
                Reference("from_location_id", "locations", key="location_id"),
                Reference("to_location_id", "locations", key="location_id"),
            ),
        ),
        scope,
    )
