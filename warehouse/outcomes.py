"""What came of a run of dbt: its results into ``ops.dbt_results``, and errors by kind."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from warehouse.connection import Role, connect

logger = logging.getLogger(__name__)

BAD = frozenset({"error", "fail", "runtime error"})
TESTS = frozenset({"test", "unit_test"})
# Of a source, error means staler than error_after. Only this one means that its age could not be found out.
UNKNOWN_FRESHNESS = "runtime error"
# Of a source without a row, dbt takes this for the day of the last one: its entity was never delivered.
NEVER = "0001-01-01"
# dbt passes on what libpq says; nothing but the text tells a lost connection from a wrong statement.
CONNECTION_MESSAGES = (
    "connection refused",
    "could not connect",
    "connection to server",
    "server closed the connection",
    "terminating connection",
    "connection timed out",
    "deadlock detected",
)


class DbtRunError(RuntimeError):
    """dbt could not build a model or could not run at all; the message names the nodes."""


class DbtConnectionError(DbtRunError):
    """dbt lost its connection: the same command may work at the next try."""


class DbtTestError(RuntimeError):
    """A data or unit test failed; the message names it. Trying again cannot help."""


def record_results(artifact: dict[str, Any], company_id: str, business_date: date) -> None:
    """Write the nodes of run_results.json or sources.json to ``ops.dbt_results``, but for sources without a row."""
    invocation_id = artifact["metadata"]["invocation_id"]
    with connect(Role.TRANSFORMER) as connection, connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.dbt_results (
                invocation_id, company_id, business_date, node_id, resource_type, status, seconds, rows_affected,
                failures, message
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [(invocation_id, company_id, business_date, *row) for row in result_rows(artifact["results"])],
        )


def result_rows(results: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return what to record of each node: id, kind, status, seconds, rows affected, failures and message.

    Sources that never had a row are left out: what nobody delivers cannot be stale.
    """
    return [
        (
            result["unique_id"],
            _resource_type(result),
            result["status"],
            result.get("execution_time") or 0,
            _rows_affected(result),
            result.get("failures"),
            result.get("message") or result.get("error") or _last_loaded(result),
        )
        for result in results
        if not _is_undelivered(result)
    ]


def raise_for_nodes(results: list[dict[str, Any]], command: str) -> None:
    """Raise when a node of run_results.json failed.

    Args:
        results: The nodes.
        command: dbt's command, for the message.

    Raises:
        DbtTestError: tests failed, and nothing else.
        DbtConnectionError: a node lost its connection.
        DbtRunError: a node could not be built, or a test could not run.
    """
    failed = [result for result in results if result["status"] in BAD]
    if not failed:
        return
    text = _report(failed, results, command)
    if all(_resource_type(result) in TESTS and result["status"] == "fail" for result in failed):
        raise DbtTestError(text)
    raise run_error(text, text.splitlines())


def raise_for_sources(results: list[dict[str, Any]], command: str) -> None:
    """Warn of the stale sources of sources.json that have rows, and raise when the age of one could not be found out.

    Args:
        results: The sources.
        command: dbt's command, for the message.

    Raises:
        DbtConnectionError: the connection was lost.
        DbtRunError: another error, such as a table that is missing.
    """
    for result in results:
        if result["status"] in ("warn", "error") and not _is_undelivered(result):
            logger.warning("%s: freshness %s", result["unique_id"], result["status"])
    failed = [result for result in results if result["status"] == UNKNOWN_FRESHNESS]
    if failed:
        text = _report(failed, results, command)
        raise run_error(text, text.splitlines())


def explains_failure(results: list[dict[str, Any]]) -> bool:
    """Tell whether the results say why dbt ended with a code other than 0."""
    return any(result["status"] in BAD for result in results)


def run_error(text: str, output: list[str]) -> DbtRunError:
    """Return the error of a run by kind: output that tells of a lost connection makes it one that may pass by itself.

    Args:
        text: Message of the error.
        output: Lines that dbt or the database said.
    """
    spoken = "\n".join(output).lower()
    lost = any(message in spoken for message in CONNECTION_MESSAGES)
    return DbtConnectionError(text) if lost else DbtRunError(text)


def _report(failed: list[dict[str, Any]], results: list[dict[str, Any]], command: str) -> str:
    lines = [
        f"- {result['unique_id']}: {(result.get('message') or result.get('error') or result['status']).strip()}"
        for result in failed
    ]
    return f"dbt {command}: {len(failed)} of {len(results)} nodes failed.\n" + "\n".join(lines)


def _resource_type(result: dict[str, Any]) -> str:
    return str(result["unique_id"]).split(".", 1)[0]


def _is_undelivered(result: dict[str, Any]) -> bool:
    return str(result.get("max_loaded_at")).startswith(NEVER)


def _last_loaded(result: dict[str, Any]) -> str | None:
    """Return what dbt does not put into words of a source: when its newest row was loaded."""
    return f"last row loaded at {result['max_loaded_at']}" if result.get("max_loaded_at") else None


def _rows_affected(result: dict[str, Any]) -> int | None:
    """Return what the database reported, which is -1 where a statement has no count."""
    count = (result.get("adapter_response") or {}).get("rows_affected")
    return count if isinstance(count, int) and count >= 0 else None
