"""Expectations on raw.price_lists and raw.competitor_prices."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def price_lists(scope: Scope) -> Guard:
    """Return the guard of price lists: periods that can hold, prices that do not jump as a whole."""
    return raw_guard(
        Delivery(
            entity="price_lists",
            key=("price_list_id", "product_id", "location_id", "price_type", "valid_from"),
            rules=(
                RowRule(
                    "expect_price_to_end_after_start",
                    "r.valid_to <= r.valid_from",
                    ("valid_from", "valid_to"),
                    critical_share=0.01,
                ),
            ),
            measures=(Measure("mean_price_factor", factor("mean_price"), maximum=3),),
            references=(Reference("product_id", "products"),),
            aggregates={"mean_price": mean("mean_price", "cast(r.unit_price as double precision)")},
            compared=("mean_price",),
            has_currency=True,
        ),
        scope,
    )


def competitor_prices(scope: Scope) -> Guard:
    """Return the guard of competitor prices: seen by now, promotions below the regular price, known products."""
    return raw_guard(
        Delivery(
            entity="competitor_prices",
            key=("competitor_id", "product_id", "seen_at"),
            rules=(
                not_after_business_date("expect_price_not_after_business_date", "seen_date", scope),
                RowRule(
                    "expect_price_within_regular_price",
                    "r.price > r.regular_price",
                    ("price", "regular_price"),
                    critical_share=0.5,
                ),
            ),
            measures=(Measure("mean_price_factor", factor("mean_price"), maximum=2),),
            references=(Reference("product_id", "products"),),
            aggregates={"mean_price": mean("mean_price", "cast(r.price as double precision)")},
            compared=("mean_price",),
        ),
        scope,
    )
