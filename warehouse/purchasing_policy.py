"""Thresholds of purchasing: how suppliers are judged, scored and weighed as a risk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from warehouse.policy_fields import Count, Points, Positive, PositiveNumber, PositiveShare, Section, Share


def _require_whole(weights: Mapping[str, float]) -> None:
    total = math.fsum(weights.values())
    if not math.isclose(total, 1, abs_tol=1e-6):
        raise ValueError(f"{', '.join(weights)} must add up to 1, not {total:g}")


class Supplier(Section):
    """How what suppliers deliver is judged."""

    late_days: Count = 0
    in_full_pct: PositiveShare = 0.98
    minimum_lines: Count = 8
    minimum_receipts: Positive = 8
    shrinkage_lines: Count = 10
    shrinkage_receipts: Count = 10
    lead_time_cv_limit: PositiveNumber = 0.5
    price_cv_limit: PositiveNumber = 0.25
    closed_days: Count = 30
    # Up to this much, what stands in the field of the price is none.
    placeholder_price: Annotated[float, Field(ge=0, allow_inf_nan=False, description="a number, 0 or more")] = 0
    # A source with one quantity for what was ordered and what came knows of no shortage.
    tells_received_quantity: Annotated[bool, Field(description="true or false")] = True


class SupplierScore(Section):
    """Weights of the parts of the scorecard, and where its standings begin."""

    on_time_weight: Share = 0.3
    in_full_weight: Share = 0.15
    quality_weight: Share = 0.2
    confirmation_weight: Share = 0.05
    lead_time_weight: Share = 0.1
    price_stability_weight: Share = 0.1
    price_weight: Share = 0.1
    price_variance_limit: PositiveNumber = 0.1
    minimum_known_share: PositiveShare = 0.5
    preferred_score: Points = 95
    approved_score: Points = 85
    watch_score: Points = 70
    trend_points: Points = 5

    @model_validator(mode="after")
    def _weights(self) -> Self:
        _require_whole({name: value for name, value in self.model_dump().items() if name.endswith("_weight")})
        return self

    @model_validator(mode="after")
    def _standings(self) -> Self:
        if not self.watch_score < self.approved_score < self.preferred_score:
            raise ValueError(
                f"watch_score ({self.watch_score:g}) must lie below approved_score ({self.approved_score:g}), "
                f"and that below preferred_score ({self.preferred_score:g})"
            )
        return self


class RiskWeights(Section):
    """Weights of the risk factors from a day on."""

    effective_from: date
    lead_time: Share
    lateness: Share
    lateness_trend: Share
    concentration: Share
    price: Share
    logistics: Share
    overdue: Share

    @model_validator(mode="after")
    def _weights(self) -> Self:
        _require_whole(self.model_dump(exclude={"effective_from"}))
        return self


_USUAL_WEIGHTS = RiskWeights(
    effective_from=date(2000, 1, 1),
    lead_time=0.2,
    lateness=0.15,
    lateness_trend=0.1,
    concentration=0.2,
    price=0.1,
    logistics=0.1,
    overdue=0.15,
)


class SupplyRisk(Section):
    """Weights of the supply risk index, and what counts as full risk of each factor."""

    weights: Annotated[
        tuple[RiskWeights, ...],
        Field(
            min_length=1,
            strict=False,
            description=f"a list of {', '.join(RiskWeights.model_fields)}: a day, and weights from 0 to 1",
        ),
    ] = (_USUAL_WEIGHTS,)
    late_limit: PositiveShare = 0.3
    late_rise_limit: PositiveShare = 0.2
    carrier_late_limit: PositiveShare = 0.3
    overdue_limit: PositiveNumber = 0.2
    minimum_known_share: PositiveShare = 0.5
    medium_index: Points = 30
    high_index: Points = 60

    @model_validator(mode="after")
    def _days(self) -> Self:
        days = [weights.effective_from for weights in self.weights]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("weights must be in the order of effective_from, each day once")
        return self

    @model_validator(mode="after")
    def _levels(self) -> Self:
        if self.medium_index >= self.high_index:
            raise ValueError(f"medium_index ({self.medium_index:g}) must lie below high_index ({self.high_index:g})")
        return self
