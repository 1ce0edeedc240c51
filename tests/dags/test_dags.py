"""What every DAG must have, and how the DAGs hang together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dag_parsing import parse

from dags.common import pools
from stack.chain import CHAIN

DAGS = Path(__file__).parents[2] / "dags"
FILES = sorted(path.stem for path in DAGS.glob("*.py") if path.stem != "__init__")
BUILT_IN_POOL = "default_pool"
# Judgements: the same data are judged the same way however often they are looked at.
FINAL_WORDS = {"check_raw", "check_forecast", "check_slow_movers", "report_run"}
# Repeats by itself what a receiver does not take, and leaves the rest for the next run.
OUTBOX = {"notify_owners"}
# Between the nights; the next run follows within seconds and takes up what was left.
REFRESH, REFRESHES = "refresh_stock", {"refresh"}


@pytest.fixture(params=FILES)
def dag(request: pytest.FixtureRequest, parsed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = parsed["dags"][request.param]
    return found


def known_pools() -> set[str]:
    return {BUILT_IN_POOL, *json.loads((DAGS / "common" / "pools.json").read_text())}


def test_no_file_fails_to_load(parsed: dict[str, Any]) -> None:
    assert parsed["errors"] == {}


def test_one_dag_per_file_of_the_same_name(parsed: dict[str, Any]) -> None:
    assert sorted(parsed["dags"]) == FILES
    assert {dag_id: dag["file"] for dag_id, dag in parsed["dags"].items()} == {name: f"{name}.py" for name in FILES}


def test_parsing_is_quick_and_imports_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert parsed["heavy"] == []
    assert parsed["seconds"] < 10


def test_runner_follows_every_dag(parsed: dict[str, Any]) -> None:
    assert sorted([*CHAIN, REFRESH]) == sorted(parsed["dags"])


def test_asset_graph_is_the_agreed_one(parsed: dict[str, Any]) -> None:
    graph = {
        dag_id: {
            "waits_for": dag["waits_for"],
            "emits": sorted(name for task in dag["tasks"] for name in task["outlets"]),
        }
        for dag_id, dag in parsed["dags"].items()
    }
    assert graph == json.loads(Path(__file__).with_name("assets.json").read_text())


def test_nothing_runs_by_itself_unless_the_schedule_is_on(parsed: dict[str, Any]) -> None:
    assert not any(dag["paused_at_first"] for dag in parsed["dags"].values())
    schedules = {dag_id: dag["schedule"] for dag_id, dag in parsed["dags"].items()}
    assert schedules.pop("open_business_date") == "PartitionedAtRuntime"
    assert schedules.pop(REFRESH) == "NullTimetable"
    # A consumer that is not partitioned never starts from a partitioned producer.
    assert set(schedules.values()) == {"PartitionedAssetTimetable"}


def test_schedule_is_switched_on_by_the_environment(tmp_path: Path) -> None:
    found = parse(tmp_path, ORW_SCHEDULE="on")
    assert found["dags"]["open_business_date"]["schedule"] == "CronPartitionTimetable"


def test_refreshes_are_switched_on_by_the_environment(tmp_path: Path) -> None:
    found = parse(tmp_path, ORW_REFRESH="on")
    assert found["dags"][REFRESH]["schedule"] == "DeltaTriggerTimetable"


def test_dag_says_what_to_do(dag: dict[str, Any]) -> None:
    for part in ("**Outputs**", "**On failure**", "docs/runbook.md"):
        assert part in dag["doc"]


def test_dag_has_the_common_properties(dag: dict[str, Any]) -> None:
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    assert dag["deadline"]
    assert "company" in dag["params"]
    assert ("business_date" in dag["params"]) == (dag["file"] != f"{REFRESH}.py")
    assert {tag.partition(":")[0] for tag in dag["tags"]} == {"layer", "tier", "owner"}


def test_tasks_have_the_common_properties(dag: dict[str, Any]) -> None:
    for task in dag["tasks"]:
        assert task["doc"], task["task_id"]
        assert task["owner"] == "data"
        assert task["fails_fast"]
        assert task["timeout"]
        assert task["pool"] in known_pools()
        assert task["retries"] == (0 if task["task_id"] in FINAL_WORDS | OUTBOX | REFRESHES else 2), task["task_id"]


def test_every_named_pool_is_created() -> None:
    names = {value for name, value in vars(pools).items() if name.isupper()}
    assert names == known_pools() - {BUILT_IN_POOL}


def test_emitters_of_a_joint_condition_never_end_together(parsed: dict[str, Any]) -> None:
    sizes = json.loads((DAGS / "common" / "pools.json").read_text())
    waited_for = set(parsed["dags"]["publish_marts"]["waits_for"])
    emitters = [task for dag in parsed["dags"].values() for task in dag["tasks"] if waited_for & set(task["outlets"])]
    assert len(emitters) == 2
    assert {task["pool"] for task in emitters} == {"ml_gate"}
    assert sizes["ml_gate"]["slots"] == 1
