"""Expectations on raw.returns."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def returns(scope: Scope) -> Guard:
    """Return the guard of customer returns: none in the future, refunds that are stated and plausible."""
    return raw_guard(
        Delivery(
            entity="returns",
            key=("return_id", "line_number"),
            rules=(
                not_after_business_date("expect_return_not_after_business_date", "return_date", scope),
                RowRule(
                    "expect_refunded_to_have_an_amount",
                    "r.status = 'refunded' and r.refund_amount is null",
                    ("status", "refund_amount"),
                ),
            ),
            measures=(Measure("mean_refund_factor", factor("mean_refund"), maximum=3),),
            references=(
                Reference("product_id", "products"),
                Reference("location_id", "locations"),
                Reference("customer_id", "customers", maximum=0.05),
            ),
            aggregates={"mean_refund": mean("mean_refund", "cast(r.refund_amount as double precision)")},
            compared=("mean_refund",),
            has_currency=True,
        ),
        scope,
    )
