"""Do limits learn? Simulated planners whose preferences are known decide on alerts for a year.

Each rule and category has a planner with a limit of its own in mind, which nobody tells the system. Of every week's
signals those from the factor in force on are shown. The planner accepts what lies above the limit in mind and rejects
the rest, errs now and then, decides on some only, and reports some of what it misses. Precision and recall are against
the limits in mind, over all signals, of the first weeks and of the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planning.alerts import learning
from planning.alerts.learning import Sample
from warehouse.alert_policy import Alerts

WEEKS, FIRST_WEEKS = 52, 8
PLANNERS, SIGNALS = 40, 12
ERRORS, DECIDED, REPORTED = 0.05, 0.6, 0.15


@dataclass
class Planner:
    """One rule and category: what its planner has in mind, and what the system has learnt.

    Attributes:
        wanted: Deviation over the yellow limit from which the planner wants an alert.
        factor: Factor in force.
        samples: Decisions so far.
        since: Decisions since the last change.
        shadow: Factor in shadow, and the week it was proposed in.
    """

    wanted: float
    factor: float = 1.0
    samples: list[Sample] = field(default_factory=list)
    since: list[Sample] = field(default_factory=list)
    shadow: tuple[float, int] | None = None


@dataclass(frozen=True)
class Outcome:
    """Precision and recall of the first and of the last weeks, 0 to 1, and how many factors moved."""

    precision: tuple[float, float]
    recall: tuple[float, float]
    changes: int


def simulate(seed: int, *, learns: bool = True, policy: Alerts | None = None) -> Outcome:
    """Let planners decide for a year.

    Args:
        seed: Seed of preferences, signals and errors.
        learns: Whether limits learn; otherwise those of the policy stay.
        policy: Policy of learning; its defaults by default.
    """
    rng = np.random.default_rng(seed)
    policy = policy or Alerts()
    planners = [Planner(wanted) for wanted in rng.uniform(0.7, 2.5, PLANNERS)]
    counts = np.zeros((WEEKS, 3))
    changes = 0
    for week in range(WEEKS):
        for planner in planners:
            # Few deviations are large.
            ratios = 0.5 + rng.exponential(0.8, SIGNALS)
            raised, right = ratios >= planner.factor, ratios >= planner.wanted
            counts[week] += [np.sum(raised & right), np.sum(raised & ~right), np.sum(~raised & right)]
            _decide(planner, ratios, rng)
            changes += learns and _learn(planner, week, policy)
    return Outcome(_shares(counts, 1), _shares(counts, 2), changes)


def _decide(planner: Planner, ratios: np.ndarray, rng: np.random.Generator) -> None:
    for ratio in ratios:
        is_right = bool(ratio >= planner.wanted) != bool(rng.random() < ERRORS)
        if ratio >= planner.factor:
            if rng.random() < DECIDED:
                _note(planner, Sample(float(ratio), is_right, is_correction=not is_right))
        elif is_right and rng.random() < REPORTED:
            _note(planner, Sample(float(ratio), is_right=True, is_correction=True))


def _note(planner: Planner, sample: Sample) -> None:
    planner.samples.append(sample)
    planner.since.append(sample)


def _learn(planner: Planner, week: int, policy: Alerts) -> bool:
    """Do what ``limits.learn`` does in the warehouse, and tell whether a factor came into force."""
    if planner.shadow is not None:
        factor, proposed = planner.shadow
        if week - proposed < policy.shadow_evaluations:
            return False
        is_better, _ = learning.holds(planner.samples, planner.factor, factor, policy)
        planner.factor = factor if is_better else planner.factor
        planner.shadow, planner.since = None, []
        return is_better
    proposal = learning.propose(planner.samples, planner.since, planner.factor, policy)
    if proposal is not None:
        planner.shadow = (proposal.factor, week)
    return False


def _shares(counts: np.ndarray, errors: int) -> tuple[float, float]:
    first, last = counts[:FIRST_WEEKS].sum(axis=0), counts[-FIRST_WEEKS:].sum(axis=0)
    return first[0] / (first[0] + first[errors]), last[0] / (last[0] + last[errors])


def main() -> None:
    """Print precision and recall of five seeds, with learning and without."""
    print("| seed | learning | precision, first 8 weeks | last 8 weeks | recall, first | last | changes |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(1, 6):
        for learns in (False, True):
            found = simulate(seed, learns=learns)
            cells = [f"{value:.3f}" for value in (*found.precision, *found.recall)]
            print(f"| {seed} | {'on' if learns else 'off'} | {' | '.join(cells)} | {found.changes} |")


if __name__ == "__main__":
    main()
