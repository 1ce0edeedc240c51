"""Builds staging, the star and the marts that need no predictions, with dbt, from accepted batches.

**Inputs**: `raw` rows of batches that passed the gate or were released by hand.

**Outputs**: schemas `staging`, `intermediate`, `core`, `marts_build`; `ops.dbt_results`; the asset `core.star`. Only
business dates that the batches touch are built again. When models changed since the last complete build, and with the
parameter `full_refresh`, every table is built again for all companies.

**On failure**: readers of the marts keep the previous state. `ops.dbt_results` and the task's log name the model
or test. A failed data test is not tried again: correct the data or the model, then clear the failed task. The claimed
batches stay with this build until it is complete. See docs/runbook.md.
"""

from __future__ import annotations

from airflow.sdk import Param, PartitionedAssetTimetable, chain, dag, get_current_context, task

from dags.common import pools
from dags.common.assets import CORE_STAR, RAW_EXTRACTS, hand_over
from dags.common.business_date import company_and_date, run_partition
from dags.common.defaults import dag_defaults
from warehouse.selections import LAYERS

FULL_REFRESH = Param(False, type="boolean", description="Build every table again from all of raw")


@dag(
    dag_id="build_warehouse",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=RAW_EXTRACTS),
    **dag_defaults("core", full_refresh=FULL_REFRESH),
)
def build_warehouse() -> None:
    """Declare the tasks."""

    @task
    def claim_batches() -> str:
        """Take the accepted batches that no build has finished, and return the build's id."""
        from warehouse.builds import claim_batches

        return claim_batches(*company_and_date(get_current_context()))

    @task(pool=pools.DBT)
    def check_freshness(build_id: str) -> None:
        """Record how old each source is; a stale one is a warning, not a failure."""
        from warehouse.dbt import run_dbt

        run_dbt(["source", "freshness"], *company_and_date(get_current_context()), build_id)

    @task(pool=pools.DBT)
    def build_layer(layer: str, build_id: str) -> None:
        """Build and test the models of a layer, unless nothing they are made from has changed."""
        from warehouse import layers

        context = get_current_context()
        full_refresh = context["params"]["full_refresh"]
        layers.build_layer(layer, build_id, *company_and_date(context), full_refresh=full_refresh)

    @task(outlets=[CORE_STAR])
    def complete_build(build_id: str, *, outlet_events=None) -> None:  # type: ignore[no-untyped-def]
        """Mark the claimed batches as built."""
        from warehouse.builds import complete_build

        complete_build(build_id)
        hand_over(outlet_events, CORE_STAR, run_partition(get_current_context()))

    build_id = claim_batches()
    layers = [build_layer.override(task_id=f"build_{layer}")(layer, build_id) for layer in LAYERS]
    chain(check_freshness(build_id), *layers, complete_build(build_id))


build_warehouse()
