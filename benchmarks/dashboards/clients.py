"""Clients that ask at the same time, each a process with a connection of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random
from statistics import quantiles
from typing import Any

from benchmarks.dashboards.peers import ERRORS, Open
from benchmarks.dashboards.questions import draw

CLIENTS = 8
# Each of them starts a Python of its own and imports the drivers.
_START_SECONDS = 120


@dataclass(frozen=True)
class Timing:
    """How long one answer took, until its last row was there.

    Attributes:
        question: Name of the question.
        milliseconds: From sending the query on; of one that failed, until the error.
        error: What went wrong, None where nothing did.
    """

    question: str
    milliseconds: float
    error: str | None = None


@dataclass(frozen=True)
class Round:
    """What the clients measured, and how many answers a second they got together."""

    timings: list[Timing]
    throughput: float

    @property
    def errors(self) -> list[str]:
        """What went wrong, question by question."""
        return [f"{timing.question}: {timing.error}" for timing in self.timings if timing.error]

    def percentile(self, percent: int, question: str | None = None) -> float:
        """Return the percentile of the milliseconds, of all questions or of one."""
        found = [timing.milliseconds for timing in self.timings if question in (None, timing.question)]
        return percentile(found, percent)


def percentile(measured: Sequence[float], percent: int) -> float:
    """Return a percentile from 1 to 99, between two measured figures in proportion."""
    return measured[0] if len(measured) == 1 else quantiles(measured, n=100, method="inclusive")[percent - 1]


def ask_all(
    open_: Open, queries: Mapping[str, str], known: Mapping[str, Sequence[Any]], seconds: float, seed: int
) -> Round:
    """Let every client ask all queries again and again, each time in another order and with other values.

    There is no pause between an answer and the next query.

    Args:
        open_: What a client opens to ask; it must be picklable.
        queries: SQL by the name of the question.
        known: What each parameter may be.
        seconds: For how long; a query that runs then is waited for.
        seed: The same seed gives each client the same orders and values.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(CLIENTS, timeout=_START_SECONDS)
    with ProcessPoolExecutor(CLIENTS, mp_context=context, initializer=_remember, initargs=(barrier,)) as pool:
        works = [pool.submit(_work, open_, queries, known, seconds, f"{seed}/{number}") for number in range(CLIENTS)]
        done = [work.result() for work in works]
    return Round([timing for timings, _ in done for timing in timings], sum(len(one) / took for one, took in done))


_start: Any = None


def _remember(barrier: Any) -> None:
    """Keep what all clients wait at, which a process can only be given when it starts."""
    global _start  # noqa: PLW0603 - one per process, and nothing else reaches a process of the pool
    _start = barrier


def _work(
    open_: Open, queries: Mapping[str, str], known: Mapping[str, Sequence[Any]], seconds: float, seed: str
) -> tuple[list[Timing], float]:
    random, timings = Random(seed), []
    with open_() as ask:
        _start.wait()
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            names = random.sample(sorted(queries), len(queries))
            for name in names:
                if time.monotonic() - began >= seconds:
                    break
                drawn, error = draw(known, random), None
                started = time.perf_counter()
                try:
                    ask(queries[name], drawn)
                except ERRORS as problem:
                    error = f"{type(problem).__name__}: {problem}"
                timings.append(Timing(name, 1000 * (time.perf_counter() - started), error))
        return timings, time.monotonic() - began
