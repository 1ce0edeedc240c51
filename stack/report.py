"""The report of a run that failed: what, why, and what to do."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from stack.chain import LAST, Chain, Step
from stack.client import AirflowClient, ApiError
from stack.progress import Progress, task_name
from warehouse.batches import refused_files
from warehouse.connection import Role, connect

LOG_LINES = 25
# What Airflow says about itself, and what the report says anyway.
NOISE = ("::group::", "::endgroup::", "DAG bundles loaded", "Filling up the DagBag", "Worker startup", "ALERT ")
RUNBOOK = "docs/runbook.md"
REJECTION = """
    select 'batch ' || batch_id || ' ' || gate_status || ': ' || gate_reason as line
    from ops.batches where batch_id = %(batch)s and gate_status = 'rejected'
"""
QUARANTINE = """
    -- A row that breaks several rules is one row.
    select quarantined.entity || ': ' || quarantined.rows || ' rows in quarantine, by ' || broken.rules
        || ', first: ' || quarantined.first_file as line
    from (
        select entity, count(distinct (source_system, source_file, row_number)) as rows, min(source_file) as first_file
        from ops.quarantine where batch_id = %(batch)s group by entity
    ) as quarantined
    inner join (
        select entity, string_agg(rule || ' (' || times || ')', ', ' order by times desc, rule) as rules
        from (
            select entity, rule, count(*) as times
            from ops.quarantine where batch_id = %(batch)s group by entity, rule
        ) as by_rule
        group by entity
    ) as broken using (entity)
"""


def print_failure(client: AirflowClient, chain: Chain, progress: Progress) -> None:
    """Print every failed task with the end of its log, the reasons recorded in the warehouse, and what to do."""
    out = progress.console
    out.print(f"\nThe run for {chain.key} did not succeed ({progress.elapsed:.0f} s).", markup=False)
    for step in chain.failed:
        for task in step.failed_tasks():
            out.print(f"\nFailed: {step.dag_id}.{task_name(task)}. End of its log:", markup=False)
            for line in _log(client, task):
                out.print(f"  {line}", markup=False)
    for line in reasons(chain):
        out.print(f"- {line}", markup=False)
    out.print(f"\n{advice(chain)} See {RUNBOOK}.", markup=False)


def advice(chain: Chain) -> str:
    """Return what to do about the failure."""
    if not chain.failed:
        waiting = ", ".join(step.dag_id for step in chain.steps.values() if not step.run)
        return f"Airflow started no run of {waiting}: read scheduler.log in the logs folder, then run again."
    if any(_is_only(step, "report_run") for step in chain.failed if step.dag_id == LAST):
        return "Everything else is published. Have the refused files delivered again, and run again."
    if any(_is_only(step, "check_raw") for step in chain.failed):
        return (
            "The batch was rejected, and the marts keep their previous state. Correct the extract, and run again. "
            "If it is right after all, such as that of a holiday, let the batch in, and run again: "
            '.venv/bin/python -m ingest release --batch N --reason "..."'
        )
    return "Correct the cause, and run again: what is loaded is not loaded twice."


def reasons(chain: Chain) -> list[str]:
    """Return what the warehouse recorded about the last batch of the chain's business date."""
    with connect(Role.TRANSFORMER) as connection, connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "select max(batch_id) as batch from ops.batches where company_id = %s and business_date = %s",
            [chain.company, chain.business_date],
        ).fetchone()
        if not found or found["batch"] is None:
            return []
        rejection, quarantined = (
            [row["line"] for row in cursor.execute(query, found).fetchall() if row["line"]]
            for query in (REJECTION, QUARANTINE)
        )
    refused = refused_files(chain.company, chain.business_date)
    return [*rejection, *(f"refused file {file} ({entity}): {why}" for file, entity, why in refused), *quarantined]


def _is_only(step: Step, task_id: str) -> bool:
    return [task["task_id"] for task in step.failed_tasks()] == [task_id]


def _log(client: AirflowClient, task: dict[str, Any]) -> list[str]:
    try:
        lines = [line for line in client.log_lines(task) if not line.startswith(NOISE)]
    except ApiError as error:
        return [f"(the log cannot be read: {error})"]
    return lines[-LOG_LINES:]
