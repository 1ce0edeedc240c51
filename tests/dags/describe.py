"""Reads a DAG folder and prints what the tests look at, as one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

HEAVY = ("pandas", "numpy", "dbt", "great_expectations", "sklearn", "lightgbm", "duckdb", "pyarrow", "mlforecast")


def describe_task(task: Any) -> dict[str, Any]:
    """Return what matters of a task."""
    partial = getattr(task, "partial_kwargs", {})
    return {
        "task_id": task.task_id,
        "doc": bool(getattr(task, "doc_md", None) or partial.get("doc_md") or task.python_callable.__doc__),
        "downstream": sorted(task.downstream_task_ids),
        "outlets": sorted(outlet.name for outlet in partial.get("outlets") or getattr(task, "outlets", None) or []),
        "owner": task.owner,
        "pool": task.pool,
        "retries": task.retries,
        "fails_fast": task.retry_policy is not None,
        "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
        "mapped": task.is_mapped,
    }


def _asset_names(condition: Any) -> list[str]:
    """Return the names in an asset or a combination of assets."""
    if not hasattr(condition, "objects"):
        return [condition.name]
    return [name for member in condition.objects for name in _asset_names(member)]


def describe_dag(dag: Any) -> dict[str, Any]:
    """Return what matters of a DAG."""
    condition = getattr(dag.timetable, "asset_condition", None)
    return {
        "file": dag.fileloc.rsplit("/", 1)[-1],
        "schedule": type(dag.timetable).__name__,
        "waits_for": sorted(_asset_names(condition)) if condition else [],
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "paused_at_first": dag.is_paused_upon_creation,
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "deadline": bool(dag.deadline),
        "params": {name: dag.params[name] for name in dag.params},
        "tasks": [describe_task(task) for task in dag.tasks],
    }


def main() -> None:
    """Parse the folder named on the command line."""
    from airflow.dag_processing.dagbag import DagBag

    already = {name for name in HEAVY if name in sys.modules}
    started = time.monotonic()
    bag = DagBag(sys.argv[1])
    print(
        json.dumps(
            {
                "errors": bag.import_errors,
                "seconds": time.monotonic() - started,
                "heavy": sorted({name for name in HEAVY if name in sys.modules} - already),
                "dags": {dag_id: describe_dag(dag) for dag_id, dag in sorted(bag.dags.items())},
            }
        )
    )


main()
