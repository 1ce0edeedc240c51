"""Expectations on raw.promotions and raw.campaigns."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, raw_guard
from expectations.rules import Guard, RowRule
from expectations.scope import Scope

LONGEST_PROMOTION_DAYS = 366

_PERIOD = RowRule(
    "expect_end_not_before_start", "r.end_date < r.start_date", ("start_date", "end_date"), critical_share=0.01
)


def promotions(scope: Scope) -> Guard:
    """Return the guard of promotions: periods that can hold, known products and campaigns."""
    return raw_guard(
        Delivery(
            entity="promotions",
            key=("promotion_id", "product_id", "location_id"),
            rules=(
                _PERIOD,
                RowRule(
                    "expect_plausible_promotion_length",
                    f"r.end_date - r.start_date > {LONGEST_PROMOTION_DAYS}",
                    ("start_date", "end_date"),
                ),
                RowRule(
                    "expect_minimum_within_maximum_quantity",
                    "r.minimum_quantity > r.maximum_quantity",
                    ("minimum_quantity", "maximum_quantity"),
                ),
            ),
            references=(Reference("product_id", "products"), Reference("campaign_id", "campaigns")),
        ),
        scope,
    )


def campaigns(scope: Scope) -> Guard:
    """Return the guard of campaigns: a complete list with periods that can hold."""
    return raw_guard(Delivery(entity="campaigns", key=("campaign_id",), rules=(_PERIOD,), is_full=True), scope)
