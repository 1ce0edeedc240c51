"""Alerts: what happens when a task fails for good or a run is late."""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback  # type: ignore[attr-defined]

logger = logging.getLogger(__name__)

WEBHOOK_VARIABLE = "ORW_ALERT_WEBHOOK"
RUNBOOK = "docs/runbook.md"
REPEATED_AFTER_SECONDS = 3600


def deadline(limit: timedelta) -> DeadlineAlert:
    """Return an alert for runs that have not ended limit after they were queued.

    The reference is the time of queueing, because a run that an asset started has no logical date.
    """
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=limit,
        # Runs in the executor: an asynchronous one would need a triggerer for this alone.
        callback=SyncCallback("dags.common.alerts.report_late", kwargs={"limit_minutes": limit.total_seconds() / 60}),
    )


def report_failure(context: Mapping[str, Any]) -> None:
    """Report a task that failed and will not be tried again."""
    task, run = context["task_instance"], context["dag_run"]
    reason = str(context.get("exception")).partition("\n")[0]
    name = run.partition_key or run.run_id
    send(f"{task.dag_id}.{task.task_id} failed for {name}: {reason}. See {RUNBOOK}")


def report_new_failure(context: Mapping[str, Any]) -> None:
    """Report a failed task of a DAG that runs all the time, unless it failed so at the last report, within the hour."""
    from warehouse.settings import get_settings

    last = get_settings().state_dir / "alerts" / context["task_instance"].dag_id
    reason = str(context.get("exception"))
    if last.exists() and last.read_text() == reason and time.time() - last.stat().st_mtime < REPEATED_AFTER_SECONDS:
        logger.info("Reported already: %s", reason)
        return
    report_failure(context)
    last.parent.mkdir(parents=True, exist_ok=True)
    last.write_text(reason)


def report_late(limit_minutes: float, context: Mapping[str, Any] | None = None) -> None:
    """Report a run that missed its deadline."""
    run = (context or {}).get("dag_run") or {}
    name = f"{run.get('dag_id')} for {run.get('partition_key') or run.get('dag_run_id')}"
    send(f"{name} has not ended {limit_minutes:g} minutes after it was queued. See {RUNBOOK}")


def send(text: str) -> None:
    """Write an alert to the log, and post it as ``{"text": ...}`` to the webhook if the environment names one."""
    logger.error("ALERT %s", text)
    url = os.environ.get(WEBHOOK_VARIABLE)
    if not url:
        return
    if not url.startswith(("http://", "https://")):
        logger.warning("%s is not an http address: %s", WEBHOOK_VARIABLE, url)
        return
    request = urllib.request.Request(  # noqa: S310
        url, data=json.dumps({"text": text}).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    except OSError as error:
        # An alert that cannot be delivered must not hide the failure that it reports.
        logger.warning("The alert could not be posted to %s: %s", WEBHOOK_VARIABLE, error)
