"""Alerts in the warehouse: what was before, what planners decided, and what an evaluation leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd
import psycopg
from psycopg.rows import dict_row

from planning.alerts.lifecycle import Alert, Decision, Signal
from warehouse import frames

# Columns of plan.alerts by field of Alert; the others are the run's.
COLUMNS = {
    "alert_id": "alert_id",
    "dedupe_key": "dedupe_key",
    "rule_id": "rule_id",
    "product_id": "product_id",
    "planning_location_id": "planning_location_id",
    "status": "status",
    "level": "level",
    "value": "value_at_risk_amount",
    "owner": "owner_name",
    "first_seen": "first_seen_date",
    "last_seen": "last_seen_date",
    "streak": "streak",
    "quiet_count": "quiet_count",
    "due": "due_date",
    "snoozed_until": "snoozed_until_date",
    "decided_level": "decided_level",
    "escalated": "escalated_date",
    "closed": "closed_date",
    "decision_id": "decision_id",
    "is_listed": "is_listed",
    "rank": "rank_of_owner",
}


def lock(connection: psycopg.Connection, company_id: str) -> None:
    """Let one evaluation of a company at a time change its alerts, until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(hashtext('planning.alerts'), hashtext(%s))", [company_id])


def note_evaluation(connection: psycopg.Connection, company_id: str, day: date, run_id: str) -> None:
    """Record that a business date is evaluated; the instant of the first time stays."""
    connection.execute(
        """
        insert into plan.alert_evaluations (company_id, business_date, run_id) values (%s, %s, %s)
        on conflict (company_id, business_date) do update set evaluated_at = now(), run_id = excluded.run_id
        """,
        [company_id, day, run_id],
    )


def evaluated(connection: psycopg.Connection, company_id: str) -> dict[date, datetime]:
    """Return the business dates evaluated, in order, with the instant of the first time."""
    rows = connection.execute(
        "select business_date, first_evaluated_at from plan.alert_evaluations where company_id = %s order by 1",
        [company_id],
    ).fetchall()
    return dict(rows)


def write_scores(connection: psycopg.Connection, rows: pd.DataFrame, company_id: str, day: date) -> None:
    """Replace the risk scores of a business date."""
    frames.replace(connection, "plan.risk_scores", rows, where={"company_id": company_id, "business_date": day})


def write_signals(connection: psycopg.Connection, rows: pd.DataFrame, company_id: str, day: date) -> None:
    """Replace the signals of a business date."""
    frames.replace(connection, "plan.alert_signals", rows, where={"company_id": company_id, "business_date": day})


def signals(connection: psycopg.Connection, company_id: str, day: date) -> list[Signal]:
    """Return the signals of a business date."""
    rows = connection.execute(
        """
        select rule_id, product_id, planning_location_id, level, value_at_risk_amount::float8, owner_name
        from plan.alert_signals where company_id = %s and business_date = %s and level <> 'watch'
        """,
        [company_id, day],
    ).fetchall()
    return [Signal(*row) for row in rows]


def alerts(connection: psycopg.Connection, company_id: str, day: date) -> list[Alert]:
    """Return how the alerts stood after the evaluation of a business date."""
    columns = ", ".join(
        f"{column}::float8 as {field}" if field == "value" else f"{column} as {field}"
        for field, column in COLUMNS.items()
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            f"select {columns} from plan.alerts where company_id = %s and business_date = %s",  # type: ignore[arg-type] # noqa: S608
            [company_id, day],
        )
        return [Alert(**row) for row in cursor]


def decisions(
    connection: psycopg.Connection, company_id: str, since: datetime | None, until: datetime, before: date | None
) -> list[Decision]:
    """Return what planners decided on alerts from one instant on, up to before another.

    Args:
        connection: Connection as advisor.
        company_id: Company.
        since: Instant of the evaluation before; None without one.
        until: Instant of the evaluation that they count for.
        before: Business date of the evaluation before; what alerts there are up to it is written.
    """
    rows = connection.execute(
        """
        select
            a.action_id,
            e.dedupe_key,
            case
                when exists (
                    select 1 from plan.alerts as known
                    where
                        known.company_id = %(company_id)s and known.alert_id = e.alert_id
                        and known.business_date <= %(before)s
                ) then e.first_seen_date
            end as first_seen_date,
            a.new_value
        from app.planner_actions as a
        inner join plan.alert_episodes as e on a.object_key ->> 'alert_id' = e.alert_id::text
        where
            a.company_id = %(company_id)s and e.company_id = %(company_id)s
            and a.object_type = 'mart_alerts' and a.action_type = 'feedback'
            and a.created_at < %(until)s and (%(since)s::timestamptz is null or a.created_at >= %(since)s)
        order by a.action_id
        """,
        {"company_id": company_id, "since": since, "until": until, "before": before},
    ).fetchall()
    return [Decision(row[0], row[1], row[2] or date.max, *_decision(row[3])) for row in rows]


def write_alerts(
    connection: psycopg.Connection, company_id: str, day: date, run_id: str, after: Sequence[Alert]
) -> None:
    """Replace how the alerts stand after the evaluation of a business date, and note those that are new."""
    keys = {"company_id": company_id, "business_date": day}
    rows = pd.DataFrame(
        [
            {column: getattr(alert, field) for field, column in COLUMNS.items()} | keys | {"run_id": run_id}
            for alert in after
        ]
    )
    if len(rows):
        rows["alert_id"] = rows["alert_id"].map(str)
        rows = rows.astype({"decision_id": "Int64", "rank_of_owner": "Int64"})
    frames.replace(connection, "plan.alerts", rows, where=keys)
    connection.execute(
        """
        insert into plan.alert_episodes (alert_id, company_id, dedupe_key, first_seen_date)
        select alert_id, company_id, dedupe_key, first_seen_date from plan.alerts
        where company_id = %(company_id)s and business_date = %(business_date)s
        on conflict do nothing
        """,
        keys,
    )


def _decision(new_value: dict[str, object] | None) -> tuple[str | None, date | None]:
    if not new_value:
        return None, None
    until = new_value.get("until")
    try:
        return str(new_value["decision"]), date.fromisoformat(str(until)) if until else None
    except ValueError:
        # The shape of the day is checked where it is written, but not that there is such a day: the longest holds.
        return str(new_value["decision"]), date.max


def as_json(values: dict[str, object]) -> str:
    """Return figures as JSON text, without those that are unknown."""
    return json.dumps({name: value for name, value in values.items() if value is not None and value == value})
