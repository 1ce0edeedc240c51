"""Thresholds by which forecasts are monitored."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from warehouse.policy_fields import Positive, PositiveNumber, PositiveShare, Section

Ratio = Annotated[float, Field(gt=1, allow_inf_nan=False, description="a number above 1")]


class Drift(Section):
    """What is judged of a version in service, and from where on it drifts or fails."""

    drift_weeks: Positive = 8
    drift_lags: Positive = 4
    # On fewer rows of intermittent demand, a WQL a quarter above its promise is chance.
    drift_minimum_rows: Positive = 100
    drift_ratio: Ratio = 1.25
    drift_failing_ratio: Ratio = 1.5
    drift_bias: PositiveNumber = 0.2
    drift_coverage: PositiveShare = 0.15
    # The limits usual for the population stability index (Siddiqi 2006, "Credit Risk Scorecards").
    drift_psi: PositiveNumber = 0.1
    drift_psi_shifted: PositiveNumber = 0.25

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        for low, high in (("drift_ratio", "drift_failing_ratio"), ("drift_psi", "drift_psi_shifted")):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(f"{low} ({getattr(self, low):g}) must lie below {high} ({getattr(self, high):g})")
        return self
