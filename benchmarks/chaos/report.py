"""What a run of points shows: a line per point, a table by kind of fault, and everything needed to repeat a point."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.chaos.points import UNSTRUCK, Result


def show(result: Result) -> None:
    """Print what became of one point."""
    verdict = "VIOLATED" if result.is_violated else "ok"
    print(f"{result.point.name}  {verdict:<8}  {result.point.kind}: {result.where}  [{result.said[:150]}]", flush=True)
    for problem in result.problems:
        print(f"           {problem}", flush=True)


def table(results: Sequence[Result]) -> str:
    """Return the table by kind of fault."""
    lines = [
        f"{'kind of fault':<50} {'points':>6} {'struck':>6} {'recovered':>9} {'lost':>5} {'doubled':>7} "
        f"{'marts equal':>11} {'MiB':>5}"
    ]
    for kind in dict.fromkeys(result.point.kind for result in results):
        found = [result for result in results if result.point.kind == kind]
        struck = sum(result.where != UNSTRUCK for result in found)
        recovered = sum(not result.problems for result in found)
        equal = sum(result.hash_equal is True for result in found)
        lines.append(
            f"{kind:<50} {len(found):>6} {struck:>6} {recovered:>9} {sum(r.lost for r in found):>5} "
            f"{sum(r.doubled for r in found):>7} {f'{equal}/{len(found)}':>11} {max(r.memory_mib for r in found):>5.0f}"
        )
    return "\n".join(lines)


def write(results: Sequence[Result], path: Path) -> None:
    """Write every point with all that is known of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False) + "\n")


def summary(results: Sequence[Result], count: int, seed: int) -> int:
    """Print the table and how to repeat what is violated, and return the exit code."""
    print(table(results))
    violated = [result for result in results if result.is_violated]
    lost, doubled = sum(result.lost for result in results), sum(result.doubled for result in results)
    print(f"{len(results)} points, {lost} rows lost, {doubled} doubled, {len(violated)} points violated")
    for result in violated:
        print(f"violated: {result.point.name}, {result.point.kind}, struck at {result.where}: {result.problems}")
        print(f"  again: python -m benchmarks.chaos --points {count} --seed {seed} --only {result.point.name}")
    return 1 if violated else 0
