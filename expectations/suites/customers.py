"""Expectations on raw.customers."""

from __future__ import annotations

from expectations.delivery import Delivery, raw_guard
from expectations.rules import CRITICAL, Guard, RowRule
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
                    "r.erased_at is not null and num_nonnulls(r.customer_name, r.email, r.postcode) > 0",
                    ("erased_at", "customer_name", "email", "postcode"),
                    severity=CRITICAL,
                ),
                RowRule("expect_signup_not_after_business_date", f"r.signup_date > {scope.day} + 1", ("signup_date",)),
            ),
            is_full=True,
        ),
        scope,
    )
