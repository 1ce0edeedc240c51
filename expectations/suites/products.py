"""Expectations on raw.products."""

from __future__ import annotations

from expectations.aggregates import share
from expectations.delivery import Delivery, raw_guard
from expectations.rules import Guard, Measure, RowRule
from expectations.scope import Scope


def products(scope: Scope) -> Guard:
    """Return the guard of products: a complete master with categories, life cycles and costs that make sense."""
    return raw_guard(
        Delivery(
            entity="products",
            key=("product_id",),
            rules=(
                RowRule(
                    "expect_discontinue_after_launch",
                    "r.discontinue_date < r.launch_date",
                    ("launch_date", "discontinue_date"),
                ),
                RowRule(
                    "expect_cost_within_list_price",
                    "r.list_price > 0 and r.standard_cost > r.list_price",
                    ("list_price", "standard_cost"),
                ),
                RowRule(
                    "expect_successor_to_differ",
                    "r.successor_product_id = r.product_id or r.predecessor_product_id = r.product_id",
                    ("predecessor_product_id", "successor_product_id"),
                ),
            ),
            measures=(Measure("uncategorized_share", "b.uncategorized_share", maximum=0.2),),
            aggregates={"uncategorized_share": share("uncategorized_share", "r.category_1 is null")},
            is_full=True,
            has_currency=True,
        ),
        scope,
    )
