"""The thresholds of a company in ``ops.policies``: every load writes all those of policy.py."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg


def policies(connection: psycopg.Connection, company_id: str) -> dict[str, str]:
    """Return the thresholds of a company, dotted names to values as text; none of one that was never loaded."""
    rows = connection.execute(
        "select policy_name, policy_value from ops.policies where company_id = %s", [company_id]
    ).fetchall()
    return dict(rows)


def write(connection: psycopg.Connection, company_id: str, values: Mapping[str, str]) -> None:
    """Make values the thresholds of a company; those of other names are removed. The caller commits."""
    names = list(values)
    connection.execute(
        """
        insert into ops.policies (company_id, policy_name, policy_value)
        select %s, name, value from unnest(%s::text[], %s::text[]) as policy (name, value)
        on conflict (company_id, policy_name) do update
            set policy_value = excluded.policy_value, updated_at = now()
            where policies.policy_value <> excluded.policy_value
        """,
        [company_id, names, list(values.values())],
    )
    connection.execute("delete from ops.policies where company_id = %s and policy_name <> all(%s)", [company_id, names])


def flag(values: Mapping[str, str], name: str) -> bool:
    """Return one threshold that is true or false.

    Args:
        values: What policies() returned.
        name: Dotted name, such as ``forecast.stockouts_lose_sales``.

    Raises:
        ValueError: it is missing or neither; the message says where to set it.
    """
    stated = _stated(values, name)
    if stated not in ("true", "false"):
        raise ValueError(f"policy {name} is {stated!r}: policy.yml needs true or false there")
    return stated == "true"


def _stated(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise ValueError(
            f"ops.policies has no {name}: load the company first (python -m ingest load), which writes every threshold"
        )
    return values[name]


def number(values: Mapping[str, str], name: str) -> float:
    """Return one threshold as a number.

    Args:
        values: What policies() returned.
        name: Dotted name, such as ``forecast.horizon_weeks``.

    Raises:
        ValueError: it is missing or no number; the message says where to set it.
    """
    stated = _stated(values, name)
    try:
        return float(stated)
    except ValueError:
        raise ValueError(f"policy {name} is {stated!r}: policy.yml needs a number there") from None
