"""A build, from the claim of batches to complete marts, step by step as the tasks of the chain take it."""

from __future__ import annotations

import logging
import sys
from datetime import date

import psycopg

from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.embedded import ServerError, running_server
from warehouse.layers import build_after_ml, build_layer
from warehouse.outcomes import DbtRunError, DbtTestError
from warehouse.publish import publish_all
from warehouse.selections import LAYERS


def build(company: str, day: date) -> None:
    """Build what a company's accepted batches brought; nothing is published."""
    with running_server():
        build_id = claim_batches(company, day)
        for layer in LAYERS:
            build_layer(layer, build_id, company, day)
        complete_build(build_id)
        build_after_ml(company, day)


def build_first(company: str, day: date) -> None:
    """Build everything from the first company's batches and publish it."""
    build_id = claim_batches(company, day)
    start_build(build_id)
    run_dbt(["run"], company, day, build_id)
    complete_build(build_id)
    publish_all()


def build_together(company: str, day: date, companies: list[str]) -> None:
    """Build what the batches of many companies brought, as one build, and publish all of them.

    Args:
        company: Company whose claim the others join.
        day: Business date.
        companies: The others.
    """
    claimed = [claim_batches(other, day) for other in (company, *companies)]
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("update ops.batches set build_id = 'all' where build_id = any(%s)", [claimed])
    run_dbt(["run"], company, day, "all")
    complete_build("all")
    publish_all()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        build(sys.argv[1], date.fromisoformat(sys.argv[2]))
    except (DbtRunError, DbtTestError, ServerError, psycopg.OperationalError) as error:
        sys.exit(f"error: {error}")
