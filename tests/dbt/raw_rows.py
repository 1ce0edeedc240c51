"""Rows of raw, delivered as the loader delivers them."""

from __future__ import annotations

from typing import Any

from warehouse import thresholds
from warehouse.connection import Role, connect
from warehouse.policy import Policy


def deliver(
    company: str,
    business_date: str,
    rows: dict[str, list[dict[str, Any]]],
    status: str = "passed",
    policy: Policy | None = None,
) -> int:
    """Put rows into raw as one batch with a verdict of the gate and return its id."""
    with connect(Role.LOADER) as connection:
        connection.execute(
            """
            insert into ops.companies (company_id, company_name, currency, timezone, country_code)
            values (%s, 'Corner Shop', 'USD', 'UTC', 'US') on conflict do nothing
            """,
            [company],
        )
        thresholds.write(connection, company, (policy or Policy()).texts())
        found = connection.execute(
            "insert into ops.batches (company_id, business_date, gate_status) values (%s, %s, %s) returning batch_id",
            [company, business_date, status],
        ).fetchone()
        assert found
        connection.execute(
            """
            insert into ops.load_ledger (
                batch_id, company_id, source_system, entity, source_file, status, seconds, business_date
            ) values (%s, %s, 'test', 'all', 'delivery', 'loaded', 0, %s)
            """,
            [found[0], company, business_date],
        )
        for entity, listed in rows.items():
            for number, row in enumerate(listed, 1):
                full = row | {
                    "company_id": company,
                    "source_system": "test",
                    "_batch_id": found[0],
                    "_source_file": f"{entity}.csv",
                    "_row_number": number,
                }
                names = ", ".join(full)
                marks = ", ".join(["%s"] * len(full))
                connection.execute(f"insert into raw.{entity} ({names}) values ({marks})", list(full.values()))
        return int(found[0])


def query(statement: str) -> list[tuple[Any, ...]]:
    with connect(Role.TRANSFORMER) as connection:
        return connection.execute(statement).fetchall()


def sale(transaction: str, day: str, product: str, quantity: int, **changes: Any) -> dict[str, Any]:
    return {
        "transaction_id": transaction,
        "line_number": 1,
        "sold_at": f"{day} 12:00+00",
        "sale_date": day,
        "location_id": "shop",
        "channel": "store",
        "product_id": product,
        "quantity": quantity,
        "uom": "EA",
        "net_amount": 2 * quantity,
        "currency": "USD",
    } | changes
