"""Scores the stock on hand: how probable it is that it will not sell through in the coming window.

**Inputs**: `core.fct_inventory_daily`, `core.fct_demand_weekly`, the company's `slow_movers.*` policies.

**Outputs**: `ml.slow_mover_scores` and the registry tables beside it; the asset `ml.slow_mover_scores`.

**On failure**: of `check_slow_movers`, the scores are implausible: read `ops.quality_results`; the published mart keeps
the previous scores. Otherwise read the log, then clear the failed task: writing is idempotent. See docs/runbook.md.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from dags.common import pools
from dags.common.assets import CORE_STAR, SLOW_MOVERS, hand_over
from dags.common.business_date import company_and_date, run_partition
from dags.common.defaults import dag_defaults


@dag(
    dag_id="score_slow_movers",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=CORE_STAR),
    **dag_defaults("ml"),
)
def score_slow_movers() -> None:
    """Declare the tasks."""

    @task(pool=pools.ML_TRAIN)
    def train_slow_movers() -> dict[str, Any]:
        """Fit and calibrate the classifier and compare it with the named rules."""
        from ml.slow_movers.train import train

        context = get_current_context()
        return train(*company_and_date(context), context["run_id"])

    @task
    def score_stock() -> dict[str, Any]:
        """Write the probability and the reasons per product and location."""
        from ml.slow_movers.score import score

        context = get_current_context()
        return score(*company_and_date(context), context["run_id"])

    @task(retries=0, pool=pools.ML_GATE, outlets=[SLOW_MOVERS])
    def check_slow_movers(*, outlet_events=None) -> dict[str, Any]:  # type: ignore[no-untyped-def]
        """Hold the scores against their expectations."""
        from expectations.run import check

        context = get_current_context()
        summary = check("slow_movers", *company_and_date(context), run_id=context["run_id"])
        hand_over(outlet_events, SLOW_MOVERS, run_partition(context))
        return summary

    train_slow_movers() >> score_stock() >> check_slow_movers()


score_slow_movers()
