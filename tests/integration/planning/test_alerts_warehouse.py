"""Alerts and the decisions of planners in the warehouse, on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import alert_days
import psycopg
import pytest
from psycopg.errors import CheckViolation, DatetimeFieldOverflow, ForeignKeyViolation, InsufficientPrivilege

from planning.alerts import limits
from planning.alerts.actions import ACTIONS
from planning.alerts.rules import RULES
from warehouse import logins
from warehouse.connection import Role, connect, warehouse_url
from warehouse.settings import Settings
from warehouse.sharing import Audience

pytestmark = pytest.mark.integration

COMPANY = "alerttest"
FIRST = date(2024, 1, 7)
ID = "0c9d1c8e-5c53-5b0e-9d35-1f5f7f7f0c11"
MISSED = {"rule_id": "demand_falls", "product_id": "M", "planning_location_id": "DC1"}
MISSING = {"decision": "missing"}


@pytest.fixture
def company(warehouse: Settings) -> Iterator[str]:
    with connect(Role.OWNER, autocommit=True) as owner:
        owner.execute("insert into ops.companies values (%s, 'Shop', 'USD', 'UTC', 'US')", [COMPANY])
        yield COMPANY
        alert_days.forget(owner, COMPANY)
        owner.execute("delete from ops.companies where company_id = %s", [COMPANY])


@pytest.fixture
def planner(company: str) -> Iterator[psycopg.Connection]:
    with connect(Role.OWNER) as owner:
        password = logins.grant_access(owner, "paula", Audience.PLANNER)
    url = warehouse_url(Role.OWNER)
    try:
        with psycopg.connect(url, user="paula", password=password, autocommit=True) as connection:
            connection.execute("set default_transaction_read_only = off")
            yield connection
    finally:
        with connect(Role.OWNER) as owner:
            logins.revoke_access(owner, "paula")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def evaluated(number: int, **levels: str) -> dict[str, tuple[Any, ...]]:
    """Evaluate a day on which a rule notices these products, and return status, streak and first day by product."""
    alert_days.evaluate_day(COMPANY, day(number), levels)
    return standing(number)


def standing(number: int) -> dict[str, tuple[Any, ...]]:
    with connect(Role.ANALYST) as connection:
        rows = connection.execute(
            "select product_id, status, streak, first_seen_date - %s from plan.alerts "
            "where company_id = %s and business_date = %s",
            [FIRST, COMPANY, day(number)],
        ).fetchall()
    return {row[0]: tuple(row[1:]) for row in rows}


def write_score(product: str) -> None:
    """Let a product be planned at DC1."""
    with connect(Role.ADVISOR) as connection:
        connection.execute(
            "insert into plan.risk_scores (company_id, business_date, product_id, planning_location_id, as_of_date,"
            " critical_score, critical_count, parts, run_id) values (%s, %s, %s, 'DC1', %s, 60, 0, '{}', 'r')",
            [COMPANY, FIRST, product, FIRST],
        )


def alert_ids() -> dict[str, str]:
    return alert_days.alert_ids(COMPANY)


def decide(planner: psycopg.Connection, alert_id: str, **new_value: str) -> None:
    alert_days.decide(planner, COMPANY, alert_id, **new_value)


def test_monday_of_a_planner(planner: psycopg.Connection) -> None:
    assert evaluated(0, A="yellow", B="yellow", C="orange", D="red", E="yellow") == dict.fromkeys(
        "ABCDE", ("open", 1, 0)
    )
    ids = alert_ids()
    decide(planner, ids["A"], decision="accept")
    decide(planner, ids["B"], decision="reject")
    decide(planner, ids["C"], decision="change", action="clear")
    decide(planner, ids["D"], decision="snooze", until="2024-01-12")
    after = evaluated(1, A="yellow", B="yellow", C="orange", D="red")
    assert {product: row[0] for product, row in after.items()} == {
        "A": "acknowledged",
        "B": "rejected",
        "C": "acknowledged",
        "D": "snoozed",
        "E": "open",
    }
    # The snooze has ended, B has risen, E has been away twice.
    later = evaluated(7, A="yellow", B="orange", C="orange", D="red")
    assert {product: row[:2] for product, row in later.items()} == {
        "A": ("acknowledged", 3),
        "B": ("open", 3),
        "C": ("acknowledged", 3),
        "D": ("open", 3),
        "E": ("resolved", 1),
    }
    # What was decided does not change what stood before.
    assert evaluated(0, A="yellow", B="yellow", C="orange", D="red", E="yellow") == dict.fromkeys(
        "ABCDE", ("open", 1, 0)
    )
    assert standing(7) == later
    assert alert_ids() == ids


def test_repeating_and_filling_in_earlier_dates_doubles_nothing(planner: psycopg.Connection) -> None:
    evaluated(7, A="yellow", B="yellow")
    decide(planner, alert_ids()["A"], decision="reject")
    evaluated(14, A="yellow", B="yellow")
    # A week before is evaluated afterwards: A began there, and stays rejected.
    evaluated(0, A="yellow")
    assert standing(14) == {"A": ("rejected", 3, 0), "B": ("open", 2, 7)}
    with connect(Role.ANALYST) as connection:
        before = connection.execute("select count(*) from plan.alerts where company_id = %s", [COMPANY]).fetchone()
        evaluated(14, A="yellow", B="yellow")
        assert connection.execute(
            "select count(*), count(distinct (business_date, dedupe_key)) from plan.alerts where company_id = %s",
            [COMPANY],
        ).fetchone() == (*(before or ()), *(before or ()))
    # What was withdrawn from the first date lives on from its own first day.
    evaluated(0)
    assert standing(14)["A"] == ("rejected", 2, 7)


def learnt(number: int) -> tuple[list[tuple[str, float]], float]:
    """Return the factors ever proposed, with their status, and the one in force on a day."""
    with connect(Role.ADVISOR) as connection:
        found = [(limit.status, limit.factor) for limit in limits.history(connection, COMPANY)]
        return found, limits.in_force(connection, COMPANY, day(number)).get(("demand_falls", "Drinks"), 1.0)


def test_three_corrections_move_the_limit_through_shadow_and_one_command_takes_it_back(
    planner: psycopg.Connection,
) -> None:
    raised = dict.fromkeys("ABC", "yellow")
    evaluated(0, **raised)
    ids = alert_ids()
    for product in "AB":
        decide(planner, ids[product], decision="reject")
    evaluated(1, **raised)
    assert learnt(1) == ([], 1.0), "two corrections are no habit"
    decide(planner, ids["C"], decision="reject")
    for repeated in range(2):
        evaluated(2, **raised)
        # All were rejected at 1.2: the limit goes just beyond.
        assert learnt(2) == ([("shadow", 1.212)], 1.0), repeated
    evaluated(3, **raised)
    assert learnt(3) == ([("shadow", 1.212)], 1.0)
    evaluated(4, **raised)
    assert learnt(4) == ([("active", 1.212)], 1.212)
    assert learnt(3)[1] == 1.0, "what was evaluated before keeps its limit"
    with connect(Role.ADVISOR) as connection:
        (limit,) = limits.history(connection, COMPANY)
    assert limit.evidence["corrections"] == 3
    assert (limit.evidence["old_precision"], limit.evidence["shadow_old_precision"]) == (0, 0)

    done = subprocess.run(
        [sys.executable, "-m", "planning.alerts", "rollback", "--company", COMPANY, "--rule", "demand_falls"]
        + ["--category", "Drinks", "--by", "anna"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "rolled_back"), done.stderr
    assert json.loads(done.stdout)["changed_by"] == "anna"
    evaluated(5, **raised)
    assert learnt(5) == ([("rolled_back", 1.212)], 1.0), "what led there does not count again"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param({}, {"decision": "accept"}, id="no-alert"),
        pytest.param({"alert_id": "..."}, {"decision": "accept"}, id="no-id-of-an-alert"),
        pytest.param({"alert_id": ID}, {"decision": "maybe"}, id="no-decision-that-counts"),
        pytest.param({"alert_id": ID}, {}, id="nothing-decided"),
        pytest.param({"alert_id": ID}, {"decision": "snooze"}, id="snoozed-for-good"),
        pytest.param({"alert_id": ID}, {"decision": "snooze", "until": "soon"}, id="until-soon"),
        pytest.param({"alert_id": ID}, {"decision": "change"}, id="changed-to-nothing"),
        pytest.param({"alert_id": ID}, {"decision": "change", "action": "=cmd|' /C calc'!A1"}, id="changed-to-what"),
        pytest.param(MISSED | {"rule_id": "nope"}, {"decision": "missing"}, id="missed-by-no-rule"),
        pytest.param(MISSED | {"product_id": None}, {"decision": "missing"}, id="missed-nothing"),
    ],
)
def test_decision_without_effect_is_refused(
    planner: psycopg.Connection, key: dict[str, Any], value: dict[str, str]
) -> None:
    with pytest.raises(CheckViolation, match="alert_feedback_names_an_alert_and_a_decision"):
        planner.execute(alert_days.DECIDE, [COMPANY, json.dumps(key), json.dumps(value)])


def test_decision_on_an_alert_that_was_never_raised_is_refused(planner: psycopg.Connection) -> None:
    evaluated(0, A="yellow")
    (alert_id,) = alert_ids().values()
    with pytest.raises(ForeignKeyViolation, match=f"company {COMPANY} has no alert {ID}"):
        decide(planner, ID, decision="accept")
    decide(planner, alert_id, decision="accept")


@pytest.mark.parametrize("name", [*(rule.rule_id for rule in RULES), *ACTIONS])
def test_planners_may_name_every_rule_and_action(planner: psycopg.Connection, name: str) -> None:
    evaluated(0, A="yellow")
    write_score("M")
    if name in ACTIONS:
        decide(planner, alert_ids()["A"], decision="change", action=name)
    else:
        planner.execute(alert_days.DECIDE, [COMPANY, json.dumps(MISSED | {"rule_id": name}), json.dumps(MISSING)])


@pytest.mark.parametrize("until", ["2024-01-07", "2001-01-01"])
def test_snooze_that_ends_before_the_next_evaluation_is_refused(planner: psycopg.Connection, until: str) -> None:
    evaluated(0, A="yellow")
    with pytest.raises(CheckViolation, match=f"a snooze until {until} ends before the next evaluation"):
        decide(planner, alert_ids()["A"], decision="snooze", until=until)
    with pytest.raises(DatetimeFieldOverflow):
        decide(planner, alert_ids()["A"], decision="snooze", until="2024-02-31")


def test_miss_that_is_none_is_refused(planner: psycopg.Connection) -> None:
    evaluated(0, A="yellow")
    with pytest.raises(ForeignKeyViolation, match=f"company {COMPANY} plans no product M at DC1"):
        planner.execute(alert_days.DECIDE, [COMPANY, json.dumps(MISSED), json.dumps(MISSING)])
    write_score("A")
    with pytest.raises(CheckViolation, match="the alert demand_falls on this item is there already"):
        planner.execute(alert_days.DECIDE, [COMPANY, json.dumps(MISSED | {"product_id": "A"}), json.dumps(MISSING)])


def test_decision_outlives_the_alert_whose_first_date_was_repeated_without_it(planner: psycopg.Connection) -> None:
    evaluated(0, A="yellow", B="yellow")
    decide(planner, alert_ids()["A"], decision="reject")
    evaluated(7, A="yellow", B="yellow")
    assert standing(7)["A"] == ("rejected", 2, 0)
    evaluated(0, B="yellow")
    evaluated(14, A="yellow", B="yellow")
    assert standing(14) == {"A": ("rejected", 2, 7), "B": ("open", 3, 0)}
    decide(planner, alert_ids()["A"], decision="accept")
    evaluated(21, A="yellow", B="yellow")
    assert standing(21)["A"] == ("acknowledged", 3, 7)
    evaluated(7, B="yellow")
    assert standing(21)["A"] == ("acknowledged", 2, 14)


def test_advisor_writes_its_own_schema_alone(warehouse: Settings) -> None:
    with connect(Role.ADVISOR, autocommit=True) as advisor:
        for statement in (
            "delete from app.planner_actions",
            "insert into ops.policies values ('x', 'y', 'z')",
            "delete from ml.slow_mover_scores",
            "create table marts_build.x (y int)",
            "select * from raw.sales_lines",
            "select * from app.masking_key",
        ):
            with pytest.raises(InsufficientPrivilege):
                advisor.execute(statement)  # type: ignore[arg-type]
