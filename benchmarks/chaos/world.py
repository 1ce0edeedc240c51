"""A warehouse of its own to strike: its programs, its server, its disks, and what it holds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.chaos import shop
from benchmarks.chaos.disks import Disk, small_disk
from benchmarks.workspace import own_state
from warehouse import embedded, schemas
from warehouse.connection import Role, connect, embedded_url
from warehouse.settings import PROJECT_DIR

CLEAN = "clean"
TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        code: Exit code, negative for a signal.
        output: What it wrote.
        memory_mib: Peak of its resident memory.
        seconds: How long it ran.
    """

    code: int
    output: str
    memory_mib: float
    seconds: float


@dataclass
class Program:
    """A program at work."""

    process: subprocess.Popen[str]
    output: Any
    started: float = field(default_factory=time.monotonic)

    def wait(self, seconds: float) -> bool:
        """Wait for its end and tell whether it has come."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is not None

    def kill(self) -> bool:
        """Kill it, and tell whether it was still at work."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.returncode is None

    def wait_for_line(self, number: int) -> bool:
        """Wait until it has written so many lines, or its end, and tell whether it has ended."""
        while not self.wait(0.05):
            # A reader of its own: the program writes at the place of the shared one.
            with open(f"/proc/self/fd/{self.output.fileno()}", errors="replace") as written:  # noqa: PTH123
                if written.read().count("\n") >= number:
                    return False
        return True

    def outcome(self) -> Outcome:
        """Wait for its end, which is brought about when it does not come, and return how it ended."""
        limit, status, usage = time.monotonic() + TIMEOUT_SECONDS, None, None
        memory = 0.0
        if self.process.returncode is None:
            while status is None:
                pid, found, usage = os.wait4(self.process.pid, os.WNOHANG)
                if pid:
                    status = found
                elif time.monotonic() > limit:
                    self.process.send_signal(signal.SIGKILL)
                else:
                    time.sleep(0.01)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            memory = usage.ru_maxrss / 1024 if usage else 0.0
        self.output.seek(0)
        text = self.output.read()
        self.output.close()
        return Outcome(self.process.returncode, text, memory, time.monotonic() - self.started)


@dataclass(frozen=True)
class World:
    """The warehouse.

    Attributes:
        state: Its state folder.
        server_disk: Where the server's files lie.
        scratch_disk: Where the loader's scratch files lie.
        programs: Everything that was started.
    """

    state: Path
    server_disk: Disk
    scratch_disk: Disk
    programs: list[Program] = field(default_factory=list)

    @property
    def landing(self) -> Path:
        """Landing zone."""
        return self.state / "landing"

    @property
    def template(self) -> Path:
        """Files that every company is given."""
        return self.state / "template"

    def found(self, company: str) -> Path:
        """Make a company and return its landing folder."""
        return shop.give_company(self.template, self.state / "companies", self.landing, company)

    def restore(self, company: str) -> None:
        """Deliver the good files once more, and nothing else."""
        for path in sorted((self.landing / company).rglob("*"), reverse=True):
            if path.is_symlink() or not path.is_dir():
                path.unlink()
            elif path.suffix:
                path.rmdir()
        self.found(company)

    def start(self, module: str, *arguments: str, port: int | None = None, prepare: Callable[[], None] | None = None,
              ) -> Program:  # fmt: skip
        """Start a program of the project.

        Args:
            module: Its module.
            arguments: Its arguments.
            port: Port of a proxy, through which the program reaches the server as one of somebody else.
            prepare: Called in the new process.
        """
        output = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed with the outcome
        through = {"WAREHOUSE_URL": _through(port)} if port else {}
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT_DIR,
            env=os.environ | through,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=prepare,  # noqa: PLW1509 - sets a limit, nothing else
        )
        self.programs.append(Program(process, output))
        return self.programs[-1]

    def load(self, company: str) -> Outcome:
        """Load what is new of a company, as a person does."""
        return self.start("ingest", "load", "--company", company).outcome()

    def query(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        """Return rows, asked as the owner, from a server that is started if need be."""
        start_server()
        with connect(Role.OWNER) as connection:
            return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]

    def at_work(self, role: Role) -> list[tuple[int, str]]:
        """Return process id and statement of every connection of a role, the latest first."""
        statement = (
            "select pid, coalesce(query, '') from pg_stat_activity where usename = %s order by backend_start desc"
        )
        try:
            with psycopg.connect(embedded_url("postgres"), connect_timeout=5) as connection:
                return connection.execute(statement, [role.value]).fetchall()
        except psycopg.OperationalError:
            return []

    def kill_postgres(self) -> bool:
        """Kill the server's first process, which takes no leave of anybody, and tell whether there was one."""
        pid_file = embedded.server().data_dir / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            return True
        return False


def start_server() -> None:
    """Start the server unless it runs; it is kept until the world ends."""
    with embedded.running_server():
        return


@contextlib.contextmanager
def open_world() -> Iterator[World]:
    """Provide an empty warehouse, and remove it afterwards."""
    with own_state(ORW_COMPANIES_DIR="{state}/companies") as state, contextlib.ExitStack() as disks:
        server_disk, scratch_disk = (disks.enter_context(small_disk(state / name)) for name in ("postgres", "tmp"))
        world = World(state, server_disk, scratch_disk)
        embedded.keep(True)
        try:
            with embedded.running_server():
                schemas.initialize()
                done = world.start("ingest", "init").outcome()
                if done.code:
                    raise RuntimeError(done.output)
            shop.write_template(world.template)
            yield world
        finally:
            # An error of the harness must leave nobody at work.
            for program in world.programs:
                if not program.wait(0):
                    program.process.terminate()
                    program.wait(TIMEOUT_SECONDS)
            for disk in (world.server_disk, world.scratch_disk):
                disk.widen()
            embedded.keep(False)
            # Whoever uses the server last stops it.
            start_server()


def _through(port: int) -> str:
    return embedded_url("warehouse").replace(f":{embedded.server().port}/", f":{port}/")
