"""How dbt's end becomes an error: failed tests, lost connections, broken models and broken-off runs are told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from warehouse import dbt, outcomes
from warehouse.outcomes import (
    DbtConnectionError,
    DbtRunError,
    DbtTestError,
    raise_for_nodes,
    raise_for_sources,
    result_rows,
)
from warehouse.settings import get_settings


def node(unique_id: str, status: str, message: str | None = None) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "message": message}


GOOD = node("model.p.stg_sales_lines", "success")


def raise_for(*results: dict[str, Any]) -> None:
    raise_for_nodes(list(results), "build")


def test_success_warnings_and_skipped_nodes_are_no_failures() -> None:
    raise_for(GOOD, node("test.p.a", "pass"), node("test.p.b", "warn", "Got 3 results"), node("model.p.c", "skipped"))


@pytest.mark.parametrize("kind", ["test", "unit_test"])
def test_failed_test_is_named_and_never_tried_again(kind: str) -> None:
    with pytest.raises(DbtTestError, match=rf"1 of 2 nodes failed.\n- {kind}\.p\.unique_key: Got 2 results") as caught:
        raise_for(GOOD, node(f"{kind}.p.unique_key", "fail", "Got 2 results"))
    assert not isinstance(caught.value, DbtRunError)


def test_broken_model_outweighs_failed_test() -> None:
    with pytest.raises(DbtRunError, match="model.p.fct_sales_lines: Database Error: column x does not exist") as caught:
        raise_for(
            node("model.p.fct_sales_lines", "error", "Database Error: column x does not exist"),
            node("test.p.unique_key", "fail", "Got 2 results"),
        )
    assert not isinstance(caught.value, DbtConnectionError)


def test_test_that_could_not_run_is_not_a_failed_test() -> None:
    with pytest.raises(DbtRunError):
        raise_for(node("test.p.unique_key", "error", "relation does not exist"))


@pytest.mark.parametrize(
    "message",
    [
        'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "server closed the connection unexpectedly",
        "terminating connection due to administrator command",
        "deadlock detected",
    ],
)
def test_lost_connection_may_be_tried_again(message: str) -> None:
    with pytest.raises(DbtConnectionError, match="model.p.a"):
        raise_for(node("model.p.a", "error", message))


@pytest.fixture
def end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Run a dbt that ends with a code and results, if any, and return the results recorded."""
    recorded: list[dict[str, Any]] = []

    def run(command: str, code: int, *results: dict[str, Any], output: str = "") -> list[dict[str, Any]]:
        def program(arguments: list[str], target: Path, *_: object) -> tuple[int, list[str]]:
            if results:
                name = "sources.json" if arguments[0] == "source" else "run_results.json"
                (target / name).write_text(json.dumps({"results": results}))
            return code, output.splitlines()

        monkeypatch.setattr(dbt, "_run", program)
        dbt.run_dbt(command.split(), "shop", date(2024, 3, 1))
        return recorded

    settings = replace(get_settings(), state_dir=tmp_path)
    monkeypatch.setattr(dbt, "get_settings", lambda: settings)
    monkeypatch.setattr(dbt, "record_results", lambda artifact, *_: recorded.extend(artifact["results"]))
    return run


def test_run_that_broke_off_failed_although_all_that_was_done_went_well(
    end: Callable[..., list[dict[str, Any]]],
) -> None:
    assert end("build", 0, GOOD) == [GOOD]
    with pytest.raises(DbtRunError, match="dbt build ended with code 1:\nKeyboardInterrupt") as caught:
        end("build", 1, GOOD, output="KeyboardInterrupt")
    assert not isinstance(caught.value, DbtConnectionError)
    assert end("build", 0) == [GOOD, GOOD], "what was done is recorded, and results of an earlier run are not"


def test_run_without_results_failed_by_its_code(end: Callable[..., list[dict[str, Any]]]) -> None:
    with pytest.raises(DbtConnectionError, match="ended with code 2"):
        end("build", 2, output="could not connect to server")


def test_stale_source_is_no_failure(end: Callable[..., list[dict[str, Any]]]) -> None:
    stale = [node("source.p.raw.sales", "warn"), node("source.p.raw.receipts", "error")]
    assert end("source freshness", 1, *stale) == stale


def test_source_whose_age_is_unknown_is_a_failure(end: Callable[..., list[dict[str, Any]]]) -> None:
    unknown = {"unique_id": "source.p.raw.sales", "status": "runtime error", "error": "no such table"}
    with pytest.raises(DbtRunError, match=r"1 of 2 nodes failed.\n- source\.p\.raw\.sales: no such table"):
        end("source freshness", 1, unknown, node("source.p.raw.receipts", "error"))
    with pytest.raises(DbtConnectionError):
        end("source freshness", 1, unknown | {"error": "server closed the connection unexpectedly"})
    with pytest.raises(DbtRunError, match="ended with code 1"):
        end("source freshness", 1, node("source.p.raw.sales", "pass"))


def source(name: str, status: str, max_loaded_at: str) -> dict[str, Any]:
    """A source as sources.json has it: without a message."""
    return {"unique_id": f"source.p.raw.{name}", "status": status, "max_loaded_at": max_loaded_at}


def test_source_that_nobody_delivers_is_not_recorded_as_stale() -> None:
    sources = [
        source("rfqs", "error", "0001-01-01T00:00:00+00:00"),
        source("sales_lines", "error", "2024-02-01T04:00:00+00:00"),
        source("products", "pass", "2024-03-01T04:00:00+00:00"),
        {"unique_id": "source.p.raw.lanes", "status": "runtime error", "error": "no such table"},
    ]
    assert result_rows(sources) == [
        ("source.p.raw.sales_lines", "source", "error", 0, None, None, "last row loaded at 2024-02-01T04:00:00+00:00"),
        ("source.p.raw.products", "source", "pass", 0, None, None, "last row loaded at 2024-03-01T04:00:00+00:00"),
        ("source.p.raw.lanes", "source", "runtime error", 0, None, None, "no such table"),
    ]


def test_only_sources_with_rows_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(outcomes.logger, "warning", lambda text, *values: warned.append(text % values))
    raise_for_sources(
        [
            source("rfqs", "error", "0001-01-01T00:00:00+00:00"),
            source("sales_lines", "warn", "2024-02-27T04:00:00+00:00"),
        ],
        "source",
    )
    assert warned == ["source.p.raw.sales_lines: freshness warn"]
