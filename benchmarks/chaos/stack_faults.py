"""Faults that strike the whole chain under Airflow: one of its processes is killed in the middle of a run."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable, Sequence

import psutil

from benchmarks.chaos import reckoning
from benchmarks.chaos.load_faults import require_message
from benchmarks.chaos.points import UNSTRUCK, Point, Result
from benchmarks.chaos.world import CLEAN, World, open_world
from stack import supervisor

KINDS = (
    "kill -9 of the scheduler",
    "kill -9 of a task",
    "kill -9 of the API server",
    "kill -9 of the DAG processor",
    "kill -9 of PostgreSQL in a run",
    "kill -9 of the supervisor",
)
TITLES = {
    "kill -9 of the scheduler": "scheduler",
    "kill -9 of the API server": "api-server",
    "kill -9 of the DAG processor": "dag-processor",
}


def strike_runs(points: Sequence[Point], show: Callable[[Result], None]) -> list[Result]:
    """Strike runs, each of a company of its own, run again, and compare with a company whose run nobody struck."""
    results = []
    with open_world() as world:
        world.found(CLEAN)
        done = world.start("stack", "run", "--company", CLEAN).outcome()
        if done.code:
            raise RuntimeError(f"the clean run failed:\n{done.output[-3000:]}")
        for point in points:
            result = _strike(world, point, done.seconds)
            show(result)
            results.append(result)
        _compare(world, results)
    return results


def _strike(world: World, point: Point, seconds: float) -> Result:
    result, draw = Result(point), point.draw()
    world.found(point.name)
    program = world.start("stack", "run", "--company", point.name)
    # Before that there is no Airflow to strike.
    if program.wait((0.2 + 0.7 * draw.random()) * seconds):
        result.where = UNSTRUCK
    else:
        result.where = _blow(world, point.kind, draw)
    done = program.outcome()
    require_message(result, done)
    if done.code and (title := TITLES.get(point.kind)) and f"{title} ended with code" not in done.output:
        result.problems.append(f"no word of {title}: {done.output[-600:]}")
    result.said = f"ended with {done.code}: " + " | ".join(done.output.strip().splitlines()[-3:])[-300:]
    again = world.start("stack", "run", "--company", point.name).outcome()
    if again.code:
        result.problems.append(f"the second run ended with {again.code}: {again.output[-600:]}")
    return result


def _blow(world: World, kind: str, draw: random.Random) -> str:
    if kind == "kill -9 of PostgreSQL in a run":
        return "postmaster" if world.kill_postgres() else UNSTRUCK
    state = supervisor.running_state()
    if state is None:
        # Airflow has not started yet.
        return UNSTRUCK
    root = psutil.Process(state.pid)
    chosen = [root] if kind == "kill -9 of the supervisor" else _targets(root, kind)
    if not chosen:
        return UNSTRUCK
    target = draw.choice(chosen)
    with contextlib.suppress(psutil.NoSuchProcess):
        title = _line(target)[-60:]
        target.send_signal(signal.SIGKILL)
        return title
    return UNSTRUCK


def _targets(root: psutil.Process, kind: str) -> list[psutil.Process]:
    """Return the process of a component, or those at the end of the scheduler's tree: the tasks at work."""
    children = root.children()
    if title := TITLES.get(kind):
        return [child for child in children if title in _line(child)]
    schedulers = [child for child in children if "scheduler" in _line(child)]
    return [leaf for child in schedulers for leaf in child.children(recursive=True) if not leaf.children()]


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _compare(world: World, results: Sequence[Result]) -> None:
    names = [result.point.name for result in results]
    raw, marts = reckoning.compare_raw(world, names), reckoning.compare_marts(world, names)
    for result in results:
        loaded, shown = raw[result.point.name], marts[result.point.name]
        result.lost, result.doubled, result.hash_equal = loaded.lost, loaded.doubled, not shown.tables
        if loaded.tables or shown.tables:
            result.problems.append(f"differs in {', '.join(loaded.tables + shown.tables)}")
