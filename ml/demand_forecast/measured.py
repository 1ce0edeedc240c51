"""Work in a process of its own, so that its seconds and its memory are its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Result = TypeVar("Result")
MEBI = 1024
STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Measured(Generic[Result]):
    """What the work returned, the seconds it took, and the most memory its process and their children held, in MiB."""

    result: Result
    seconds: float
    peak: float


def run(function: Callable[..., Result], *arguments: object) -> Measured[Result]:
    """Call a function of some module in a new process; what it raises is raised here."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(_measured, function, arguments).result()


def _measured(function: Callable[..., Result], arguments: tuple[object, ...]) -> Measured[Result]:
    started = time.monotonic()
    result = function(*arguments)
    seconds = time.monotonic() - started
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Measured(result, seconds, (_own_peak() + children) / MEBI)


def _own_peak() -> int:
    """Return the most memory this program held, in KiB.

    The usage that Linux reports begins with what the process that started this one held by then; what it says of the
    program's own memory (proc_pid_status(5)) does not.
    """
    try:
        status = STATUS.read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
