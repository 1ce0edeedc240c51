"""Runs points: builds are struck first, then loads and files, company by company; then all marts are compared."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.chaos import build_faults, chain, file_faults, load_faults, reckoning, report, stack_faults
from benchmarks.chaos.hostile import KINDS as FILE_KINDS
from benchmarks.chaos.points import Point, Result
from benchmarks.chaos.shop import LAST_DAY
from benchmarks.chaos.world import CLEAN, World, open_world

# The gate judges the company that nobody struck, and one of so many others.
JUDGED_OF = 20
KINDS: dict[str, Sequence[str]] = {
    "load": load_faults.KINDS,
    "file": tuple(FILE_KINDS),
    "build": build_faults.BUILD_KINDS,
    "publish": build_faults.PUBLISH_KINDS,
    "stack": stack_faults.KINDS,
}


def run(points: Sequence[Point]) -> list[Result]:
    """Strike at every point and return what became of each."""
    results: list[Result] = []
    if any(point.group != "stack" for point in points):
        with open_world() as world:
            results += _run_in_world(world, points)
    if stacked := [point for point in points if point.group == "stack"]:
        results += stack_faults.strike_runs(stacked, report.show)
    return results


def _run_in_world(world: World, points: Sequence[Point]) -> list[Result]:
    pace = load_faults.load_clean(world)
    build_faults.let_through(world, CLEAN, LAST_DAY)
    started = time.monotonic()
    chain.build_first(CLEAN, LAST_DAY)
    print(
        f"An undisturbed load took {pace.seconds:.1f} s, a whole build {time.monotonic() - started:.0f} s", flush=True
    )
    results: list[Result] = []
    if built := [point for point in points if point.group in ("build", "publish")]:
        results += build_faults.strike_builds(world, built, report.show)
    companies: list[Result] = []
    for point in points:
        if point.group in ("load", "file"):
            is_file = point.group == "file"
            result = file_faults.strike_files(world, point) if is_file else load_faults.strike_load(world, point, pace)
            report.show(result)
            companies.append(result)
    if companies:
        _compare(world, companies)
    return results + companies


def _compare(world: World, results: Sequence[Result]) -> None:
    """Let every company through the gate, build and publish all of them, and hold each against the clean one."""
    _compare_raw(world, results)
    names = [result.point.name for result in results]
    for number, name in enumerate(names):
        build_faults.let_through(world, name, LAST_DAY, judged=number % JUDGED_OF == 0)
    chain.build_together(CLEAN, LAST_DAY, names)
    core, marts = reckoning.compare_core(world, names), reckoning.compare_marts(world, names)
    for result in results:
        facts, shown = core[result.point.name], marts[result.point.name]
        result.lost, result.doubled = result.lost + facts.lost, result.doubled + facts.doubled
        result.hash_equal = not shown.tables
        if facts.tables or shown.tables:
            result.problems.append(f"differs in {', '.join(facts.tables + shown.tables)}")


def _compare_raw(world: World, results: Sequence[Result]) -> None:
    """Compare raw, quarantine and ledger where no row of a spoiled file was loaded."""
    for with_file in (True, False):
        chosen = {
            result.point.name: result
            for result in results
            if (kind := FILE_KINDS.get(result.point.kind)) is None and with_file
            or (kind is not None and kind.is_exact and kind.with_file == with_file)
        }  # fmt: skip
        if not chosen:
            continue
        for name, found in reckoning.compare_raw(world, list(chosen), with_file=with_file).items():
            chosen[name].lost, chosen[name].doubled = found.lost, found.doubled
            if found.tables:
                chosen[name].problems.append(f"differs in {', '.join(found.tables)}")
