"""Points: which fault strikes where, drawn from a seed, so that each can be repeated alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

# The program had ended, needed no more room than there was, or had nothing of the kind to strike.
UNSTRUCK = "after its end"


@dataclass(frozen=True)
class Point:
    """One fault at one place.

    Attributes:
        number: Its number within the draw.
        group: ``load``, ``file``, ``build``, ``publish`` or ``stack``.
        kind: The fault.
        seed: Seed of the draw.
    """

    number: int
    group: str
    kind: str
    seed: int

    @property
    def name(self) -> str:
        """Name to repeat it by; of points of loads and files also the company that is struck."""
        return f"chaos_{self.number:03}"

    def draw(self) -> random.Random:
        """Return the numbers that decide on the details of this point, always the same."""
        return random.Random(f"{self.seed}/{self.number}/{self.kind}")


@dataclass
class Result:
    """What became of a point.

    Attributes:
        point: The point.
        where: What was under way when it struck.
        lost: Rows that the clean run has and this one has not.
        doubled: Rows that this one has and the clean run has not.
        hash_equal: Whether all marts are equal to those of the clean run; None until they were compared.
        problems: What went otherwise than it must.
        memory_mib: Peak memory of the program that was struck.
        said: The last line that the program wrote: what a person sees.
    """

    point: Point
    where: str = ""
    lost: int = 0
    doubled: int = 0
    hash_equal: bool | None = None
    problems: list[str] = field(default_factory=list)
    memory_mib: float = 0.0
    said: str = ""

    @property
    def is_violated(self) -> bool:
        """Whether anything that must hold does not."""
        return bool(self.problems or self.lost or self.doubled or self.hash_equal is False)


# Of a hundred points; a run through Airflow takes minutes.
SHARES = {"load": 62, "file": 24, "build": 8, "publish": 5, "stack": 1}


def draw_points(count: int, seed: int, kinds: dict[str, Sequence[str]]) -> list[Point]:
    """Return points of every group that has kinds, in the order of their numbers.

    Args:
        count: How many.
        seed: The same seed gives the same points.
        kinds: Faults by group; every one has its turn before any comes again.

    Raises:
        ValueError: there are fewer points than groups.
    """
    shares = {group: SHARES[group] for group in kinds if kinds[group]}
    if count < len(shares):
        raise ValueError(
            f"{count} points for {len(shares)} groups ({', '.join(shares)}): each of them has at least one"
        )
    total = sum(shares.values())
    numbers = {group: max(1, count * share // total) for group, share in shares.items()}
    # The largest group takes what division leaves over, and gives what others have for nothing.
    numbers[max(numbers, key=numbers.__getitem__)] += count - sum(numbers.values())
    points: list[Point] = []
    for group, number in numbers.items():
        order: list[str] = []
        draw = random.Random(f"{seed}/{group}")
        while len(order) < number:
            order += draw.sample(list(kinds[group]), len(kinds[group]))
        points += [Point(len(points) + n, group, kind, seed) for n, kind in enumerate(order[:number], 1)]
    return points
