"""Limits that learn from planners: what they rejected or missed moves the factor of a rule and category.

A signal raises an alert where its deviation, over the yellow limit of the policy, reaches the factor. Decisions tell on
which side of it a planner wants a signal: accepted and changed ones above, rejected ones below, missing ones above. Of
the factors between those signals the one is proposed that costs least,

    cost = alerts raised that were wrong + missed_weight x alerts not raised that were right,

once there are enough corrections since the last change, at most ``factor_step`` away, within bounds, and only where
recall does not fall by more than MOST_RECALL_LOSS. It then stands in shadow for some evaluations: both are scored on
all decisions, and the new one comes into force if it still costs no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.alert_policy import Alerts

MOST_RECALL_LOSS = 0.02


@dataclass(frozen=True)
class Sample:
    """One decision.

    Attributes:
        ratio: Deviation of the signal over the yellow limit of the policy.
        is_right: Whether the planner wants an alert there.
        is_correction: Whether the planner set the system right: rejected an alert, or missed one.
    """

    ratio: float
    is_right: bool
    is_correction: bool


@dataclass(frozen=True)
class Figures:
    """How a factor does on decisions.

    Attributes:
        precision: Right alerts over alerts raised; None where none is raised.
        recall: Right alerts over those that should be raised; None where there are none.
        cost: Weighed number of errors.
    """

    precision: float | None
    recall: float | None
    cost: float


@dataclass(frozen=True)
class Proposal:
    """Another factor, and why.

    Attributes:
        factor: What the limits are to be multiplied with.
        evidence: Decisions it rests on, and how both factors do on them.
    """

    factor: float
    evidence: dict[str, object]


def figures(samples: Sequence[Sample], factor: float, missed_weight: float) -> Figures:
    """Return how a factor does on decisions."""
    right = sum(each.is_right for each in samples if each.ratio >= factor)
    wrong = sum(not each.is_right for each in samples if each.ratio >= factor)
    missed = sum(each.is_right for each in samples if each.ratio < factor)
    return Figures(
        precision=right / (right + wrong) if right + wrong else None,
        recall=right / (right + missed) if right + missed else None,
        cost=wrong + missed_weight * missed,
    )


def propose(samples: Sequence[Sample], since: Sequence[Sample], factor: float, policy: Alerts) -> Proposal | None:
    """Propose another factor where decisions ask for one.

    Args:
        samples: All decisions on the rule and category.
        since: Those of them since the last change.
        factor: Factor in force.
        policy: Policy of the company.

    Returns:
        None where corrections are too few, or no other factor would be better.
    """
    corrections = sum(each.is_correction for each in since)
    if corrections < policy.corrections:
        return None
    ratios = sorted({each.ratio for each in samples})
    between = [(low + high) / 2 for low, high in zip(ratios, ratios[1:], strict=False)]
    beyond = [ratios[0] * 0.99, ratios[-1] * 1.01] if ratios else []
    candidates = [_within(each, policy.factor_least, policy.factor_most) for each in [*between, *beyond]]
    now = figures(samples, factor, policy.missed_weight)
    best, done = factor, now
    for candidate in sorted(set(candidates), key=lambda each: abs(each - factor)):
        found = figures(samples, candidate, policy.missed_weight)
        if found.cost < done.cost and (found.recall or 0) >= (now.recall or 0) - MOST_RECALL_LOSS:
            best, done = candidate, found
    # What lies farther than one step is approached.
    best = _within(best, factor / policy.factor_step, factor * policy.factor_step)
    done = figures(samples, best, policy.missed_weight)
    if best == factor or done.cost > now.cost:
        return None
    evidence = {"decisions": len(samples), "corrections": corrections, **_shown("old", now), **_shown("new", done)}
    return Proposal(best, evidence)


def holds(samples: Sequence[Sample], old: float, new: float, policy: Alerts) -> tuple[bool, dict[str, object]]:
    """Tell whether a factor in shadow is to come into force, and how both do on all decisions by then."""
    before, after = (figures(samples, factor, policy.missed_weight) for factor in (old, new))
    shown = {"shadow_decisions": len(samples), **_shown("shadow_old", before), **_shown("shadow_new", after)}
    return after.cost <= before.cost, shown


def _within(factor: float, lowest: float, highest: float) -> float:
    return round(min(max(factor, lowest), highest), 6)


def _shown(name: str, found: Figures) -> dict[str, object]:
    values = {"precision": found.precision, "recall": found.recall, "cost": found.cost}
    return {f"{name}_{figure}": None if value is None else round(value, 4) for figure, value in values.items()}
