"""Files that are damaged, misnamed or hostile: what the loader makes of each, and what is left when they are mended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchmarks.chaos import load_faults
from benchmarks.chaos.delivered import Spoiled
from benchmarks.chaos.hostile import KINDS
from benchmarks.chaos.points import Point, Result
from benchmarks.chaos.world import Outcome, World

# A load without any fault stays below 300 MiB; the limit of DuckDB alone is 400.
MAX_MEMORY_MIB = 800
MAX_SECONDS = 120


@dataclass(frozen=True)
class Traces:
    """What a load left of one file."""

    statuses: set[str]
    messages: str
    rows: int


def strike_files(world: World, point: Point) -> Result:
    """Deliver a spoiled file, look at what the loader makes of it, deliver the good one and load again."""
    result, draw = Result(point), point.draw()
    kind = KINDS[point.kind]
    folder = world.found(point.name)
    if kind.after_a_load and (first := world.load(point.name)).code:
        result.problems.append(f"the first load ended with {first.code}")
    spoiled = kind.spoil(folder, draw)
    result.where = spoiled.name
    done = world.load(point.name)
    result.memory_mib, result.said = done.memory_mib, _said(world, point.name, spoiled)
    _judge(world, result, spoiled, done)
    if kind.is_mended:
        world.restore(point.name)
    load_faults.recover(world, result)
    return result


def _judge(world: World, result: Result, spoiled: Spoiled, done: Outcome) -> None:
    load_faults.require_message(result, done)
    traces = _traces(world, result.point.name, spoiled)
    if spoiled.status not in traces.statuses and (spoiled.status, traces.statuses) != ("ignored", set()):
        result.problems.append(f"{spoiled.name} is {traces.statuses or 'ignored'} and not {spoiled.status}")
    if not re.search(spoiled.message, traces.messages):
        result.problems.append(f"its message is {traces.messages!r} and not {spoiled.message!r}")
    if (done.code == 1) != (spoiled.status == "refused"):
        result.problems.append(f"the load ended with {done.code}")
    if spoiled.status == "refused" and traces.rows:
        result.problems.append(f"{traces.rows} rows of a refused file are in raw")
    if done.memory_mib > MAX_MEMORY_MIB:
        result.problems.append(f"the load took {done.memory_mib:.0f} MiB")
    if done.seconds > MAX_SECONDS:
        result.problems.append(f"the load took {done.seconds:.0f} s")
    if spoiled.texts and not set(spoiled.texts) <= _names(world, result.point.name):
        result.problems.append(f"not every one of {spoiled.texts} is in raw as it was delivered")


def _traces(world: World, company: str, spoiled: Spoiled) -> Traces:
    entries = world.query(
        "select status, coalesce(message, '') from ops.load_ledger where company_id = %s and source_file = %s",
        [company, spoiled.name],
    )
    rows = world.query(
        f"select count(*) from raw.{spoiled.entity} where company_id = %s and _source_file = %s",
        [company, spoiled.name],
    )
    return Traces({status for status, _ in entries}, " ".join(text for _, text in entries), rows[0][0])


def _said(world: World, company: str, spoiled: Spoiled) -> str:
    traces = _traces(world, company, spoiled)
    return f"{', '.join(sorted(traces.statuses)) or 'ignored'}: {traces.messages}"


def _names(world: World, company: str) -> set[str]:
    return {name for (name,) in world.query("select product_name from raw.products where company_id = %s", [company])}
