"""How dbt's results become errors: failed tests, lost connections and broken models are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from warehouse import dbt
from warehouse.dbt import DbtConnectionError, DbtRunError, DbtTestError


def node(unique_id: str, status: str, message: str | None = None) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "message": message}


GOOD = node("model.p.stg_sales_lines", "success")


def raise_for(*results: dict[str, Any]) -> None:
    dbt._raise_for_failures(list(results), ["build"])


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
