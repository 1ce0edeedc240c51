"""Live progress of a run: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from stack.chain import Chain, Step

STYLES = {"success": "green", "failed": "red", "running": "yellow", "queued": "yellow", "waiting": "dim"}
PLAIN_WIDTH = 120
MARKS = {"success": "✓", "failed": "✗"}


def clock(seconds: float) -> str:
    """Return seconds as ``m:ss``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def task_counts(step: Step) -> tuple[int, int]:
    """Return how many tasks of a step are done, and how many it has so far."""
    return sum(task["state"] == "success" for task in step.tasks), len(step.tasks)


def working_on(step: Step) -> list[str]:
    """Return the names of the tasks that run now or have failed."""
    return [task_name(task) for task in step.tasks if task["state"] in ("running", "failed", "up_for_retry")]


def task_name(task: dict[str, object]) -> str:
    """Return a task's name, with the name of the mapped item if there is one."""
    item = task.get("rendered_map_index")
    return f"{task['task_id']} [{item}]" if item else str(task["task_id"])


class Progress:
    """Shows preparatory steps and the chain, with the time since the start of the command."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        if not self.console.is_terminal:
            # A file or a pipe has no width of its own.
            self.console.width = PLAIN_WIDTH
        self.started = time.monotonic()
        self.timings: list[tuple[str, float]] = []
        self._said: dict[str, str] = {}
        self._live: Live | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the command."""
        return time.monotonic() - self.started

    def say(self, text: str) -> None:
        """Print a line with the elapsed time."""
        self.console.print(f"[{clock(self.elapsed)}] {text}", markup=False)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a preparatory step, and print how long it took."""
        started = time.monotonic()
        self.say(f"{text} ...")
        yield
        seconds = time.monotonic() - started
        self.timings.append((text, seconds))
        if seconds >= 1:
            self.say(f"{text}: {seconds:.1f} s")

    @contextlib.contextmanager
    def chain(self) -> Iterator[None]:
        """Show the chain live for the length of the block."""
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, refresh_per_second=4, transient=True) as self._live:
            try:
                yield
            finally:
                self._live = None

    def show(self, chain: Chain) -> None:
        """Show the state of the chain: all of it on a terminal, elsewhere what has changed."""
        if self._live:
            self._live.update(self._table(chain))
            return
        for step in chain.steps.values():
            text = describe(step)
            if step.run and self._said.get(step.dag_id) != text:
                self._said[step.dag_id] = text
                self.say(text)

    def _table(self, chain: Chain) -> Group:
        table = Table.grid(padding=(0, 2))
        for step in chain.steps.values():
            done, total = task_counts(step)
            mark = Spinner("dots") if step in chain.active else Text(MARKS.get(step.state, "·"))
            table.add_row(
                mark,
                Text(step.dag_id),
                Text(step.state, style=STYLES.get(step.state, "")),
                Text(f"{done} of {total} tasks" if total else ""),
                Text(", ".join(working_on(step))),
            )
        done = sum(step.state == "success" for step in chain.steps.values())
        head = f"[{clock(self.elapsed)}] {chain.key}: {done} of {len(chain.steps)} DAGs done"
        return Group(Text(head), table)


def describe(step: Step) -> str:
    """Return one line about a step."""
    done, total = task_counts(step)
    names = working_on(step)
    suffix = f" - {', '.join(names)}" if names else ""
    return f"{step.dag_id}: {step.state}, {done} of {total} tasks{suffix}"
