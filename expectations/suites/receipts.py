"""Expectations on raw.receipts."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def receipts(scope: Scope) -> Guard:
    """Return the guard of receipts: quantities that add up, dates in order, known orders, products and places."""
    orders = (
        "left join (select p.purchase_order_id, min(p.order_date) as order_date from raw.purchase_orders as p "
        f"where p.company_id = '{scope.company_id}' group by 1) as o on o.purchase_order_id = r.purchase_order_id"
    )
    return raw_guard(
        Delivery(
            entity="receipts",
            key=("receipt_id",),
            rules=_rules(scope),
            measures=(Measure("mean_cost_factor", factor("mean_cost"), maximum=2),),
            references=(
                Reference("purchase_order_id", "purchase_orders"),
                Reference("product_id", "products"),
                Reference("location_id", "locations"),
                Reference("supplier_id", "suppliers"),
            ),
            aggregates={"mean_cost": mean("mean_cost", "cast(r.landed_unit_cost as double precision)")},
            compared=("mean_cost",),
            rule_joins=(orders,),
        ),
        scope,
    )


def _rules(scope: Scope) -> tuple[RowRule, ...]:
    quantities = ("received_quantity", "accepted_quantity", "rejected_quantity")
    return (
        not_after_business_date("expect_receipt_not_after_business_date", "received_date", scope),
        RowRule(
            "expect_accepted_and_rejected_within_received",
            "coalesce(r.accepted_quantity, 0) + coalesce(r.rejected_quantity, 0) > r.received_quantity",
            quantities,
            critical_share=0.01,
        ),
        RowRule(
            "expect_receipt_after_order",
            "r.received_date < o.order_date",
            ("purchase_order_id", "received_date"),
        ),
        RowRule("expect_expiry_after_receipt", "r.expiry_date < r.received_date", ("expiry_date", "received_date")),
    )
