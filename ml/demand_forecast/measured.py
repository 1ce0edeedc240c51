"""Work in a process of its own, so that its seconds and its memory are its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")
MEBI = 1024


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
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Measured(result, seconds, (own + children) / MEBI)
