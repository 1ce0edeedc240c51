"""Opens a business date, which starts the whole chain for a company.

**When**: with `ORW_SCHEDULE=on` in Airflow's environment, every night at 03:00 UTC for the day before; otherwise only
when somebody starts it, because a schedule that is switched on begins with a run for yesterday at once.

**Outputs**: the asset `landing.extracts`, one partition `<company>@<business date>` per company under `companies/`;
`ingest_extracts` runs for each of them. The parameter `company` restricts it to one company.

**On failure**: nothing has been loaded. Clear the task; see docs/runbook.md.
"""

from __future__ import annotations

import os

from airflow.sdk import CronPartitionTimetable, PartitionedAtRuntime, dag, get_current_context, task

from dags.common.assets import LANDING_EXTRACTS, hand_over
from dags.common.business_date import partition_key
from dags.common.defaults import dag_defaults

# The key is the date alone: Airflow only accepts keys that this format can read back, and no format reads a name.
NIGHTLY = CronPartitionTimetable("0 3 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d")


@dag(
    dag_id="open_business_date",
    doc_md=__doc__,
    schedule=NIGHTLY if os.environ.get("ORW_SCHEDULE") == "on" else PartitionedAtRuntime(),
    **dag_defaults("landing"),
)
def open_business_date() -> None:
    """Declare the tasks."""

    @task(outlets=[LANDING_EXTRACTS])
    def open_companies(*, outlet_events=None) -> list[str]:  # type: ignore[no-untyped-def]
        """Emit one partition per company."""
        from datetime import date

        from warehouse.settings import get_settings

        context = get_current_context()
        day = context["dag_run"].partition_key or context["params"]["business_date"]
        if not day:
            raise ValueError("Start this DAG with a partition key <YYYY-MM-DD>, or fill in the parameter business_date")
        every = sorted(path.parent.name for path in get_settings().companies_dir.glob("*/sources.yml"))
        companies = [context["params"]["company"]] if context["params"]["company"] else every
        keys = [partition_key(company, date.fromisoformat(day)) for company in companies]
        hand_over(outlet_events, LANDING_EXTRACTS, *keys)
        return keys

    open_companies()


open_business_date()
