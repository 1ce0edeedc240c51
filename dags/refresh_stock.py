"""Shows stock status minutes after a file has landed, without waiting for the night.

**When**: with `ORW_REFRESH=on` in Airflow's environment, every 20 seconds; otherwise only when somebody starts it. It
ends at once when no file has landed.

**Inputs**: files of the day after the last published business date, as `companies/<company>/sources.yml` declares
them.

**Outputs**: `raw`, the tables that `marts.mart_stock_status` is made from, and that mart, published by itself. The
night's build takes the same batches up again for everything else.

**On failure**: a batch that its gate rejects is left out, as at night; the reasons are in `ops.quality_results`. Other
companies go on; the run ends failed with the reasons. The next run tries again what was not published. An alert comes
once an hour while the failure is the same. See docs/runbook.md.
"""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import dag, get_current_context, task

from dags.common import pools
from dags.common.alerts import report_new_failure
from dags.common.defaults import dag_defaults

EVERY = timedelta(seconds=20)


@dag(
    dag_id="refresh_stock",
    doc_md=__doc__,
    schedule=EVERY if os.environ.get("ORW_REFRESH") == "on" else None,
    **dag_defaults("marts", has_business_date=False),
)
def refresh_stock() -> None:
    """Declare the task."""

    # One task, and the slot of dbt for all of it: each further task would cost seconds of the minute.
    @task(pool=pools.DBT, retries=0, on_failure_callback=report_new_failure)
    def refresh() -> None:
        """Load, judge, build and publish what has landed, company by company."""
        from dags.common.refreshing import refresh_all

        refresh_all(get_current_context()["run_id"], get_current_context()["params"]["company"])

    refresh()


refresh_stock()
