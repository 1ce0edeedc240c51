"""Landing zone of the fictitious company: the same bytes each time, never half of it, and clear refusals."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samples.__main__ import INTERRUPTED, main
from samples.landing import LandingError
from samples.synth import landing
from samples.synth.arrays import Rows
from samples.synth.landing import generate
from samples.synth.openrows import OpenRows
from samples.synth.plan import Plan, SynthError

SMALL = Plan(places=3, skus=12, years=0.25, seed=5)
PROJECT = Path(__file__).parents[3]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "synth"
    assert generate(folder, SMALL)
    return folder


def test_the_same_seed_writes_the_same_bytes(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", SMALL)
    first = digests(small)
    assert len(first) > 91
    assert digests(tmp_path / "again") == first


def test_another_seed_writes_other_sales(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "other", Plan(SMALL.places, SMALL.skus, SMALL.years, SMALL.seed + 1))
    other, first = digests(tmp_path / "other"), digests(small)
    sales = [name for name in first if name.startswith("pos/sales")]
    assert len(sales) == 91
    assert all(other[name] != first[name] for name in sales)


@pytest.mark.parametrize("plan", [SMALL, None], ids=["the same sizes", "no sizes"])
def test_a_second_call_writes_nothing(small: Path, plan: Plan | None) -> None:
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*")}
    assert not generate(small, plan)
    assert {path: path.stat().st_mtime_ns for path in small.rglob("*")} == before


def test_another_company_is_never_replaced(small: Path) -> None:
    before = digests(small)
    with pytest.raises(LandingError, match="another company"):
        generate(small, Plan(SMALL.places, SMALL.skus, SMALL.years, SMALL.seed + 1))
    assert digests(small) == before


def test_foreign_files_are_refused_by_the_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "own.csv").write_text("a\n")
    assert main(["synth", "--out", str(tmp_path)]) == 2
    assert "did not write" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


def test_an_interrupted_run_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = landing.write_company

    def interrupted(plan: Plan, folder: Path, progress: object) -> None:
        def stop(line: str) -> None:
            if line.startswith("week"):
                assert list(folder.glob("pos/sales_*"))
                raise KeyboardInterrupt

        whole(plan, folder, stop)

    monkeypatch.setattr(landing, "write_company", interrupted)
    assert main(["synth", "--out", str(tmp_path / "synth"), "--skus", "12", "--years", "0.25"]) == INTERRUPTED
    assert "interrupted" in caplog.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("places", 0), ("places", 2), ("places", 10_000), ("skus", -1), ("skus", 11), ("years", 0), ("years", -1)]
    + [("years", 26), ("years", float("nan")), ("years", float("inf")), ("seed", -1)],
)
def test_a_size_out_of_range_is_named(option: str, value: float) -> None:
    sizes = {"places": 3, "skus": 12, "years": 1.0, "seed": 1} | {option: value}
    with pytest.raises(SynthError, match=f"--{option} is {value:g}"):
        Plan(**sizes)


def test_a_wrong_size_ends_the_command(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["synth", "--out", str(tmp_path / "synth"), "--places", "1"]) == 2
    assert "--places is 1" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_too_small_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1_000))
    with pytest.raises(LandingError, match="choose smaller sizes"):
        generate(tmp_path / "synth", SMALL)
    assert list(tmp_path.iterdir()) == []


def peak_kilobytes(out: Path, years: float) -> int:
    """Write a company in a process of its own and return the most memory it had."""
    code = (
        "import resource, sys; from samples.__main__ import main; assert main(sys.argv[1:]) == 0; "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    sizes = ["--places", "40", "--skus", "400", "--years", str(years)]
    done = subprocess.run(
        [sys.executable, "-c", code, "synth", "--out", str(out), *sizes],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.splitlines()[-1])


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    short, long = peak_kilobytes(tmp_path / "short", 0.25), peak_kilobytes(tmp_path / "long", 1.5)
    written = sum(path.stat().st_size for path in (tmp_path / "long").rglob("*") if path.is_file())
    assert written > 60_000_000
    assert long - short < 40_000


def test_closed_rows_are_forgotten_with_their_week() -> None:
    rows = OpenRows()
    rows.add({"opened": np.array([1, 2, 9]), "closed": np.array([3, 8, 20]), "name": np.array([1, 2, 3])})

    def names(found: Rows | None) -> list[int] | None:
        return None if found is None else found["name"].tolist()

    assert names(rows.closing(8)) == [2]
    assert names(rows.changed(0, 6)) == [1, 2]
    assert names(rows.closing(3)) is None
    assert names(rows.changed(7, 13)) == [2, 3]
    assert names(rows.changed(14, 19)) is None
    assert names(rows.changed(20, 26)) == [3]
    assert names(rows.changed(27, 33)) is None


def test_promotions_are_told_five_weeks_ahead(small: Path) -> None:
    """Each week's promotions come in the file of five Mondays before, those of the first six weeks in the first one."""
    files = sorted(small.glob("pos/promotions_*.csv"))
    told = pd.concat([pd.read_csv(path).assign(day=path.stem.removeprefix("promotions_")) for path in files])
    lead = (pd.to_datetime(told["START_DT"]) - pd.to_datetime(told["day"])).dt.days
    is_first = told["day"] == min(told["day"])
    first_monday = min(path.stem[-10:] for path in small.glob("pos/sales_*.parquet"))
    assert min(told["day"]) == first_monday
    assert lead[is_first].between(0, 35).all()
    assert set(lead[~is_first]) == {35}
    sold = pd.concat([pd.read_parquet(path, columns=["PROMO_ID"]) for path in small.glob("pos/sales_*.parquet")])
    assert set(sold["PROMO_ID"].dropna()) <= set(told["PROMO_ID"])
