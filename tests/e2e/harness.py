"""Starts the runner as a user does, in a state folder of its own, and looks at what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

PROJECT = Path(__file__).parents[2]
RUN_TIMEOUT_SECONDS = 900
# Airflow's processes and tasks inherit it, whatever they do to their titles and groups.
MARKER = "ORW_E2E"


@dataclass
class Stack:
    """A state folder in which the chain can be run.

    Attributes:
        state_dir: The folder.
        variables: What the environment has beside the usual.
    """

    state_dir: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the commands."""
        removed = ("WAREHOUSE_URL", "ORW_LANDING_DIR", "ORW_ARTIFACTS_DIR", "COMPANY")
        # Nobody is told of the alerts of a test.
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in removed and not name.startswith("ORW_NOTIFY")
        }
        return kept | {"ORW_STATE_DIR": str(self.state_dir), MARKER: str(self.state_dir)} | self.variables

    def start(self, *arguments: str, module: str = "stack") -> subprocess.Popen[str]:
        """Start a command of the stack, or of another module."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command of the stack to its end and return exit code and output."""
        return self.python("stack", *arguments)

    def python(self, module: str, *arguments: str) -> tuple[int, str]:
        """Run a command of a module to its end and return exit code and output."""
        process = self.start(*arguments, module=module)
        try:
            output, _ = process.communicate(timeout=RUN_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
            raise AssertionError(f"no end after {RUN_TIMEOUT_SECONDS} s:\n{output}") from None
        return process.returncode, output

    def query(self, statement: str, database: str = "warehouse") -> list[tuple[Any, ...]]:
        """Run a query as the owner of the embedded server, starting it."""
        with self.login("owner", database) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    @contextmanager
    def login(self, role: str, database: str = "warehouse") -> Iterator[psycopg.Connection]:
        """Provide a connection as one of the roles of the embedded server, starting it."""
        code = "from warehouse import embedded\nfrom warehouse.connection import *\nimport sys\n"
        code += "with embedded.running_server():\n"
        code += " print(embedded_url('postgres', Role(sys.argv[1])), flush=True)\n sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", code, role],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdout is not None
            assert server.stdin is not None
            url = server.stdout.readline().strip().rsplit("/", 1)[0]
            try:
                with psycopg.connect(f"{url}/{database}") as connection:
                    yield connection
            finally:
                server.stdin.close()

    def processes(self) -> list[str]:
        """Return the command lines of processes that belong to this stack, or use its folder."""
        return [line for process in psutil.process_iter() if (line := self._line(process))]

    def wait_for(self, text: str, process: subprocess.Popen[str], seconds: float = 300) -> str:
        """Read the output of a command until text appears, and return what was read."""
        assert process.stdout is not None
        limit, read = time.monotonic() + seconds, ""
        for line in process.stdout:
            read += line
            if text in line:
                return read
            assert time.monotonic() < limit, read
        raise AssertionError(f"{text!r} did not appear:\n{read}")

    def _line(self, process: psutil.Process) -> str | None:
        try:
            line = " ".join(process.cmdline())
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return None
            place = str(self.state_dir)
            ours = place in line or process.environ().get(MARKER) == place
            # Some processes overwrite their environment with their title.
            ours = ours or any(file.path.startswith(place) for file in process.open_files())
        except (psutil.Error, OSError):
            return None
        return f"{process.pid} {line}" if ours else None


@contextmanager
def temporary_stack(**variables: str) -> Iterator[Stack]:
    """Provide a stack in a folder that the server's own account can enter, and remove it afterwards."""
    # Not below pytest's folder: that one is private to this account, and a server started by root is another one.
    with tempfile.TemporaryDirectory(prefix="orw-e2e-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:  # noqa: S108
        Path(folder).chmod(0o755)
        stack = Stack(Path(folder), variables)
        yield stack
        left = stack.processes()
        assert not left, f"processes left behind: {left}"


@contextmanager
def external_database() -> Iterator[str]:
    """Provide the URL of a database on a server of its own, whose owner may create roles and is no superuser."""
    with temporary_stack() as server:
        assert server.python("warehouse", "up") == (0, "")
        try:
            code, url = server.python("warehouse", "url")
            assert code == 0, url
            superuser = urlsplit(url.strip())
            with psycopg.connect(urlunsplit(superuser._replace(path="/postgres")), autocommit=True) as connection:
                connection.execute("create role dwh_owner login createrole password 'owner'")
                connection.execute("create database dwh owner dwh_owner")
            yield f"postgresql://dwh_owner:owner@{superuser.hostname}:{superuser.port}/dwh"
        finally:
            assert server.python("warehouse", "down") == (0, "")
