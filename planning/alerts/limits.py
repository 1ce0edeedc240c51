"""Learnt limits in the warehouse: what is in force, what stands in shadow, and the way back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from planning.alerts import learning
from planning.alerts.learning import Sample
from warehouse.alert_policy import Alerts

Kind = tuple[str, str]

# What planners decided before an evaluation, one row per alert and correction, with the signal they saw.
DECIDED = """
    with decided as (
        select distinct on (coalesce(e.dedupe_key, a.object_key::text), e.first_seen_date)
            a.action_id,
            a.created_at,
            a.new_value ->> 'decision' as decision,
            coalesce(split_part(e.dedupe_key, '|', 1), a.object_key ->> 'rule_id') as rule_id,
            e.dedupe_key,
            a.object_key ->> 'product_id' as product_id,
            a.object_key ->> 'planning_location_id' as planning_location_id
        from app.planner_actions as a
        left join plan.alert_episodes as e
            on a.object_key ->> 'alert_id' = e.alert_id::text and e.company_id = a.company_id
        where
            a.company_id = %(company_id)s and a.object_type = 'mart_alerts' and a.action_type = 'feedback'
            and a.created_at < %(until)s
        order by coalesce(e.dedupe_key, a.object_key::text), e.first_seen_date, a.action_id desc
    ),

    seen as (
        select
            d.*,
            s.limit_ratio,
            s.category_1,
            row_number() over (partition by d.action_id order by s.business_date desc) as newest
        from decided as d
        left join lateral (
            select a.product_id, a.planning_location_id from plan.alerts as a
            -- By key: an evaluation that was repeated may have raised it under another id.
            where a.company_id = %(company_id)s and a.dedupe_key = d.dedupe_key
            limit 1
        ) as t on true
        inner join plan.alert_signals as s
            on
                s.company_id = %(company_id)s
                and s.rule_id = d.rule_id
                and s.product_id = coalesce(t.product_id, d.product_id)
                and s.planning_location_id = coalesce(t.planning_location_id, d.planning_location_id)
        inner join plan.alert_evaluations as v
            on
                v.company_id = s.company_id
                and v.business_date = s.business_date
                -- What the planner had before the eyes.
                and v.first_evaluated_at <= d.created_at
    )

    select rule_id, category_1, decision, limit_ratio::float8, created_at
    from seen
    where newest = 1 and decision is not null and decision <> 'snooze'
    order by action_id
"""


@dataclass(frozen=True)
class Limit:
    """A row of plan.alert_limits."""

    rule_id: str
    category_1: str
    version: int
    business_date: date
    factor: float
    previous_factor: float
    status: str
    activated_date: date | None
    ended_date: date | None
    evidence: dict[str, Any]
    changed_by: str
    created_at: datetime
    changed_at: datetime


def in_force(connection: psycopg.Connection, company_id: str, day: date) -> dict[Kind, float]:
    """Return the learnt factors that hold on a business date, by rule and category."""
    rows = connection.execute(
        """
        select distinct on (rule_id, category_1) rule_id, category_1, factor::float8
        from plan.alert_limits
        where
            company_id = %(company_id)s and activated_date <= %(day)s and (ended_date is null or ended_date > %(day)s)
        order by rule_id, category_1, version desc
        """,
        {"company_id": company_id, "day": day},
    ).fetchall()
    return {(rule_id, category): factor for rule_id, category, factor in rows}


def history(connection: psycopg.Connection, company_id: str) -> list[Limit]:
    """Return every factor ever proposed, with what became of it, oldest first."""
    with connection.cursor(row_factory=class_row(Limit)) as cursor:
        cursor.execute(
            """
            select
                rule_id, category_1, version, business_date, factor::float8, previous_factor::float8, status,
                activated_date, ended_date, evidence, changed_by, created_at, changed_at
            from plan.alert_limits where company_id = %s order by created_at, rule_id, category_1, version
            """,
            [company_id],
        )
        return cursor.fetchall()


def learn(
    connection: psycopg.Connection, company_id: str, days: Sequence[date], until: datetime, policy: Alerts
) -> None:
    """Propose factors on a business date, and end the shadow of those that stood in it long enough.

    Repeated, it learns the same again. Where later dates are evaluated already, nothing is learnt: their limits rest on
    what was learnt then.

    Args:
        connection: Connection as advisor, with the company locked.
        company_id: Company.
        days: Business dates evaluated, up to this one, which is the last.
        until: Instant before which decisions count.
        policy: Policy of the company.
    """
    day = days[-1]
    _forget(connection, company_id, day)
    known = {(limit.rule_id, limit.category_1): limit for limit in history(connection, company_id)}
    factors = in_force(connection, company_id, day)
    for kind, rows in _decided(connection, company_id, until).items():
        last = known.get(kind)
        samples = [sample for sample, _ in rows]
        if last is not None and last.status == "shadow":
            stood = [each for each in days if each > last.business_date]
            if len(stood) >= policy.shadow_evaluations:
                _end_shadow(connection, company_id, last, day, samples, policy)
            continue
        since = [sample for sample, decided_at in rows if last is None or decided_at >= last.changed_at]
        proposal = learning.propose(samples, since, factors.get(kind, 1.0), policy)
        if proposal is not None:
            _insert(
                connection, company_id, kind, last.version + 1 if last else 1, day, factors.get(kind, 1.0), proposal
            )


def roll_back(
    connection: psycopg.Connection, company_id: str, rule_id: str, category: str, day: date, person: str
) -> Limit:
    """End the factor in force of a rule and category: from the day on the one before holds, or the policy.

    Args:
        connection: Connection as advisor.
        company_id: Company.
        rule_id: Rule.
        category: Category; empty for items without one.
        day: First business date on which it no longer holds.
        person: Who wants it.

    Raises:
        LookupError: no learnt factor is in force.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            update plan.alert_limits set status = 'rolled_back', ended_date = %(day)s, changed_by = %(person)s,
                changed_at = now()
            where (company_id, rule_id, category_1, version) = (
                select company_id, rule_id, category_1, max(version) from plan.alert_limits
                where
                    company_id = %(company_id)s and rule_id = %(rule_id)s and category_1 = %(category)s
                    and status = 'active'
                group by company_id, rule_id, category_1
            )
            returning
                rule_id, category_1, version, business_date, factor::float8, previous_factor::float8, status,
                activated_date, ended_date, evidence, changed_by, created_at, changed_at
            """,
            {"company_id": company_id, "rule_id": rule_id, "category": category, "day": day, "person": person},
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no learnt limit of {rule_id} is in force for {company_id}, category {category!r}")
    return Limit(**row)


def _forget(connection: psycopg.Connection, company_id: str, day: date) -> None:
    """Undo what an earlier evaluation of the same business date learnt."""
    given = {"company_id": company_id, "day": day}
    connection.execute(
        "delete from plan.alert_limits where company_id = %(company_id)s and business_date = %(day)s", given
    )
    connection.execute(
        """
        update plan.alert_limits set status = 'shadow', activated_date = null, ended_date = null
        where
            company_id = %(company_id)s
            and (
                (status = 'active' and activated_date = %(day)s) or (status = 'dismissed' and ended_date = %(day)s)
            )
        """,
        given,
    )


def _decided(
    connection: psycopg.Connection, company_id: str, until: datetime
) -> dict[Kind, list[tuple[Sample, datetime]]]:
    found: dict[Kind, list[tuple[Sample, datetime]]] = {}
    rows = connection.execute(DECIDED, {"company_id": company_id, "until": until}).fetchall()
    for rule_id, category, decision, ratio, decided_at in rows:
        sample = Sample(ratio, decision != "reject", decision in ("reject", "missing"))
        found.setdefault((rule_id, category), []).append((sample, decided_at))
    return found


def _insert(
    connection: psycopg.Connection,
    company_id: str,
    kind: Kind,
    version: int,
    day: date,
    factor: float,
    proposal: learning.Proposal,
) -> None:
    connection.execute(
        """
        insert into plan.alert_limits
            (company_id, rule_id, category_1, version, business_date, factor, previous_factor, status, evidence)
        values (%s, %s, %s, %s, %s, %s, %s, 'shadow', %s)
        """,
        [company_id, *kind, version, day, proposal.factor, factor, json.dumps(proposal.evidence)],
    )


def _end_shadow(
    connection: psycopg.Connection, company_id: str, limit: Limit, day: date, samples: list[Sample], policy: Alerts
) -> None:
    is_better, shown = learning.holds(samples, limit.previous_factor, limit.factor, policy)
    connection.execute(
        """
        update plan.alert_limits set
            status = %(status)s,
            activated_date = case when %(status)s = 'active' then %(day)s::date end,
            ended_date = case when %(status)s = 'dismissed' then %(day)s::date end,
            evidence = evidence || %(shown)s::jsonb,
            changed_by = session_user,
            changed_at = now()
        where
            company_id = %(company_id)s and rule_id = %(rule_id)s and category_1 = %(category)s
            and version = %(version)s
        """,
        {
            "status": "active" if is_better else "dismissed",
            "day": day,
            "shown": json.dumps(shown),
            "company_id": company_id,
            "rule_id": limit.rule_id,
            "category": limit.category_1,
            "version": limit.version,
        },
    )
