"""Builds the marts that need predictions, raises alerts, shows readers all marts at one instant, says how the run went.

**Inputs**: `ml.demand_forecast_predictions` and `ml.slow_mover_scores` of the same business date, `core`, and
`marts_build`.

**Outputs**: `plan.alerts` and the tables beside it; every table of `marts`, changed in one transaction;
`ops.publications`.

**On failure**: readers keep the previous state of every mart. Of `build_ml_marts`, `build_alert_marts` or
`reconcile`, as for `build_warehouse`. Of `raise_alerts`: read the log, then clear the task: writing is idempotent. Of
`publish`: for minutes, somebody read a mart whose columns changed; clear the task. Of `report_run`: everything else
is published, but extract files of this business date were refused; the log lists them with the reason. Have them
delivered again and run again: what is loaded is not loaded twice. `notify_owners` does not fail for messages that
nobody takes: they stay in `plan.notifications` and go with the next run. See docs/runbook.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from dags.common import pools
from dags.common.assets import DEMAND_FORECAST, SLOW_MOVERS
from dags.common.business_date import company_and_date
from dags.common.defaults import dag_defaults
from warehouse.selections import RECONCILIATION


@dag(
    dag_id="publish_marts",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=DEMAND_FORECAST & SLOW_MOVERS),
    **dag_defaults("marts"),
)
def publish_marts() -> None:
    """Declare the tasks."""

    @task(pool=pools.DBT)
    def build_ml_marts() -> None:
        """Build and test the marts that read predictions."""
        from warehouse.layers import build_after_ml

        build_after_ml(*company_and_date(get_current_context()))

    @task
    def raise_alerts() -> dict[str, Any]:
        """Write what leaves its usual range, what to do about it, and how the alerts stand."""
        from planning.alerts.evaluate import evaluate

        context = get_current_context()
        return evaluate(*company_and_date(context), context["run_id"])

    @task(pool=pools.DBT)
    def build_alert_marts() -> None:
        """Build and test the marts of early warning."""
        from warehouse.layers import build_after_alerts

        build_after_alerts(*company_and_date(get_current_context()))

    @task(pool=pools.DBT)
    def reconcile() -> None:
        """Test across all layers that raw, facts and marts agree."""
        from warehouse.dbt import run_dbt

        run_dbt(["test", "--selector", RECONCILIATION], *company_and_date(get_current_context()))

    # A slot of dbt: what is published must not be rebuilt meanwhile.
    @task(pool=pools.DBT)
    def publish() -> None:
        """Show readers all marts of the company, in one transaction."""
        from warehouse.publish import publish

        publish(*company_and_date(get_current_context()))

    @task(retries=0)
    def report_run() -> None:
        """End as failed, with a report, when files of the business date were refused."""
        from airflow.sdk.exceptions import AirflowFailException

        from warehouse.batches import refused_files

        company, day = company_and_date(get_current_context())
        refused = refused_files(company, day)
        if refused:
            lines = "\n".join(f"- {file} ({entity}): {reason}" for file, entity, reason in refused)
            raise AirflowFailException(f"Everything else is published, but {len(refused)} files were refused:\n{lines}")

    @task(retries=0, execution_timeout=timedelta(minutes=5))
    def notify_owners() -> None:
        """Tell the owners of alerts what is new, on the channels that the environment names."""
        from planning.notify.send import send

        context = get_current_context()
        send(*company_and_date(context), context["run_id"])

    published = build_ml_marts() >> raise_alerts() >> build_alert_marts() >> reconcile() >> publish()
    published >> [notify_owners(), report_run()]


publish_marts()
