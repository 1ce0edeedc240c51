"""Expectations on raw.locations."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, raw_guard
from expectations.rules import CRITICAL, Guard, RowRule
from expectations.scope import Scope


def locations(scope: Scope) -> Guard:
    """Return the guard of locations: a complete master whose hierarchy can be followed."""
    return raw_guard(
        Delivery(
            entity="locations",
            key=("location_id",),
            rules=(
                RowRule(
                    "expect_parent_to_differ",
                    "r.parent_location_id = r.location_id",
                    ("parent_location_id",),
                    severity=CRITICAL,
                ),
                RowRule("expect_close_after_open", "r.close_date < r.open_date", ("open_date", "close_date")),
            ),
            references=(Reference("parent_location_id", "locations", key="location_id", maximum=0),),
            is_full=True,
        ),
        scope,
    )
