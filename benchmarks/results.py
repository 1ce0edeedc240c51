"""What a benchmark reports, as a table and as build/bench.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What was measured.
        value: What was measured: the median where it was repeated.
        unit: Unit of value and of the peer's value.
        peer: What ran beside it, with its own value; empty without one.
        ratio: value ÷ the peer's value; None without a peer.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    ratio: float | None = None


def write(figures: Sequence[Figure], path: Path) -> None:
    """Print the figures as a table and write them to path."""
    width = max(len(figure.name) for figure in figures)
    print(f"{'name':<{width}}  {'value':>12}  {'unit':<7} {'ratio':>7}  peer")
    for figure in figures:
        ratio = f"{figure.ratio:7.2f}" if figure.ratio is not None else " " * 7
        print(f"{figure.name:<{width}}  {figure.value:>12,.1f}  {figure.unit:<7} {ratio}  {figure.peer}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
