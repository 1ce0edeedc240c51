"""Scores the stock on hand, how probable it is that it will not sell through in the coming window, and product health.

**Inputs**: `core.fct_demand_weekly`, `core.fct_sku_indicators_weekly`, the company's `slow_movers.*` policies.

**Outputs**: `ml.slow_mover_scores`, `ml.product_health_scores` and the registry tables beside them; the asset
`ml.slow_mover_scores`.

**On failure**: of `check_slow_movers`, the scores are implausible: read `ops.quality_results`; the published marts keep
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

    @task
    def score_product_health() -> dict[str, Any]:
        """Learn what the twelve indicators weigh, and write health and its parts per product and location."""
        from ml.product_health.score import score
        from ml.product_health.train import train

        # One task, because learning takes less time than starting another.
        context = get_current_context()
        run = (*company_and_date(context), context["run_id"])
        return {"train": train(*run)["status"], **score(*run)}

    @task(retries=0, pool=pools.ML_GATE, outlets=[SLOW_MOVERS])
    def check_slow_movers(*, outlet_events=None) -> dict[str, Any]:  # type: ignore[no-untyped-def]
        """Hold both scores against their expectations."""
        from expectations.run import check

        context = get_current_context()
        summaries = {
            name: check(name, *company_and_date(context), run_id=context["run_id"])
            for name in ("slow_movers", "product_health")
        }
        hand_over(outlet_events, SLOW_MOVERS, run_partition(context))
        return summaries

    checked = check_slow_movers()
    train_slow_movers() >> score_stock() >> checked
    score_product_health() >> checked


score_slow_movers()
