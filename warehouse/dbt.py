"""Running dbt as a program: its environment, one at a time, and what follows from how it ended."""

from __future__ import annotations

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
from urllib.parse import unquote, urlsplit

from warehouse.connection import Role, session_option, warehouse_url
from warehouse.outcomes import explains_failure, raise_for_nodes, raise_for_sources, record_results, run_error
from warehouse.settings import PROJECT_DIR, get_settings

logger = logging.getLogger(__name__)

# Id of every refresh during the day: the same at each of them, or dbt would parse the project anew.
REFRESH = "refresh"


def run_dbt(
    arguments: list[str],
    company_id: str,
    business_date: date,
    build_id: str | None = None,
    *,
    publication_id: int | None = None,
) -> None:
    """Run dbt for a company's business date and record the result of every node.

    Args:
        arguments: dbt's command and options, as in ``["build", "--select", "path:models/core"]``.
        company_id: Recorded with the results.
        business_date: Recorded with the results.
        build_id: Build whose batches the incremental models work on; None for commands that build from no batch.
        publication_id: Publication whose state to build, into the schemas of past states; None for what is in force.

    Raises:
        DbtTestError: a test failed and everything else went well.
        DbtConnectionError: the database could not be reached, or went away.
        DbtRunError: a model failed, dbt could not run, or it broke off. Sources that are stale are recorded only.
    """
    # dbt parses the whole project again when a variable differs from the last time in the same target folder. So each
    # kind of command has its folder, and only the variables that the project reads are passed.
    build = None if build_id is None else REFRESH if build_id == REFRESH else "claimed"
    given = {"build": build, "publication_id": publication_id}
    stated = {name: value for name, value in given.items() if value}
    variables = ["--vars", json.dumps(stated)] if stated else []
    folder = "as_of" if publication_id else REFRESH if build_id == REFRESH else "build" if build_id else "other"
    target = get_settings().state_dir / "dbt" / folder
    artifact = target / ("sources.json" if arguments[:2] == ["source", "freshness"] else "run_results.json")
    target.mkdir(parents=True, exist_ok=True)
    # A past state has schemas of its own; all else may write the tables in force, whatever folder it works in.
    with _only_one(target.with_name("as_of" if publication_id else "writer")) as lock:
        artifact.unlink(missing_ok=True)
        code, output = _run([*arguments, *variables], target, build_id, lock)
        content = json.loads(artifact.read_text()) if artifact.exists() else None
    results = content["results"] if content else []
    if content:
        record_results(content, company_id, business_date)
        (raise_for_sources if artifact.name == "sources.json" else raise_for_nodes)(results, arguments[0])
    # Interrupted, dbt writes the nodes that were done by then: all of them may have gone well.
    if code != 0 and not explains_failure(results):
        raise run_error(f"dbt {arguments[0]} ended with code {code}:\n{_tail(output)}", output)


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
def _only_one(written: Path) -> Iterator[int]:
    """Let one dbt at a time write the same tables, and use the same target folder, whose files have fixed names."""
    with written.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("Another dbt is at work: waiting for its end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _session(build_id: str | None) -> dict[str, str]:
    """Return the environment that tells sessions of dbt the id of the build, as orw.build_id."""
    return {"PGOPTIONS": session_option("orw.build_id", build_id)} if build_id else {}


def _run(arguments: list[str], target: Path, build_id: str | None, lock: int) -> tuple[int, list[str]]:
    """Run dbt, pass its output on to the log line by line, and return code and output.

    dbt holds the lock as well: when this process is killed, dbt goes on, and the next one has to wait for it.
    """
    output: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "warehouse.dbt_program", *arguments],
        # It works in a folder of its own, from which Python does not see this package.
        env=dbt_environment(target) | _session(build_id) | {"PYTHONPATH": str(PROJECT_DIR)},
        cwd=target.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[lock],
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


def _tail(output: list[str]) -> str:
    return "\n".join(output[-20:])
