"""The life of alerts: steps by hand, and what holds for any history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.alerts.lifecycle import ALIVE, Alert, Decision, Signal, advance, dedupe_key
from warehouse.alert_policy import Alerts

POLICY = Alerts(budget=2)
MONDAY = date(2024, 1, 1)


def signal(product: str = "A", level: str = "yellow", value: float = 10.0, owner: str = "planner") -> Signal:
    return Signal("demand_falls", product, "DC1", level, value, owner)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def after(*steps: tuple[int, Iterable[Signal], Iterable[Decision]], policy: Alerts = POLICY) -> list[list[Alert]]:
    found: list[list[Alert]] = []
    for number, signals, decisions in steps:
        found.append(advance("c", day(number), found[-1] if found else [], signals, decisions, policy))
    return found


def decide(decision: str | None, number: int = 1, until: date | None = None, product: str = "A") -> Decision:
    return Decision(number, dedupe_key("demand_falls", product, "DC1"), MONDAY, decision, until)


def test_signal_opens_goes_on_and_resolves_after_two_quiet_evaluations() -> None:
    steps = after((0, [signal()], []), (1, [signal()], []), (2, [], []), (3, [], []), (4, [], []))
    assert [[(a.status, a.streak, a.quiet_count) for a in alerts] for alerts in steps] == [
        [("open", 1, 0)],
        [("open", 2, 0)],
        [("open", 2, 1)],
        [("resolved", 2, 2)],
        [],
    ]
    assert steps[0][0].due == day(14)
    assert steps[3][0].closed == day(3)


def test_signal_that_comes_back_is_a_new_alert_only_after_the_old_one_has_ended() -> None:
    first, *_, brief = after((0, [signal()], []), (1, [], []), (2, [signal()], []))
    assert brief[0].alert_id == first[0].alert_id
    first, *_, later = after((0, [signal()], []), (1, [], []), (2, [], []), (3, [signal()], []))
    assert later[0].alert_id != first[0].alert_id
    assert later[0].first_seen == day(3)


@pytest.mark.parametrize(
    ("decision", "status"), [("accept", "acknowledged"), ("change", "acknowledged"), ("reject", "rejected")]
)
def test_decision_holds_until_the_level_rises(decision: str, status: str) -> None:
    _, decided, same, red = after(
        (0, [signal()], []),
        (1, [signal()], [decide(decision)]),
        (2, [signal()], []),
        (3, [signal(level="red")], []),
    )
    assert (decided[0].status, same[0].status) == (status, status)
    assert decided[0].decision_id == 1
    assert (red[0].status, red[0].due, red[0].alert_id) == ("open", day(5), decided[0].alert_id)


def test_decision_taken_back_opens_again_and_the_last_one_of_a_day_holds() -> None:
    _, decided = after((0, [signal()], []), (1, [signal()], [decide(None, 3), decide("reject", 2)]))
    assert decided[0].status == "open"


def test_snooze_is_silent_until_its_day_and_no_longer_than_the_policy_allows() -> None:
    _, silent, still, awake = after(
        (0, [signal()], []),
        (1, [signal()], [decide("snooze", until=day(5))]),
        (5, [signal()], []),
        (6, [signal()], []),
    )
    assert [silent[0].status, still[0].status, awake[0].status] == ["snoozed", "snoozed", "open"]
    _, bounded = after((0, [signal()], []), (1, [signal()], [decide("snooze", until=date(2099, 1, 1))]))
    assert bounded[0].snoozed_until == day(14)


def test_snooze_that_is_over_before_it_begins_changes_nothing() -> None:
    _, same = after((0, [signal()], []), (1, [signal()], [decide("snooze", until=day(0))]))
    assert (same[0].status, same[0].due, same[0].decision_id) == ("open", day(14), 1)


def test_what_the_budget_has_no_room_for_waits_for_nobody() -> None:
    policy = Alerts(budget=1, escalation_owner="head")
    both = [signal("A", value=500), signal("B", value=400)]
    first, over, alone, late = after(
        (0, both, []), (15, both, []), (16, both[1:], []), (31, both[1:], []), policy=policy
    )
    assert [(a.owner, a.due) for a in first] == [("planner", day(14)), ("planner", day(14))]
    # A was shown and is overdue; B was not, and is given its time from the day on which it is.
    assert [(a.owner, a.due, a.is_listed) for a in over] == [("head", day(14), True), ("planner", day(29), True)]
    assert [(a.owner, a.due) for a in alone] == [("head", day(14)), ("planner", day(29))]
    assert {a.product_id: a.owner for a in late} == {"A": "head", "B": "head"}


def test_overdue_alert_changes_hands_once_and_expires_at_last() -> None:
    policy = Alerts(expire_days=30, escalation_owner="head")
    due, over, gone, silent = after(
        (0, [signal()], []), (15, [signal()], []), (45, [signal()], []), (46, [signal()], []), policy=policy
    )
    assert (due[0].owner, over[0].owner, over[0].escalated) == ("planner", "head", day(15))
    assert (gone[0].status, silent[0].status) == ("expired", "expired")


def test_higher_level_brings_the_due_date_forward_and_a_lower_one_leaves_it() -> None:
    _, red, yellow = after((0, [signal()], []), (1, [signal(level="red")], []), (2, [signal()], []))
    assert (red[0].due, yellow[0].due, yellow[0].level) == (day(3), day(3), "yellow")


def test_budget_lists_red_ones_first_then_by_value_and_each_owner_has_its_own() -> None:
    signals = [
        signal("A", value=500),
        signal("B", value=400),
        signal("C", level="red", value=1),
        signal("D", value=2, owner="other"),
    ]
    (alerts,) = after((0, signals, []))
    assert {(a.product_id, a.rank, a.is_listed) for a in alerts} == {
        ("C", 1, True),
        ("A", 2, True),
        ("B", 3, False),
        ("D", 1, True),
    }


def test_decision_on_an_alert_that_ended_leaves_the_next_one_alone() -> None:
    late = Decision(1, dedupe_key("demand_falls", "A", "DC1"), MONDAY, "reject")
    *_, alerts = after((0, [signal()], []), (1, [], []), (2, [], []), (3, [signal()], []), (4, [signal()], [late]))
    assert alerts[0].status == "open"


def test_earlier_date_evaluated_later_keeps_what_was_decided() -> None:
    # The planner saw the alert begin on day 1; day 0 was evaluated afterwards and shows it too.
    seen = Decision(1, dedupe_key("demand_falls", "A", "DC1"), day(1), "accept")
    *_, alerts = after((0, [signal()], []), (1, [signal()], []), (2, [signal()], [seen]))
    assert (alerts[0].first_seen, alerts[0].status) == (day(0), "acknowledged")


def test_two_of_a_key_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two of 'demand_falls\|A\|DC1' at once"):
        after((0, [signal(), signal()], []))


def test_names_with_separators_are_different_keys() -> None:
    assert dedupe_key("r", "a|b", "c") != dedupe_key("r", "a", "b|c")


PRODUCTS = "ABCD"
DAYS = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.dictionaries(st.sampled_from(PRODUCTS), st.sampled_from(["yellow", "orange", "red"])),
        st.lists(
            st.tuples(
                st.sampled_from(PRODUCTS),
                st.sampled_from(["accept", "change", "reject", "snooze", None]),
                st.integers(0, 60),
            ),
            max_size=3,
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(DAYS)
def test_no_alert_is_lost_none_is_doubled_and_repeating_changes_nothing(history: list) -> None:  # type: ignore[type-arg]
    before: list[Alert] = []
    ended: set[object] = set()
    today, number = MONDAY, 0
    for gap, levels, made in history:
        today += timedelta(days=gap)
        signals = [signal(product, level) for product, level in levels.items()]
        decisions = []
        for product, decision, wait in made:
            number += 1
            key = dedupe_key("demand_falls", product, "DC1")
            decisions.append(Decision(number, key, today, decision, today + timedelta(days=wait)))
        alerts = advance("c", today, before, signals, decisions, POLICY)
        assert alerts == advance("c", today, before, list(reversed(signals)), list(reversed(decisions)), POLICY)
        keys = [alert.dedupe_key for alert in alerts]
        assert len(keys) == len(set(keys))
        # Every signal has its living alert, and every alert that was alive goes on or ends today.
        living = {alert.dedupe_key for alert in alerts if alert.closed is None}
        assert {each.key for each in signals} <= living
        assert {alert.alert_id for alert in before if alert.closed is None} <= {alert.alert_id for alert in alerts}
        for alert in alerts:
            assert alert.status in ALIVE or alert.closed == today
            assert alert.alert_id not in ended
            assert alert.first_seen <= alert.last_seen <= today
            assert (alert.rank is not None) == (alert.status == "open")
            assert not alert.is_listed or alert.status == "open"
            assert alert.status != "snoozed" or alert.snoozed_until is not None
        ended |= {alert.alert_id for alert in alerts if alert.closed is not None}
        before = alerts
