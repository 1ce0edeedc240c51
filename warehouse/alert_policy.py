"""What policy.yml may say of early warning: limits, weights and playbooks by category and day, owners, life cycle."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from warehouse.policy_fields import Amount, Count, Points, Positive, PositiveNumber, PositiveShare, Section, Share

Playbook = Annotated[Literal["response", "clearance"], Field(description="one of response, clearance")]
Kpi = Literal["response_hours", "handling_days", "precision_pct", "false_alarm_pct", "recall_pct", "value_saved_amount"]
# Parts of the risk scores: keys of the weights of each dimension.
DEMAND_PARTS = ("deviation", "volatility", "attention", "unsold")
SUPPLY_PARTS = ("supplier_risk", "cover", "lateness")
COMPETITION_PARTS = ("price_gap", "undercut", "elasticity")


class DemandWeights(Section):
    """What the demand score is made of."""

    deviation: Share = 0.4
    volatility: Share = 0.15
    attention: Share = 0.1
    unsold: Share = 0.35


class SupplyWeights(Section):
    """What the supply score is made of."""

    supplier_risk: Share = 0.4
    cover: Share = 0.4
    lateness: Share = 0.2


class CompetitionWeights(Section):
    """What the competition score is made of."""

    price_gap: Share = 0.6
    undercut: Share = 0.2
    elasticity: Share = 0.2


class AlertLimits(Section):
    """Limits, weights and playbooks from a day on, of one category or of all that have none of their own."""

    effective_from: date
    category: Annotated[str, Field(min_length=1, description="a category_1")] | None = None
    yellow: PositiveNumber = 0.1
    orange: PositiveNumber = 0.2
    red: PositiveNumber = 0.3
    elastic_sd: Annotated[float, Field(ge=0, allow_inf_nan=False, description="a number, 0 or more")] = 2
    critical_score: Points = 60
    surplus_playbook: Playbook = "clearance"
    shortage_playbook: Playbook = "response"
    demand: DemandWeights = DemandWeights()
    supply: SupplyWeights = SupplyWeights()
    competition: CompetitionWeights = CompetitionWeights()

    @model_validator(mode="after")
    def _levels(self) -> Self:
        if not self.yellow < self.orange < self.red:
            raise ValueError(
                f"yellow ({self.yellow:g}) must lie below orange ({self.orange:g}), and that below red ({self.red:g})"
            )
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in ("demand", "supply", "competition"):
            total = sum(getattr(self, name).model_dump().values())
            if abs(total - 1) > 1e-9:
                raise ValueError(f"the weights of {name} must add up to 1, and add up to {total:g}")
        return self


class Alerts(Section):
    """When an alert is raised, whose it is, and how long it lives."""

    limits: Annotated[
        tuple[AlertLimits, ...],
        Field(
            min_length=1,
            strict=False,
            description=f"a list of {', '.join(AlertLimits.model_fields)}: a day, a category or none, and what holds",
        ),
    ] = (AlertLimits(effective_from=date(2000, 1, 1)),)
    owner: Annotated[str, Field(min_length=1, description="a name")] = "planner"
    owners: Annotated[dict[str, str], Field(description="names by category_1")] = {}
    escalation_owner: Annotated[str, Field(min_length=1, description="a name")] = "head of planning"
    language: Annotated[Literal["en", "zh"], Field(description="one of en, zh")] = "en"
    budget: Positive = 20
    minimum_value: Amount = 0
    yellow_due_days: Positive = 14
    orange_due_days: Positive = 7
    red_due_days: Positive = 2
    expire_days: Positive = 60
    quiet_evaluations: Positive = 2
    snooze_days: Positive = 14
    markdown_step: PositiveShare = 0.05
    markdown_most: PositiveShare = 0.5
    salvage_share: Share = 0.3
    expedite_share: Share = 0.1
    transfer_share: Share = 0.05
    review_weeks: Count = 1
    service_level: Annotated[float, Field(gt=0, lt=1, description="a number between 0 and 1")] = 0.95
    # Learning: corrections that move a limit, how far at once and at all, and how long it stays in shadow.
    corrections: Positive = 3
    factor_step: Annotated[float, Field(gt=1, le=4, description="a number above 1, at most 4")] = 1.5
    factor_least: PositiveNumber = 0.5
    factor_most: PositiveNumber = 4
    missed_weight: PositiveNumber = 3
    shadow_evaluations: Positive = 2
    targets: Annotated[dict[Kpi, float], Field(description=f"numbers by KPI: {', '.join(get_args(Kpi))}")] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        days: dict[str | None, list[date]] = {}
        for entry in self.limits:
            days.setdefault(entry.category, []).append(entry.effective_from)
        if None not in days:
            raise ValueError("limits need an entry without category, which holds for all others")
        if any(later <= earlier for found in days.values() for earlier, later in zip(found, found[1:], strict=False)):
            raise ValueError("limits of a category must be in the order of effective_from, each day once")
        return self

    @model_validator(mode="after")
    def _factors(self) -> Self:
        if not self.factor_least <= 1 <= self.factor_most:
            raise ValueError("factor_least may not be more than 1, nor factor_most less: 1 is the limit of the policy")
        return self

    @model_validator(mode="after")
    def _due(self) -> Self:
        if not self.red_due_days <= self.orange_due_days <= self.yellow_due_days:
            raise ValueError("red_due_days may not be more than orange_due_days, nor that more than yellow_due_days")
        return self
