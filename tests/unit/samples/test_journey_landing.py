"""Landing zone: the same bytes each time, a prefix for an earlier day, never half of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from samples.__main__ import main
from samples.journey.landing import LandingError, generate
from samples.journey.source import SourceMissingError


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".sample.json"
    }


def test_two_runs_write_the_same_bytes(landing: Any, make_landing: Callable[..., Any], tmp_path: Path) -> None:
    again = make_landing(tmp_path / "journey")
    assert digests(again.folder) == digests(landing.folder)
    assert again.truth == landing.truth


def test_an_earlier_last_day_gives_the_same_files_up_to_it(
    landing: Any, make_landing: Callable[..., Any], tmp_path: Path
) -> None:
    shorter = digests(make_landing(tmp_path / "journey", date(2017, 2, 7)).folder)
    longer = digests(landing.folder)
    assert shorter == {name: longer[name] for name in shorter}
    dates = {name.split(".")[0][-10:] for name in longer if "codes" not in name}
    assert {day for day in dates if day <= "2017-02-07"} == {n.split(".")[0][-10:] for n in shorter if "codes" not in n}


def test_another_seed_writes_another_erp_and_the_same_sales(landing: Any, real_data: Path, tmp_path: Path) -> None:
    generate(tmp_path / "journey", tmp_path / "truth.json", landing.seed + 1, date(2017, 1, 20), landing.products)
    other, first = digests(tmp_path / "journey"), digests(landing.folder)
    sales = [name for name in other if name.startswith("pos/") or name.startswith("crm/")]
    assert len(sales) > 20
    assert {name: other[name] for name in sales} == {name: first[name] for name in sales}
    movements = "erp/stock_movements_2017-01-09.csv.gz"
    assert other[movements] != first[movements]


def test_a_second_call_writes_nothing(landing: Any) -> None:
    before = {path: path.stat().st_mtime_ns for path in landing.folder.rglob("*")}
    written = generate(
        landing.folder, landing.folder.parent / "truth.json", landing.seed, landing.through, landing.products
    )
    assert not written
    assert {path: path.stat().st_mtime_ns for path in landing.folder.rglob("*")} == before


def test_an_interrupted_run_leaves_the_former_landing_zone(
    landing: Any, make_landing: Callable[..., Any], tmp_path: Path
) -> None:
    standing = make_landing(tmp_path / "journey", date(2017, 1, 5))
    before = digests(standing.folder)

    def interrupt(line: str) -> None:
        if line.startswith("write pos"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(standing.folder, tmp_path / "truth.json", landing.seed, date(2017, 1, 6), landing.products, interrupt)
    assert digests(standing.folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journey", "truth.json"]


def test_foreign_files_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("a\n1\n")
    with pytest.raises(LandingError, match="did not write"):
        generate(tmp_path, tmp_path.parent / "truth.json")
    assert (tmp_path / "own.csv").exists()


def test_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SourceMissingError, match="extra 'demo'"):
        generate(tmp_path / "journey", tmp_path / "truth.json")
    assert list(tmp_path.iterdir()) == []


def test_a_day_outside_the_data_ends_with_a_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["journey", "--out", str(tmp_path / "journey"), "--through", "2018-01-05"]) == 2
    assert "2017-01-01 to 2017-12-31" in caplog.text
    assert not (tmp_path / "journey").exists()
