"""Expectations on raw.customers."""

from __future__ import annotations

from expectations.delivery import Delivery, not_after_business_date, raw_guard
from expectations.rules import CRITICAL, WARNING, Guard, RowRule
from expectations.scope import Scope


def customers(scope: Scope) -> Guard:
    """Return the guard of customers: a complete master that keeps nothing of erased persons."""
    return raw_guard(
        Delivery(
            entity="customers",
            key=("customer_id",),
            rules=(
                RowRule(
                    "expect_erased_customers_empty",
                    "r.erased_at is not null and coalesce(r.customer_name, r.email, r.postcode) is not null",
                    ("erased_at", "customer_name", "email", "postcode"),
                    severity=CRITICAL,
                ),
                not_after_business_date("expect_signup_not_after_business_date", "signup_date", scope, WARNING),
            ),
            is_full=True,
        ),
        scope,
    )
