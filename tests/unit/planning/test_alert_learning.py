"""Learnt limits by hand."""

from __future__ import annotations

import pytest

from planning.alerts.learning import Sample, figures, holds, propose
from warehouse.alert_policy import Alerts

POLICY = Alerts()


def samples(right: list[float] = [], wrong: list[float] = [], missing: list[float] = []) -> list[Sample]:  # noqa: B006
    return [
        *(Sample(ratio, is_right=True, is_correction=False) for ratio in right),
        *(Sample(ratio, is_right=False, is_correction=True) for ratio in wrong),
        *(Sample(ratio, is_right=True, is_correction=True) for ratio in missing),
    ]


def test_figures_of_a_factor() -> None:
    found = figures(samples(right=[2, 3, 1.1], wrong=[1.2, 1.3]), 1.25, 3)
    # Raised: 2 and 3 right, 1.3 wrong; 1.1 is missed at three times the cost.
    assert (found.precision, found.recall, found.cost) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 4)
    assert figures([], 1, 3) == figures(samples(wrong=[0.5]), 1, 3)


def test_two_corrections_move_nothing_and_three_move_the_limit_between_what_is_wanted_and_what_is_not() -> None:
    accepted = [1.4, 1.8, 2.5]
    two = samples(accepted, [1.05, 1.1])
    assert propose(two, two, 1.0, POLICY) is None
    three = samples(accepted, [1.05, 1.1, 1.2])
    found = propose(three, three, 1.0, POLICY)
    assert found is not None
    # Half way between 1.2 and 1.4: precision 3 of 6 becomes 3 of 3, and nothing is missed.
    assert found.factor == pytest.approx(1.3)
    assert (found.evidence["old_precision"], found.evidence["new_precision"]) == (0.5, 1.0)
    assert (found.evidence["old_recall"], found.evidence["new_recall"]) == (1.0, 1.0)


def test_corrections_before_the_last_change_do_not_count_again() -> None:
    three = samples([1.4], [1.05, 1.1, 1.2])
    assert propose(three, [], 1.0, POLICY) is None


def test_limit_moves_a_step_at_a_time_and_within_bounds() -> None:
    far = samples([9.0], [2, 3, 3.5])
    first = propose(far, far, 1.0, POLICY)
    assert first is not None
    assert first.factor == 1.5
    third = propose(far, far, 3.0, POLICY)
    assert third is not None
    # Between 3.5 and 9 lies 6.25, beyond the bound.
    assert third.factor == POLICY.factor_most == 4
    assert propose(far, far, 4.0, POLICY) is None


def test_right_alerts_are_not_given_up_for_fewer_false_ones() -> None:
    mixed = samples([1.05, 1.15, 1.3], [1.1, 1.2, 1.25, 1.35])
    found = propose(mixed, mixed, 1.0, POLICY)
    assert found is None


def test_what_was_missed_lowers_the_limit() -> None:
    low = samples([1.5], [], [0.8, 0.85, 0.9]) + samples(wrong=[0.6])
    found = propose(low, low, 1.0, POLICY)
    assert found is not None
    assert found.factor == pytest.approx(0.7)
    assert (found.evidence["old_recall"], found.evidence["new_recall"]) == (0.25, 1.0)


def test_the_lowest_that_was_missed_is_reached_too() -> None:
    missing = samples(missing=[0.8, 0.85, 0.9])
    found = propose(missing, missing, 1.0, POLICY)
    assert found is not None
    assert found.factor == pytest.approx(0.792)
    assert found.evidence["new_recall"] == 1.0


def test_shadow_holds_only_while_it_costs_no_more() -> None:
    assert holds(samples([1.4], [1.1, 1.2]), 1.0, 1.3, POLICY)[0]
    is_better, shown = holds(samples([1.4, 1.25], [1.1]), 1.0, 1.3, POLICY)
    assert not is_better
    assert shown["shadow_new_recall"] == 0.5
