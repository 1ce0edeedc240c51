"""Expectations on raw.suppliers and raw.supplier_products."""

from __future__ import annotations

from expectations.delivery import Delivery, Reference, raw_guard
from expectations.rules import Guard, RowRule
from expectations.scope import Scope

LONGEST_LEAD_DAYS = 365
PRICE_FACTOR = 2


def suppliers(scope: Scope) -> Guard:
    """Return the guard of suppliers: a complete master with plausible lead times."""
    return raw_guard(
        Delivery(
            entity="suppliers",
            key=("supplier_id",),
            rules=(
                RowRule(
                    "expect_plausible_lead_time",
                    f"r.quoted_lead_time_days > {LONGEST_LEAD_DAYS}",
                    ("quoted_lead_time_days",),
                ),
            ),
            is_full=True,
        ),
        scope,
    )


def supplier_products(scope: Scope) -> Guard:
    """Return the guard of supplier terms: periods and quantities that can hold, known partners, stable prices."""
    earlier = (
        "left join (select p.supplier_id, p.product_id, min(p.unit_price) as lowest, max(p.unit_price) as highest "
        f"from raw.supplier_products as p where p.company_id = '{scope.company_id}' and p._batch_id < {scope.batch_id} "
        "group by 1, 2) as o on o.supplier_id = r.supplier_id and o.product_id = r.product_id"
    )
    return raw_guard(
        Delivery(
            entity="supplier_products",
            key=("supplier_id", "product_id", "effective_from"),
            rules=(
                RowRule(
                    "expect_terms_to_end_after_start",
                    "r.effective_to <= r.effective_from",
                    ("effective_to",),
                    critical_share=0.01,
                ),
                RowRule(
                    "expect_minimum_within_maximum_order",
                    "r.minimum_order_quantity > r.maximum_order_quantity",
                    ("minimum_order_quantity", "maximum_order_quantity"),
                ),
                RowRule(
                    "expect_price_near_earlier_ones",
                    f"r.unit_price > {PRICE_FACTOR} * o.highest or {PRICE_FACTOR} * r.unit_price < o.lowest",
                    ("unit_price",),
                    critical_share=0.5,
                ),
                RowRule("expect_plausible_lead_time", f"r.lead_time_days > {LONGEST_LEAD_DAYS}", ("lead_time_days",)),
            ),
            references=(Reference("supplier_id", "suppliers"), Reference("product_id", "products")),
            rule_joins=(earlier,),
            # Suppliers quote in their own currencies, so these are not compared with the company's.
            is_full=True,
        ),
        scope,
    )
