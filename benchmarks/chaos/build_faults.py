"""Faults that strike a build by dbt or a publication, in rounds: a new day is struck several times, then ends well."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psutil

from benchmarks.chaos import shop
from benchmarks.chaos.load_faults import end_backends, require_message
from benchmarks.chaos.points import UNSTRUCK, Point, Result
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.readers import Reader, State, reading, state
from benchmarks.chaos.world import Outcome, Program, World, start_server
from expectations.gate import accept, judge
from warehouse import embedded, merging, past
from warehouse.connection import Role, connect

BUILT = "builder"
BUILD_KINDS = (
    "kill -9 of dbt",
    "kill -9 of the task that runs dbt",
    "kill -9 of PostgreSQL in a build",
    "kill -9 of one backend in a build",
    "backend of dbt terminated",
)
PUBLISH_KINDS = (
    "kill -9 of the publication",
    "kill -9 of PostgreSQL in a publication",
    "connection of the publication dropped",
    "kill -9 of one backend in a publication",
)
STRIKES_PER_ROUND = 4


@dataclass
class Pace:
    """How much an undisturbed build writes, and a publication sends: it goes on at the same pace on any machine."""

    build_lines: int = 0
    publish_messages: int = 0


def strike_builds(world: World, points: Sequence[Point], show: Callable[[Result], None]) -> list[Result]:
    """Strike builds and publications in rounds and return the results, compared with marts built from nothing."""
    pace = Pace()
    world.found(BUILT)
    _take_in(world, shop.LAST_DAY)
    _undisturbed(world, shop.LAST_DAY, pace)
    builds = [point for point in points if point.group == "build"]
    publications = [point for point in points if point.group == "publish"]
    results: list[Result] = []
    number = 0
    while builds or publications:
        number += 1
        day = shop.LAST_DAY + timedelta(days=number)
        struck = _round(world, day, builds[:STRIKES_PER_ROUND], publications[:STRIKES_PER_ROUND], pace)
        builds, publications = builds[STRIKES_PER_ROUND:], publications[STRIKES_PER_ROUND:]
        for result in struck:
            show(result)
        results += struck
    return results


def _round(world: World, day: date, builds: Sequence[Point], publications: Sequence[Point], pace: Pace) -> list[Result]:
    seed = f"{(*builds, *publications)[0].seed}/{day}"
    shop.write_day(world.landing / BUILT, day, seed)
    _take_in(world, day)
    with connect(Role.ANALYST) as connection:
        before = state(connection, BUILT)
    with reading(BUILT) as reader:
        results = [_strike_build(world, point, day, pace) for point in builds]
        _undisturbed(world, day, pace, publish=False)
        results += [_strike_publication(world, point, pace) for point in publications]
        _require(world.start("warehouse", "publish").outcome())
        start_server()
        reader.look_again()
        with connect(Role.ANALYST) as connection:
            after = state(connection, BUILT)
    problems = _problems_of(reader, before, after)
    again = past.rebuild(BUILT, day)
    shown = _shown()
    for result in results:
        result.lost = sum(max(0, _rows(mart.rebuilt) - _rows(shown.get(mart.mart))) for mart in again.marts)
        result.doubled = sum(max(0, _rows(shown.get(mart.mart)) - _rows(mart.rebuilt)) for mart in again.marts)
        different = [mart for mart in again.marts if not mart.is_equal or shown.get(mart.mart) != mart.rebuilt]
        result.hash_equal = not different
        result.problems += problems
        result.problems += [
            f"{mart.mart}: {mart.published} published, {shown.get(mart.mart)} shown, {mart.rebuilt} built from nothing"
            for mart in different
        ]
    return results


def _problems_of(reader: Reader, before: State, after: State) -> list[str]:
    """Return what is wrong with what readers saw, and what makes it worth nothing."""
    problems = []
    if mixed := len(reader.seen - {before, after}):
        problems.append(f"readers saw {mixed} states that nobody published, in {reader.polls} polls")
    if reader.error or not {before, after} <= reader.seen:
        problems.append(
            f"readers were blind, in {reader.polls} polls: {reader.error or 'a published state is missing'}"
        )
    if before == after:
        problems.append("the day changed nothing: there was nothing to strike")
    return problems


def _shown() -> dict[str, tuple[int, int]]:
    """Return number and hash of the rows that readers see, counted anew: what a merge notes of itself may be wrong."""
    with connect(Role.TRANSFORMER) as connection:
        merging.fix_text(connection)
        marts = merging.built_marts(connection, merging.PUBLISHED)
        return {mart: merging.content(connection, merging.PUBLISHED, mart, BUILT) for mart in marts}


def _rows(found: tuple[int, int] | None) -> int:
    return found[0] if found else 0


def _take_in(world: World, day: date) -> None:
    """Load a day of the company and let it through the gate."""
    _require(world.load(BUILT))
    let_through(world, BUILT, day)


def let_through(world: World, company: str, day: date, *, judged: bool = True) -> None:
    """Accept what waits of a company, judged by the gate or not, which takes longer than the load."""
    start_server()
    ((batch,),) = world.query("select max(batch_id) from ops.batches where company_id = %s", [company])
    if judged:
        judge(company, day, batch, "chaos")
    accept(batch)


def _undisturbed(world: World, day: date, pace: Pace, *, publish: bool = True) -> None:
    done = world.start("benchmarks.chaos.chain", BUILT, str(day)).outcome()
    _require(done)
    pace.build_lines = done.output.count("\n")
    if publish:
        start_server()
        with Proxy(embedded.server().port) as proxy:
            _require(world.start("warehouse", "publish", port=proxy.port).outcome())
            pace.publish_messages = proxy.sent_messages


def _require(done: Outcome) -> None:
    if done.code:
        raise RuntimeError(f"what nobody struck ended with {done.code}:\n{done.output[-3000:]}")


def _strike_build(world: World, point: Point, day: date, pace: Pace) -> Result:
    result, draw = Result(point), point.draw()
    program = world.start("benchmarks.chaos.chain", BUILT, str(day))
    if program.wait_for_line(int(draw.random() * pace.build_lines)):
        result.where = UNSTRUCK
    else:
        statements = world.at_work(Role.TRANSFORMER)
        where = " ".join(statements[0][1].split())[-60:] if statements else "no connection"
        result.where = where if _blow(world, point.kind, program) else UNSTRUCK
    _note(result, program.outcome())
    return result


def _strike_publication(world: World, point: Point, pace: Pace) -> Result:
    result, draw = Result(point), point.draw()
    started = threading.Event()

    def strike() -> None:
        started.wait()
        statements = world.at_work(Role.TRANSFORMER)
        where = " ".join(statements[0][1].split())[:60] if statements else "no connection"
        is_cut = point.kind.startswith("connection")
        result.where = where if (proxy.cut() if is_cut else _blow(world, point.kind, program)) else UNSTRUCK

    start_server()
    with Proxy(embedded.server().port, None, 1 + int(draw.random() * pace.publish_messages), strike) as proxy:
        program = world.start("warehouse", "publish", port=proxy.port)
        started.set()
        done = program.outcome()
    result.where = result.where or UNSTRUCK
    _note(result, done)
    return result


def _note(result: Result, done: Outcome) -> None:
    require_message(result, done)
    result.memory_mib = done.memory_mib
    result.said = " | ".join(done.output.strip().splitlines()[-1:])[-300:]


def _blow(world: World, kind: str, program: Program) -> bool:
    """Strike, and tell whether anything was hit."""
    if kind == "kill -9 of dbt":
        # What a shell or a worker started is killed with all that it started.
        killed = [_kill(child) for child in _children(program)]
        return any(killed)
    if kind.startswith("kill -9 of the"):
        return program.kill()
    if kind.startswith("kill -9 of PostgreSQL"):
        return world.kill_postgres()
    return end_backends(world, Role.TRANSFORMER, kill=kind.startswith("kill -9 of one backend"))


def _kill(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)
        return True
    return False


def _children(program: Program) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        found = psutil.Process(program.process.pid).children(recursive=True)
        return [child for child in found if "dbt" in " ".join(child.cmdline())]
    return []
