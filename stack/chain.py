"""The chain of DAGs for one company and business date: start it, follow it, find what failed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dags.common.business_date import partition_key
from stack.client import FINISHED, AirflowClient, ApiError

FIRST = "open_business_date"
LAST = "publish_marts"
MODELS = ("forecast_demand", "score_slow_movers")
CHAIN = (FIRST, "ingest_extracts", "build_warehouse", *MODELS, LAST)
POLL_SECONDS = 1.0
# An asset starts the next run within two seconds; a busy machine may take longer.
HAND_OVER_SECONDS = 60
PUBLISH_SECONDS = 10


@dataclass
class Step:
    """One DAG of the chain.

    Attributes:
        dag_id: The DAG.
        run: Its run for the partition, as the API describes it; None before it is created.
        tasks: The run's task instances.
    """

    dag_id: str
    run: dict[str, Any] | None = None
    tasks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """State of the run, or ``waiting`` before there is one."""
        return str(self.run["state"]) if self.run else "waiting"

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self.state in FINISHED

    def failed_tasks(self) -> list[dict[str, Any]]:
        """Return the task instances that failed by themselves."""
        return [task for task in self.tasks if task["state"] == "failed"]


@dataclass
class Chain:
    """The runs of all DAGs for one company and business date."""

    company: str
    business_date: date
    steps: dict[str, Step]

    @property
    def key(self) -> str:
        """Partition key of the runs."""
        return partition_key(self.company, self.business_date)

    @property
    def succeeded(self) -> bool:
        """Whether every run ended well."""
        return all(step.state == "success" for step in self.steps.values())

    @property
    def failed(self) -> list[Step]:
        """The DAGs whose run failed."""
        return [step for step in self.steps.values() if step.state == "failed"]

    @property
    def missing(self) -> list[str]:
        """The DAGs that have no run while all others have succeeded."""
        return [] if self.active or self.failed else [step.dag_id for step in self.steps.values() if not step.run]

    @property
    def active(self) -> list[Step]:
        """The DAGs whose run has been created and has not ended."""
        return [step for step in self.steps.values() if step.run and not step.finished]


def run_chain(client: AirflowClient, company: str, business_date: date, show: Callable[[Chain], None]) -> Chain:
    """Run the whole chain and return it when nothing of it runs any more.

    Args:
        client: Airflow's API.
        company: Company to run for.
        business_date: Business date to run for.
        show: Called with the chain after every look at it.
    """
    chain = Chain(company, business_date, {dag_id: Step(dag_id) for dag_id in CHAIN})
    known = {run["dag_run_id"] for run in client.runs(list(CHAIN))}
    client.trigger(FIRST, business_date.isoformat(), {"company": company})
    try:
        _follow(client, chain, known, show, lambda: chain.succeeded or bool(chain.failed and not chain.active))
    except BaseException:
        stop_chain(client, chain)
        raise
    return chain


def _follow(
    client: AirflowClient, chain: Chain, known: set[str], show: Callable[[Chain], None], done: Callable[[], bool]
) -> None:
    """Look at the chain until done, or until nothing has happened for too long."""
    progressed = time.monotonic()
    while True:
        before = _summary(chain)
        refresh(client, chain, known)
        show(chain)
        if _summary(chain) != before or chain.active:
            progressed = time.monotonic()
        quiet = time.monotonic() - progressed
        if done() or quiet > HAND_OVER_SECONDS:
            return
        if quiet > PUBLISH_SECONDS and chain.missing == [LAST]:
            client.trigger(LAST, chain.key)
            progressed = time.monotonic()
        time.sleep(POLL_SECONDS)


def refresh(client: AirflowClient, chain: Chain, known: set[str]) -> None:
    """Look up the runs of the chain that were created after the runs in known, and their tasks."""
    found = [run for run in client.runs(list(CHAIN)) if run["dag_run_id"] not in known]
    for run in sorted(found, key=lambda run: (CHAIN.index(run["dag_id"]), run["queued_at"])):
        step = chain.steps[run["dag_id"]]
        wanted = chain.business_date.isoformat() if run["dag_id"] == FIRST else chain.key
        if run["partition_key"] != wanted or (run["dag_id"] == LAST and _is_premature(chain, run)):
            continue
        seen_to_end = step.finished and step.run and step.run["dag_run_id"] == run["dag_run_id"]
        step.run = run
        if not seen_to_end:
            step.tasks = client.tasks(run["dag_id"], run["dag_run_id"])


def stop_chain(client: AirflowClient, chain: Chain) -> None:
    """Mark the active runs of the chain as failed, which stops their tasks."""
    for step in chain.active:
        # Without an answer there is no Airflow any more that could go on with the run.
        with contextlib.suppress(ApiError):
            client.fail_run(step.dag_id, (step.run or {})["dag_run_id"])


def _is_premature(chain: Chain, run: dict[str, Any]) -> bool:
    """Tell whether a run of the last DAG began before both models were through.

    That happens when an earlier chain of the same key failed half-way: its one model still counts for Airflow.
    """
    tasks = [task for dag_id in MODELS for task in chain.steps[dag_id].tasks]
    if not tasks or any(task["state"] != "success" for task in tasks):
        return True
    return datetime.fromisoformat(run["queued_at"]) < max(datetime.fromisoformat(task["end_date"]) for task in tasks)


def _summary(chain: Chain) -> list[tuple[str, str, int]]:
    return [
        (step.dag_id, step.state, sum(task["state"] == "success" for task in step.tasks))
        for step in chain.steps.values()
    ]
