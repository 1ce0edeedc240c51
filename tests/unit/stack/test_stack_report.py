"""What a failed run shows of a task's log: the reason, and not how it was loaded."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from stack import report
from stack.chain import Chain, Step
from stack.client import AirflowClient
from stack.progress import Progress

TASK = {
    "dag_id": "ingest_extracts",
    "dag_run_id": "r",
    "task_id": "check_raw",
    "try_number": 1,
    "map_index": -1,
    "state": "failed",
}
LOG = [
    {"event": "::group::Log message source details"},
    {"event": "/state/airflow/logs/check_raw/attempt=1.log"},
    {"event": "::endgroup::"},
    {"event": "DAG bundles loaded: dags-folder"},
    {"event": "Filling up the DagBag from ingest_extracts.py"},
    {"event": "Worker startup parse complete"},
    {
        "event": "Task failed with exception",
        "error_detail": [{"exc_type": "QualityGateError", "exc_value": "refused:\n- price"}],
    },
    {"event": "ALERT check_raw failed"},
]


def test_end_of_the_log_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(_: AirflowClient, method: str, path: str, body: Any = None) -> dict[str, Any]:
        assert (method, path.partition("?")[0]) == (
            "GET",
            "/dags/ingest_extracts/dagRuns/r/taskInstances/check_raw/logs/1",
        )
        return {"content": LOG}

    monkeypatch.setattr(AirflowClient, "call", call)
    monkeypatch.setattr(report, "reasons", lambda _: ["batch 2 rejected"])
    chain = Chain(
        "journey", date(2017, 12, 31), {"ingest_extracts": Step("ingest_extracts", {"state": "failed"}, [TASK])}
    )
    out = StringIO()
    report.print_failure(AirflowClient(1), chain, Progress(Console(file=out, soft_wrap=True)))
    shown = out.getvalue().split("End of its log:\n")[1].split("\n\n")[0].splitlines()
    assert shown == [
        "  /state/airflow/logs/check_raw/attempt=1.log",
        "  Task failed with exception",
        "  QualityGateError: refused:",
        "  - price",
        "- batch 2 rejected",
    ]
