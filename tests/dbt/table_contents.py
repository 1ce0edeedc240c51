"""What the tables of a build hold, company by company, so that two builds can be compared."""

from __future__ import annotations

from collections.abc import Collection

from warehouse import merging
from warehouse.connection import Role, connect

SCHEMAS = ("staging", "intermediate", "core", "marts_build")
# What the batches of one build touched, and what is of no company.
OTHERS = (
    "_affected_dates", "_affected", "dim_date", "int_supply_risk_weights",
    "int_suspect_dates_read", "int_orders_in_scope",
)  # fmt: skip

Contents = dict[tuple[str, str], tuple[int, int]]


def contents(companies: Collection[str]) -> dict[str, Contents]:
    """Return number and hash of the rows of every company in every table."""
    found: dict[str, Contents] = {company: {} for company in companies}
    with connect(Role.TRANSFORMER) as connection:
        for schema in SCHEMAS:
            for table in merging.built_marts(connection, schema):
                if table.endswith(OTHERS):
                    continue
                content = merging.CONTENT_HASH.format(row="t")
                rows = connection.execute(f"select company_id, count(*), {content} from {schema}.{table} t group by 1")
                for company, *counted in rows.fetchall():
                    if company in found:
                        found[company][schema, table] = tuple(counted)
    return found
