"""Expectations on raw.rfqs and raw.quotations."""

from __future__ import annotations

from expectations.aggregates import mean
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import Guard, Measure, RowRule, factor
from expectations.scope import Scope


def rfqs(scope: Scope) -> Guard:
    """Return the guard of requests for quotation: sent by now, answers due later, known products and suppliers."""
    return raw_guard(
        Delivery(
            entity="rfqs",
            key=("rfq_id", "product_id", "supplier_id"),
            rules=(
                not_after_business_date("expect_request_not_after_business_date", "sent_date", scope),
                RowRule("expect_due_after_request", "r.due_date < r.sent_date", ("sent_date", "due_date")),
            ),
            references=(
                Reference("product_id", "products"),
                Reference("supplier_id", "suppliers"),
                Reference("ship_to_location_id", "locations", key="location_id"),
            ),
        ),
        scope,
    )


def quotations(scope: Scope) -> Guard:
    """Return the guard of quotations: given by now, valid for a while, at plausible prices, to known requests."""
    return raw_guard(
        Delivery(
            entity="quotations",
            key=("quotation_id",),
            rules=(
                not_after_business_date("expect_quotation_not_after_business_date", "quoted_date", scope),
                RowRule("expect_validity_after_quotation", "r.valid_to < r.quoted_date", ("quoted_date", "valid_to")),
            ),
            measures=(Measure("mean_price_factor", factor("mean_price"), maximum=5),),
            references=(
                Reference("rfq_id", "rfqs"),
                Reference("supplier_id", "suppliers"),
                Reference("product_id", "products"),
            ),
            aggregates={"mean_price": mean("mean_price", "cast(r.unit_price as double precision)")},
            compared=("mean_price",),
        ),
        scope,
    )
