"""What work costs in a process of its own."""

from __future__ import annotations

import math

from ml.demand_forecast import measured

BALLAST_MIB = 700


def test_the_memory_of_who_asks_does_not_count() -> None:
    ballast = bytearray(BALLAST_MIB << 20)
    # Written to, or it takes no memory.
    ballast[::4096] = b"x" * len(ballast[::4096])
    found = measured.run(math.sqrt, 9.0)
    assert found.result == 3
    assert 5 < found.peak < BALLAST_MIB


def test_the_memory_of_the_work_counts() -> None:
    assert measured.run(bytearray, 200 << 20).peak > 200
