"""Expectations on what is planned ahead: raw.budgets, raw.calendars and raw.lanes."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, raw_guard
from expectations.rules import CRITICAL, Guard, RowRule
from expectations.scope import Scope

LONGEST_TRANSIT_DAYS = 120


def budgets(scope: Scope) -> Guard:
    """Return the guard of budgets: whole months, a margin within the sales it comes from."""
    return raw_guard(
        Delivery(
            entity="budgets",
            key=("budget_month", "category", "location_id"),
            rules=(
                RowRule(
                    "expect_first_day_of_month",
                    "extract(day from r.budget_month) <> 1",
                    ("budget_month",),
                    severity=CRITICAL,
                ),
                RowRule(
                    "expect_margin_within_sales",
                    "r.margin_amount > r.net_sales_amount",
                    ("margin_amount", "net_sales_amount"),
                ),
            ),
            has_currency=True,
        ),
        scope,
    )


def calendars(scope: Scope) -> Guard:
    """Return the guard of calendars: holidays that have a name."""
    return raw_guard(
        Delivery(
            entity="calendars",
            key=("calendar_id", "calendar_date"),
            rules=(
                RowRule(
                    "expect_holiday_to_have_a_name",
                    "r.is_holiday and r.holiday_name is null",
                    ("is_holiday", "holiday_name"),
                ),
            ),
        ),
        scope,
    )


def lanes(scope: Scope) -> Guard:
    """Return the guard of lanes: a complete list of ways from somewhere to somewhere else."""
    return raw_guard(
        Delivery(
            entity="lanes",
            key=("lane_id",),
            rules=(
                RowRule(
                    "expect_a_start",
                    "r.supplier_id is null and r.from_location_id is null",
                    ("supplier_id", "from_location_id"),
                ),
                RowRule(
                    "expect_places_to_differ",
                    "r.from_location_id = r.to_location_id",
                    ("from_location_id", "to_location_id"),
                ),
                RowRule("expect_plausible_transit", f"r.transit_days > {LONGEST_TRANSIT_DAYS}", ("transit_days",)),
            ),
            references=(
                Reference("supplier_id", "suppliers"),
                Reference("from_location_id", "locations", key="location_id"),
                Reference("to_location_id", "locations", key="location_id"),
            ),
            is_full=True,
        ),
        scope,
    )
