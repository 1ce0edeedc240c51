"""What a company calls a slow mover: thresholds of its policy.yml, in whole weeks.

Demand is known per whole week, so the stock date t is the Sunday that ends the last complete week, and days are
rounded up to weeks. With the default policy (lead_days 35, window_days 90) the lead is 5 weeks, days t+1 to t+35, and
the window 13 weeks, which is 91 days: t+36, a Monday, to t+126, a Sunday.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from warehouse import thresholds

DAYS = 7


@dataclass(frozen=True)
class Policy:
    """Thresholds of slow movers.

    Attributes:
        lead_weeks: Weeks between the stock date and the window (35 days: 5).
        window_weeks: Weeks of the window, at whose end the rest counts as unsold (90 days: 13).
        unsold_share: Share of the stock above which what is left makes a slow mover.
        medium_probability: Probability from which the risk is medium.
        high_probability: Probability from which the risk is high and the row is flagged.
        release_probability: Probability below which a row that was flagged is so no longer.
    """

    lead_weeks: int
    window_weeks: int
    unsold_share: float
    medium_probability: float
    high_probability: float
    release_probability: float = 0.5

    @property
    def horizon_weeks(self) -> int:
        """Weeks from the stock date to the end of the window."""
        return self.lead_weeks + self.window_weeks

    def window(self, as_of_date: date) -> tuple[date, date]:
        """Return the first and last day of the window for stock counted at the end of as_of_date."""
        first = as_of_date + timedelta(days=self.lead_weeks * DAYS + 1)
        return first, as_of_date + timedelta(days=self.horizon_weeks * DAYS)

    def parameters(self) -> dict[str, float]:
        """Return the thresholds by name, as the registry keeps them."""
        return asdict(self)

    def as_learnt(self, parameters: Mapping[str, Any]) -> Policy:
        """Return the policy with the lead, window and share that a model was trained for, by which it must score."""
        return replace(self, **{name: parameters[name] for name in ("lead_weeks", "window_weeks", "unsold_share")})


def parse(values: Mapping[str, str]) -> Policy:
    """Return the policy from ops.policies' texts, days rounded up to whole weeks.

    Raises:
        ValueError: a threshold is missing, no number, or outside its range.
    """
    numbers = {
        name: thresholds.number(values, f"slow_movers.{name}")
        for name in (
            "lead_days",
            "window_days",
            "unsold_share",
            "medium_probability",
            "high_probability",
            "release_probability",
        )
    }
    if numbers["lead_days"] < 0 or numbers["window_days"] <= 0:
        raise ValueError("policy slow_movers.lead_days must be 0 or more and slow_movers.window_days more than 0")
    if not 0 <= numbers["unsold_share"] < 1:
        raise ValueError("policy slow_movers.unsold_share must be at least 0 and below 1")
    if not 0 < numbers["medium_probability"] < numbers["high_probability"] <= 1:
        raise ValueError("policy slow_movers.medium_probability must lie above 0 and below high_probability, at most 1")
    if not 0 < numbers["release_probability"] <= numbers["high_probability"]:
        raise ValueError("policy slow_movers.release_probability must lie above 0, at most at high_probability")
    return Policy(
        lead_weeks=math.ceil(numbers["lead_days"] / DAYS),
        window_weeks=math.ceil(numbers["window_days"] / DAYS),
        unsold_share=numbers["unsold_share"],
        medium_probability=numbers["medium_probability"],
        high_probability=numbers["high_probability"],
        release_probability=numbers["release_probability"],
    )
