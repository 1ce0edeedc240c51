"""Points of the fault harness: the same seed strikes at the same places, and no kind of fault is left out."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from benchmarks.chaos.__main__ import main
from benchmarks.chaos.points import Result, draw_points
from benchmarks.chaos.report import table
from benchmarks.chaos.run import KINDS


def test_the_same_seed_draws_the_same_points() -> None:
    first, again, other = (draw_points(300, seed, KINDS) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert [point.draw().random() for point in first] == [point.draw().random() for point in again]
    assert len({point.name for point in first}) == len({point.draw().random() for point in first}) == 300


def test_three_hundred_points_have_every_kind_of_fault() -> None:
    points = draw_points(300, 1, KINDS)
    kinds = Counter((point.group, point.kind) for point in points)
    every = {(group, kind) for group in KINDS if group != "stack" for kind in KINDS[group]}
    assert every <= kinds.keys()
    assert Counter(point.group for point in points)["stack"] == 3


@pytest.mark.parametrize("count", [5, 6, 7, 30])
def test_small_draws_have_every_group(count: int) -> None:
    for kinds in (KINDS, dict(reversed(KINDS.items()))):
        points = draw_points(count, 1, kinds)
        assert len(points) == count
        assert {point.group for point in points} == KINDS.keys()


def test_fewer_points_than_groups_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chaos", "--points", "1", "--groups", "load", "build"])
    with pytest.raises(SystemExit):
        main()
    assert "1 points for 2 groups (load, build): each of them has at least one" in capsys.readouterr().err


def test_what_differs_is_a_violation() -> None:
    (point,) = draw_points(1, 1, {"load": ["kill -9 of the loader"]})
    assert not Result(point, hash_equal=True).is_violated
    for violated in (Result(point, lost=1), Result(point, doubled=1), Result(point, hash_equal=False)):
        assert violated.is_violated
    assert Result(point, problems=["a traceback"]).is_violated
    assert "0/1" in table([Result(point, lost=1, hash_equal=False)])
