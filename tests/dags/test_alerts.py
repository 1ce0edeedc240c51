"""What an alert says, and which failures of a DAG that runs all the time are worth one."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dags.common import alerts


def failed(reason: str, partition_key: str | None = None, run_id: str = "manual__1") -> dict[str, Any]:
    return {
        "task_instance": SimpleNamespace(dag_id="refresh_stock", task_id="refresh"),
        "dag_run": SimpleNamespace(partition_key=partition_key, run_id=run_id),
        "exception": RuntimeError(reason),
    }


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(alerts, "send", texts.append)
    return texts


def test_an_alert_names_the_run(sent: list[str]) -> None:
    alerts.report_failure(failed("a\nb", "shop@2024-01-31"))
    alerts.report_failure(failed("a\nb"))
    assert sent == [
        "refresh_stock.refresh failed for shop@2024-01-31: a. See docs/runbook.md",
        "refresh_stock.refresh failed for manual__1: a. See docs/runbook.md",
    ]


def test_the_same_failure_is_reported_once_an_hour(sent: list[str], state_dir: Path) -> None:
    for number, reason in enumerate(["shop: x", "shop: x", "shop: x\nmall: y", "shop: x\nmall: y", "shop: x"]):
        alerts.report_new_failure(failed(reason, run_id=f"look {number}"))
    assert [text.partition(":")[0].rpartition(" ")[2] for text in sent] == ["0", "2", "4"]
    stamp = state_dir / "alerts" / "refresh_stock"
    written = stamp.stat().st_mtime
    for seconds, count in ((3500, 3), (3700, 4)):
        os.utime(stamp, (written - seconds,) * 2)
        alerts.report_new_failure(failed("shop: x"))
        assert len(sent) == count
