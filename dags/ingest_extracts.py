"""Loads a company's extract files into raw and lets the batch through the gate, or not.

**Inputs**: files in the landing zone up to the business date, as `companies/<company>/sources.yml` declares them.

**Outputs**: `raw.<entity>`, `ops.batches`, `ops.load_ledger`, `ops.load_figures`, `ops.quarantine`,
`ops.quality_results`; the asset `raw.extracts` when the batch passed. A file that was loaded before is skipped.

**On failure**: of `load_source`, connection errors are tried again, to the warehouse and to sources. Tables of a
database that does not answer at the last try either are refused, and the rest goes on. Otherwise read its log. Of
`check_raw`: the batch is rejected, nothing downstream sees it, and the marts keep their state. The reasons are in
`ops.quality_results` and `ops.batches.gate_reason`. Have the extract corrected and run again, or release the batch by
hand: docs/runbook.md.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from dags.common import pools
from dags.common.assets import LANDING_EXTRACTS, RAW_EXTRACTS, hand_over
from dags.common.business_date import company_and_date, run_partition
from dags.common.defaults import dag_defaults


@dag(
    dag_id="ingest_extracts",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=LANDING_EXTRACTS),
    **dag_defaults("raw"),
)
def ingest_extracts() -> None:
    """Declare the tasks."""

    @task
    def open_batch() -> int:
        """Open the batch and return its id."""
        from ingest.load import open_batch

        return open_batch(*company_and_date(get_current_context()))

    @task
    def list_sources() -> list[str]:
        """Return the names of the company's source systems."""
        from ingest.companies import load_company_config

        company, _ = company_and_date(get_current_context())
        return sorted(load_company_config(company).sources)

    @task(pool=pools.PG_RAW, map_index_template="{{ task.op_kwargs['source_system'] }}")
    def load_source(source_system: str, batch_id: int) -> dict[str, Any]:
        """Load the files of one source system and return the counts."""
        from expectations.counting import wanted
        from ingest.load import load_source

        context = get_current_context()
        company, day = company_and_date(context)
        # On the last try, what does not answer must not keep back what does.
        will_retry = context["ti"].try_number <= context["ti"].max_tries
        return load_source(company, source_system, day, batch_id, wanted(company, day), will_retry=will_retry).as_dict()

    @task(retries=0)
    def check_raw(batch_id: int) -> dict[str, Any]:
        """Hold the batch, and earlier ones that a broken run left, against its expectations; reject what fails."""
        from expectations.gate import judge

        context = get_current_context()
        return judge(*company_and_date(context), batch_id, context["run_id"])

    @task(outlets=[RAW_EXTRACTS])
    def accept_batch(batch_id: int, *, outlet_events=None) -> None:  # type: ignore[no-untyped-def]
        """Let the batch through."""
        from expectations.gate import accept

        accept(batch_id)
        hand_over(outlet_events, RAW_EXTRACTS, run_partition(get_current_context()))

    batch = open_batch()
    loaded = load_source.partial(batch_id=batch).expand(source_system=list_sources())
    loaded >> check_raw(batch) >> accept_batch(batch)


ingest_extracts()
