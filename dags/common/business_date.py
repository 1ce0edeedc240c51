"""Company and business date of a run, from its partition key ``<company>@<YYYY-MM-DD>``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from warehouse.settings import company_id

SEPARATOR = "@"


def partition_key(company: str, business_date: date) -> str:
    """Return the partition key of a company's business date."""
    return f"{company}{SEPARATOR}{business_date.isoformat()}"


def company_and_date(context: Mapping[str, Any]) -> tuple[str, date]:
    """Return the company and the business date that the run of a task works for.

    Args:
        context: Airflow's task context. The run's partition key decides; a run without one (started by hand in the
            UI) needs the parameters ``company`` and ``business_date``. The clock never decides.

    Raises:
        ValueError: neither says it completely; the message tells what to enter.
    """
    key = context["dag_run"].partition_key
    if key and SEPARATOR in key:
        company, _, day = key.partition(SEPARATOR)
    else:
        params = context["params"]
        company, day = params.get("company"), key or params.get("business_date")
    if not company or not day:
        raise ValueError(
            f"This run names no company or no business date (partition key {key!r}). Start it with the partition "
            "key <company>@<YYYY-MM-DD>, or fill in the parameters company and business_date"
        )
    return company_id(company), date.fromisoformat(day)


def run_partition(context: Mapping[str, Any]) -> str:
    """Return the partition key of the run of a task, also where the run was started by parameters."""
    return partition_key(*company_and_date(context))
