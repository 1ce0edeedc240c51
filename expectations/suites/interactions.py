"""Expectations on raw.interactions."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, RowRule
from expectations.scope import Scope


def interactions(scope: Scope) -> Guard:
    """Return the guard of interactions: none in the future, redemptions that name their coupon, known references."""
    return raw_guard(
        Delivery(
            entity="interactions",
            key=("interaction_id",),
            rules=(
                not_after_business_date("expect_interaction_not_after_business_date", "interaction_date", scope),
                RowRule(
                    "expect_redemption_to_name_coupon",
                    "r.interaction_type = 'coupon_redeemed' and r.coupon_id is null",
                    ("interaction_type", "coupon_id"),
                ),
            ),
            references=(
                Reference("customer_id", "customers", maximum=0.05),
                Reference("campaign_id", "campaigns"),
                Reference("product_id", "products"),
            ),
        ),
        scope,
    )
