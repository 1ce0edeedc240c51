"""Faults that strike a load: programs killed, connections lost, disks full."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from benchmarks.chaos.disks import file_limit
from benchmarks.chaos.points import UNSTRUCK, Point, Result
from benchmarks.chaos.proxy import Proxy
from benchmarks.chaos.world import CLEAN, Outcome, Program, World
from warehouse import embedded
from warehouse.connection import Role, embedded_url

KINDS = (
    "kill -9 of the loader",
    "kill -9 of the loader, any moment",
    "kill -9 of PostgreSQL",
    "kill -9 of PostgreSQL, any moment",
    "kill -9 of one backend",
    "backend terminated",
    "connection dropped",
    "disk of PostgreSQL full",
    "disk of the loader full",
)
AGAIN = ("kill -9 of the loader", "kill -9 of PostgreSQL", "kill -9 of one backend", "connection dropped")
SECOND_STRIKE = 0.25


@dataclass(frozen=True)
class Pace:
    """What a load that nobody struck took."""

    seconds: float
    sent_bytes: int
    sent_messages: int


def load_clean(world: World) -> Pace:
    """Load the company that nobody strikes and return what it took."""
    world.found(CLEAN)
    with Proxy(embedded.server().port) as proxy:
        done = world.start("ingest", "load", "--company", CLEAN, port=proxy.port).outcome()
        if done.code:
            raise RuntimeError(f"the clean load failed:\n{done.output}")
        return Pace(done.seconds, proxy.sent_bytes, proxy.sent_messages)


def strike_load(world: World, point: Point, pace: Pace) -> Result:
    """Strike a load, sometimes its repetition too, then load as a person would."""
    draw, result = point.draw(), Result(point)
    world.found(point.name)
    kinds = [point.kind, *([draw.choice(AGAIN)] if draw.random() < SECOND_STRIKE else [])]
    for kind in kinds:
        where, done = _strike(world, point.name, kind, draw, pace)
        result.where = result.where or where
        result.memory_mib = max(result.memory_mib, done.memory_mib)
        result.said = result.said or _end(done, 1)
        require_message(result, done)
    recover(world, result)
    return result


def recover(world: World, result: Result) -> None:
    """Load once more, undisturbed, as a person would."""
    done = world.load(result.point.name)
    require_message(result, done)
    if done.code:
        result.problems.append(f"the repeated load ended with {done.code}: {_end(done)}")
    if left := [path.name for path in world.scratch_disk.folder.iterdir()]:
        result.problems.append(f"left in the scratch folder: {', '.join(left)}")


def require_message(result: Result, done: Outcome) -> None:
    """Note a traceback, or a failure that says nothing."""
    if "Traceback" in done.output:
        result.problems.append(f"a traceback: {_end(done)}")
    if done.code > 0 and "error:" not in done.output and "Refused files" not in done.output:
        result.problems.append(f"no message: {_end(done)}")


def _end(done: Outcome, lines: int = 6) -> str:
    return " | ".join(done.output.strip().splitlines()[-lines:])[-900:]


def _strike(world: World, company: str, kind: str, draw: random.Random, pace: Pace) -> tuple[str, Outcome]:
    arguments = ("ingest", "load", "--company", company)
    if kind == "disk of the loader full":
        return _fill_scratch(world, arguments, draw)
    if kind.endswith("any moment"):
        program = world.start(*arguments)
        if program.wait(draw.random() * pace.seconds):
            return UNSTRUCK, program.outcome()
        where = _under_way(world)
        is_struck = _blow(world, kind.removesuffix(", any moment"), program, None)
        return (where if is_struck else UNSTRUCK), program.outcome()
    return _strike_at_place(world, arguments, kind, draw, pace)


def _strike_at_place(
    world: World, arguments: tuple[str, ...], kind: str, draw: random.Random, pace: Pace
) -> tuple[str, Outcome]:
    """Strike at a place in what the loader sends: by bytes mostly within long files, by messages anywhere."""
    seen: list[str] = []
    started = threading.Event()

    def strike() -> None:
        started.wait()
        where = _under_way(world)
        if _blow(world, kind, program, proxy, draw):
            seen.append(where)

    share, by_bytes = draw.random(), draw.random() < 0.5
    at_byte = int(share * pace.sent_bytes) if by_bytes else None
    at_message = None if by_bytes else 1 + int(share * pace.sent_messages)
    with Proxy(embedded.server().port, at_byte, at_message, strike) as proxy:
        program = world.start(*arguments, port=proxy.port)
        started.set()
        done = program.outcome()
    world.server_disk.widen()
    is_struck = seen and (done.code or "disk" not in kind)
    return (seen[0] if is_struck else UNSTRUCK), done


def _fill_scratch(world: World, arguments: tuple[str, ...], draw: random.Random) -> tuple[str, Outcome]:
    room = draw.randrange(8) << 12
    if world.scratch_disk.is_own:
        world.scratch_disk.fill(room)
        done = world.start(*arguments).outcome()
        world.scratch_disk.widen()
    else:
        done = world.start(*arguments, prepare=file_limit(room)).outcome()
    return (f"{room >> 10} KiB of room" if done.code else UNSTRUCK), done


def _under_way(world: World) -> str:
    statements = world.at_work(Role.LOADER)
    return " ".join(statements[0][1].split())[:45] if statements else "no connection"


def _blow(world: World, kind: str, program: Program, proxy: Proxy | None, draw: random.Random | None = None) -> bool:
    """Strike, and tell whether anything was hit."""
    blows: dict[str, Callable[[], bool]] = {
        "kill -9 of the loader": program.kill,
        "kill -9 of PostgreSQL": world.kill_postgres,
        "kill -9 of one backend": lambda: end_backends(world, Role.LOADER, kill=True),
        "backend terminated": lambda: end_backends(world, Role.LOADER, kill=False),
        "connection dropped": lambda: proxy is not None and proxy.cut(),
        "disk of PostgreSQL full": lambda: world.server_disk.fill((draw or random).randrange(1 << 18)),
    }
    return blows[kind]()


def end_backends(world: World, role: Role, *, kill: bool) -> bool:
    """End the server's processes behind the connections of a role, and tell whether there was one."""
    ended = []
    for pid, _ in world.at_work(role):
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                # The server ends the others itself.
                return True
            continue
        with psycopg.connect(embedded_url("postgres")) as connection:
            ended += connection.execute("select pg_terminate_backend(%s)", [pid]).fetchall()
    return (True,) in ended
