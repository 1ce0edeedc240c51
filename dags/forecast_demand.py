"""Forecasts weekly demand per product and planning location.

**Inputs**: `core.fct_demand_weekly`, `core.fct_promotions_weekly`, `core.dim_planning_item`, the company's `forecast.*`
policies.

**Outputs**: `ml.demand_forecast_predictions`, `ml.demand_estimates` and the backtest, monitoring and registry tables
beside them; the asset `ml.demand_forecast_predictions`. A champion that fails makes way for an earlier version
(`ml.model_rollbacks`). Training is skipped while the champion is younger than `forecast.retrain_weeks` and errs no more
than it promised.

**On failure**: of `check_forecast`, the predictions are implausible: read `ops.quality_results`; the published mart
keeps the previous forecast. Otherwise read the log, then clear the failed task: writing is idempotent. See
docs/runbook.md.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from dags.common import pools
from dags.common.assets import CORE_STAR, DEMAND_FORECAST, hand_over
from dags.common.business_date import company_and_date, run_partition
from dags.common.defaults import dag_defaults


@dag(
    dag_id="forecast_demand",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=CORE_STAR),
    **dag_defaults("ml"),
)
def forecast_demand() -> None:
    """Declare the tasks."""

    @task(pool=pools.ML_TRAIN)
    def monitor_forecast() -> dict[str, Any]:
        """Judge earlier forecasts by what came, and go back to an earlier version where the champion fails."""
        from ml.demand_forecast.monitoring import monitor

        context = get_current_context()
        return monitor(*company_and_date(context), context["run_id"])

    @task(pool=pools.ML_TRAIN)
    def train_forecast() -> dict[str, Any]:
        """Backtest the engine beside its candidates, and fit it on the whole history."""
        from ml.demand_forecast.train import train

        context = get_current_context()
        return train(*company_and_date(context), context["run_id"])

    @task
    def predict_demand() -> dict[str, Any]:
        """Write the forecast of the coming weeks."""
        from ml.demand_forecast.predict import predict

        context = get_current_context()
        return predict(*company_and_date(context), context["run_id"])

    @task(retries=0, pool=pools.ML_GATE, outlets=[DEMAND_FORECAST])
    def check_forecast(*, outlet_events=None) -> dict[str, Any]:  # type: ignore[no-untyped-def]
        """Hold the forecast against its expectations."""
        from expectations.run import check

        context = get_current_context()
        summary = check("demand_forecast", *company_and_date(context), run_id=context["run_id"])
        hand_over(outlet_events, DEMAND_FORECAST, run_partition(context))
        return summary

    monitor_forecast() >> train_forecast() >> predict_demand() >> check_forecast()


forecast_demand()
