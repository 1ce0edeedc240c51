"""Running dbt as a program: environment, results into ``ops.dbt_results``, and errors by kind.

``python -m warehouse.dbt [--company C] build ...`` runs any command of dbt the same way, on every accepted batch.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from warehouse.builds import latest_business_date
from warehouse.connection import Role, connect, warehouse_url
from warehouse.embedded import ServerError, running_server
from warehouse.settings import SettingsError, get_settings

logger = logging.getLogger(__name__)

BAD = frozenset({"error", "fail", "runtime error"})
TESTS = frozenset({"test", "unit_test"})
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


def run_dbt(arguments: list[str], company_id: str, business_date: date, build_id: str | None = None) -> None:
    """Run dbt for a company's business date and record the result of every node.

    Args:
        arguments: dbt's command and options, as in ``["build", "--select", "path:models/core"]``.
        company_id: Recorded with the results.
        business_date: Recorded with the results.
        build_id: Build whose batches the incremental models work on; None for commands that build from no batch.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtConnectionError: the database could not be reached, or went away.
        DbtRunError: a model failed, or dbt could not run. Stale sources are recorded only.
    """
    # dbt parses the whole project again when a variable differs from the last time in the same target folder. So each
    # kind of command has its folder, and only the variable that the project reads is passed.
    variables = ["--vars", json.dumps({"build_id": build_id})] if build_id else []
    target = get_settings().state_dir / "dbt" / ("build" if build_id else "other")
    artifact = target / ("sources.json" if arguments[:2] == ["source", "freshness"] else "run_results.json")
    with _only_one(target):
        artifact.unlink(missing_ok=True)
        code, output = _run([*arguments, *variables], target)
        content = json.loads(artifact.read_text()) if artifact.exists() else None
    if content is None:
        if code != 0:
            raise _error(f"dbt {arguments[0]} ended with code {code}:\n{_tail(output)}", output)
        return
    record_results(content, company_id, business_date)
    if artifact.name == "sources.json":
        _warn_of_stale(content["results"])
    else:
        _raise_for_failures(content["results"], arguments)


def record_results(artifact: dict[str, Any], company_id: str, business_date: date) -> None:
    """Write the nodes of run_results.json or sources.json to ``ops.dbt_results``."""
    invocation_id = artifact["metadata"]["invocation_id"]
    rows = [
        (
            invocation_id,
            company_id,
            business_date,
            result["unique_id"],
            _resource_type(result),
            result["status"],
            result.get("execution_time") or 0,
            _rows_affected(result),
            result.get("failures"),
            result.get("message") or result.get("error"),
        )
        for result in artifact["results"]
    ]
    with connect(Role.TRANSFORMER) as connection, connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.dbt_results (
                invocation_id, company_id, business_date, node_id, resource_type, status, seconds, rows_affected,
                failures, message
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            rows,
        )


def dbt_environment(target: Path) -> dict[str, str]:
    """Return the environment in which dbt finds the project, the warehouse and its folders."""
    settings = get_settings()
    url = urlsplit(warehouse_url(Role.TRANSFORMER))
    return os.environ | {
        "DBT_PROJECT_DIR": str(settings.project_dir / "dbt_project"),
        "DBT_PROFILES_DIR": str(settings.project_dir / "dbt_project"),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target.with_name("logs")),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        # A test runs with the layer that completes what it reads, not with the first one that it touches.
        "DBT_INDIRECT_SELECTION": "buildable",
        "WAREHOUSE_HOST": url.hostname or "",
        "WAREHOUSE_PORT": str(url.port or 5432),
        "WAREHOUSE_USER": unquote(url.username or ""),
        "WAREHOUSE_PASSWORD": unquote(url.password or ""),
        "WAREHOUSE_DBNAME": url.path.lstrip("/"),
    }


@contextlib.contextmanager
def _only_one(target: Path) -> Iterator[None]:
    """Let one dbt at a time use the target folder: its parse cache and result files have fixed names."""
    target.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(arguments: list[str], target: Path) -> tuple[int, list[str]]:
    """Run dbt, pass its output on to the log line by line, and return code and output."""
    program = Path(sys.executable).with_name("dbt")
    output: list[str] = []
    with subprocess.Popen(
        [str(program), *arguments],
        env=dbt_environment(target),
        cwd=target.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                output.append(line.rstrip())
                logger.info("%s", line.rstrip())
        except BaseException:
            # Whoever stops this task must not leave dbt writing.
            process.kill()
            raise
    return process.returncode, output


def _raise_for_failures(results: list[dict[str, Any]], arguments: list[str]) -> None:
    failed = [result for result in results if result["status"] in BAD]
    if not failed:
        return
    text = f"dbt {arguments[0]}: {len(failed)} of {len(results)} nodes failed.\n" + "\n".join(
        f"- {result['unique_id']}: {(result.get('message') or result['status']).strip()}" for result in failed
    )
    if all(_resource_type(result) in TESTS and result["status"] == "fail" for result in failed):
        raise DbtTestError(text)
    raise _error(text, text.splitlines())


def _warn_of_stale(results: list[dict[str, Any]]) -> None:
    for result in results:
        if result["status"] != "pass":
            logger.warning("%s: freshness %s %s", result["unique_id"], result["status"], result.get("error") or "")


def _error(text: str, output: list[str]) -> DbtRunError:
    spoken = "\n".join(output).lower()
    lost = any(message in spoken for message in CONNECTION_MESSAGES)
    return DbtConnectionError(text) if lost else DbtRunError(text)


def _resource_type(result: dict[str, Any]) -> str:
    return str(result["unique_id"]).split(".", 1)[0]


def _rows_affected(result: dict[str, Any]) -> int | None:
    """Return what the database reported, which is -1 where a statement has no count."""
    count = (result.get("adapter_response") or {}).get("rows_affected")
    return count if isinstance(count, int) and count >= 0 else None


def _tail(output: list[str]) -> str:
    return "\n".join(output[-20:])


def main() -> int:
    """Run dbt with the arguments of the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m warehouse.dbt", description=__doc__)
    parser.add_argument("--company", default=get_settings().company)
    options, arguments = parser.parse_known_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    with running_server() if get_settings().warehouse_url is None else contextlib.nullcontext():
        run_dbt(arguments, options.company, latest_business_date(options.company))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (DbtRunError, DbtTestError, ServerError, SettingsError, LookupError) as problem:
        sys.exit(f"error: {problem}")
