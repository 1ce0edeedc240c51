"""What policy.yml may say of the KPI catalogue and of how often feeds come."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from warehouse.policy_fields import PositiveNumber, Section, Share

# The ids of dbt_project/macros/kpi_definitions.sql.
KpiId = Literal[
    "net_sales_amount",
    "gross_margin_amount",
    "gross_margin_pct",
    "discount_pct",
    "transaction_count",
    "average_basket_amount",
    "return_pct",
    "closing_stock_amount",
    "turnover_cost",
    "gmroi",
    "cover_days",
    "stockout_pct",
    "aged_90_pct",
    "active_sku_pct",
    "sell_through_pct",
    "supplier_otif_pct",
    "supplier_on_time_pct",
    "lead_time_cv",
    "ppv_contract_pct",
    "order_fill_pct",
    "customer_otif_pct",
    "perfect_order_pct",
    "carrier_on_time_pct",
    "forecast_wape",
    "forecast_bias",
    "quarantined_pct",
    "fresh_feeds_pct",
]
Target = Annotated[float, Field(allow_inf_nan=False)]


class Kpi(Section):
    """What the KPIs are to reach, and what it takes to hold them against it; one that is not named has no target."""

    targets: Annotated[dict[KpiId, Target], Field(description=f"numbers by KPI: {', '.join(get_args(KpiId))}")] = {}
    # A budget is made for all sales; a margin of a smaller part of them would always miss it.
    minimum_costed_share: Share = 0.95


class Freshness(Section):
    """How often feeds are to come, and from when on they are late."""

    expected_days: Annotated[
        dict[str, PositiveNumber], Field(description="numbers of days above 0, by entity: {sales_lines: 1}")
    ] = {}
    late_factor: PositiveNumber = 1.5
    stale_factor: PositiveNumber = 3

    @model_validator(mode="after")
    def _factors(self) -> Self:
        if self.late_factor >= self.stale_factor:
            raise ValueError(f"late_factor ({self.late_factor:g}) must lie below stale_factor ({self.stale_factor:g})")
        return self
