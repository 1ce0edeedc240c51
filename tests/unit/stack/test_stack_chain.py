"""The chain as the runner sees it: what is done, what failed, what has not begun."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stack.chain import CHAIN, FIRST, LAST, MODELS, Chain, Step, refresh
from stack.progress import Progress, clock, describe, task_name
from stack.report import advice

DAY = date(2017, 12, 31)
KEY = "journey@2017-12-31"


def run_of(dag_id: str, state: str, *, run_id: str = "new", queued: str = "2026-01-01T00:10:00Z") -> dict[str, Any]:
    key = DAY.isoformat() if dag_id == FIRST else KEY
    return {"dag_id": dag_id, "dag_run_id": run_id, "state": state, "partition_key": key, "queued_at": queued}


def task_of(task_id: str, state: str, end: str = "2026-01-01T00:05:00Z") -> dict[str, Any]:
    return {"task_id": task_id, "state": state, "end_date": end, "rendered_map_index": None}


class RecordedAirflow:
    """Answers of Airflow's API, recorded by hand."""

    def __init__(self, runs: list[dict[str, Any]], tasks: dict[str, list[dict[str, Any]]]) -> None:
        self._runs, self._tasks = runs, tasks

    def runs(self, dag_ids: list[str]) -> list[dict[str, Any]]:
        return [run for run in self._runs if run["dag_id"] in dag_ids]

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self._tasks.get(dag_id, [])


def new_chain() -> Chain:
    return Chain("journey", DAY, {dag_id: Step(dag_id) for dag_id in CHAIN})


def look(
    runs: list[dict[str, Any]], tasks: dict[str, list[dict[str, Any]]] | None = None, known: set[str] | None = None
) -> Chain:
    chain = new_chain()
    refresh(RecordedAirflow(runs, tasks or {}), chain, known or set())  # type: ignore[arg-type]
    return chain


def test_runs_of_other_keys_and_older_runs_are_not_ours() -> None:
    other = run_of("ingest_extracts", "failed") | {"partition_key": "adventureworks@2017-12-31"}
    older = run_of("build_warehouse", "failed", run_id="old")
    chain = look([other, older, run_of(FIRST, "success")], known={"old"})
    assert chain.steps[FIRST].state == "success"
    assert chain.steps["ingest_extracts"].state == "waiting"
    assert chain.steps["build_warehouse"].state == "waiting"


def test_newest_run_of_a_dag_counts() -> None:
    first = run_of("ingest_extracts", "failed", run_id="a", queued="2026-01-01T00:00:00Z")
    second = run_of("ingest_extracts", "running", run_id="b", queued="2026-01-01T00:01:00Z")
    for runs in ([first, second], [second, first]):
        chain = look(runs)
        assert chain.steps["ingest_extracts"].state == "running"
        assert [step.dag_id for step in chain.active] == ["ingest_extracts"]
        assert chain.failed == []


def test_all_runs_successful() -> None:
    tasks = {dag_id: [task_of("check", "success")] for dag_id in MODELS}
    chain = look([run_of(dag_id, "success") for dag_id in CHAIN], tasks)
    assert chain.succeeded
    assert chain.missing == []


@pytest.mark.parametrize(
    ("queued", "counts"),
    [
        pytest.param("2026-01-01T00:04:59.9Z", False, id="before the second model ended"),
        pytest.param("2026-01-01T00:05:00.1Z", True, id="after both models ended"),
    ],
)
def test_publishing_counts_only_after_both_models(queued: str, counts: bool) -> None:
    tasks = {
        MODELS[0]: [task_of("check", "success", "2026-01-01T00:05:00Z")],
        MODELS[1]: [task_of("check", "success", "2026-01-01T00:03:00Z")],
    }
    runs = [run_of(LAST, "success", queued=queued), *(run_of(dag_id, "success") for dag_id in CHAIN[:-1])]
    chain = look(runs, tasks)
    assert chain.succeeded is counts
    assert chain.missing == ([] if counts else [LAST])


def test_nothing_is_missing_while_something_runs_or_after_a_failure() -> None:
    assert look([run_of(FIRST, "success"), run_of("ingest_extracts", "running")]).missing == []
    assert look([run_of(FIRST, "success"), run_of("ingest_extracts", "failed")]).missing == []


@pytest.mark.parametrize(
    ("dag_id", "task_id", "expected"),
    [
        ("ingest_extracts", "check_raw", "batch was rejected"),
        ("publish_marts", "report_run", "Everything else is published"),
        ("build_warehouse", "build_core", "Correct the cause"),
    ],
)
def test_advice_fits_the_failure(dag_id: str, task_id: str, expected: str) -> None:
    chain = new_chain()
    chain.steps[dag_id] = Step(dag_id, run_of(dag_id, "failed"), [task_of(task_id, "failed")])
    assert expected in advice(chain)


def test_advice_on_a_rejected_batch_tells_how_to_let_it_in() -> None:
    chain = new_chain()
    chain.steps[FIRST] = Step(FIRST, run_of(FIRST, "failed"), [task_of("check_raw", "failed")])
    assert "Correct the extract" in advice(chain)
    assert ".venv/bin/python -m ingest release --batch N" in advice(chain)


def test_advice_names_dags_that_never_began() -> None:
    assert "publish_marts" in advice(look([run_of(FIRST, "success")]))


def test_lines_without_a_terminal_appear_once_per_change(capsys: pytest.CaptureFixture[str]) -> None:
    progress, chain = Progress(), new_chain()
    chain.steps[FIRST] = Step(FIRST, run_of(FIRST, "running"), [task_of("open_companies", "running")])
    progress.show(chain)
    progress.show(chain)
    chain.steps[FIRST] = Step(FIRST, run_of(FIRST, "success"), [task_of("open_companies", "success")])
    progress.show(chain)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("] ", 1)[1] for line in lines] == [
        "open_business_date: running, 0 of 1 tasks - open_companies",
        "open_business_date: success, 1 of 1 tasks",
    ]


def test_names_of_mapped_tasks_carry_the_item() -> None:
    assert task_name({"task_id": "load_source", "rendered_map_index": "pos"}) == "load_source [pos]"
    assert describe(Step("a")) == "a: waiting, 0 of 0 tasks"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3600, "60:00")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
