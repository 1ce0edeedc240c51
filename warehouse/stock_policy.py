"""What policy.yml may say of stock and sales: turnover, sell-through, ageing, and the fulfilment of orders."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from warehouse.policy_fields import Count, Days, Positive, PositiveShare, Section, Share


class Turnover(Section):
    """Classes of products, and the days of stock each may have."""

    cash_cow_days: Days = 45
    strategic_days: Days = 90
    long_tail_days: Days = 180
    cash_cow_share: PositiveShare = 0.7
    strategic_share: PositiveShare = 0.9
    stop_factor: Annotated[float, Field(ge=1, allow_inf_nan=False, description="a number, 1 or more")] = 2

    @model_validator(mode="after")
    def _cuts(self) -> Self:
        if self.cash_cow_share >= self.strategic_share:
            raise ValueError(
                f"cash_cow_share ({self.cash_cow_share}) must lie below strategic_share ({self.strategic_share})"
            )
        return self


class SellThrough(Section):
    """The three rules of the sell-through monitor."""

    new_days: Positive = 15
    new_minimum_pct: Share = 0.3
    fall_pct: Share = 0.15
    fall_weeks: Positive = 3
    high_mover_pct: PositiveShare = 0.5
    retire_pct: Share = 0.1
    high_mover_share: Share = 0.7
    potential_share: Share = 0.2
    retire_share: Share = 0.1

    @model_validator(mode="after")
    def _mix(self) -> Self:
        if self.retire_pct >= self.high_mover_pct:
            raise ValueError(f"retire_pct ({self.retire_pct}) must lie below high_mover_pct ({self.high_mover_pct})")
        if abs(self.high_mover_share + self.potential_share + self.retire_share - 1) > 1e-9:
            raise ValueError("high_mover_share, potential_share and retire_share must add up to 1")
        return self


class Ageing(Section):
    """What makes stock obsolete."""

    no_sale_days: Positive = 90
    no_sale_days_by_category: Annotated[
        dict[str, Positive], Field(description="whole numbers, 1 or more, by category_1")
    ] = {}
    season_ends: Annotated[dict[str, date], Field(description="days (2024-09-30) by season code of products")] = {}


class CustomerOrder(Section):
    """How the fulfilment of customer orders is judged."""

    late_days: Count = 0
    in_full_pct: PositiveShare = 1
