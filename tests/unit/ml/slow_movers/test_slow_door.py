"""``python -m ml.slow_movers backtest`` as a person runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ml.slow_movers.__main__ import COMMANDS

Door = Callable[..., int]
NAMES = {
    "product_id": "item",
    "planning_location_id": "place",
    "week_start_date": "date",
    "closing_on_hand_quantity": "on_hand_quantity",
    "closing_unit_cost": "unit_cost",
    "regular_unit_price": "price",
    "sold_quantity": "sold_quantity",
    "received_quantity": "received_quantity",
}


@pytest.fixture(scope="module")
def file(weekly: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frame") / "stock.parquet"
    weekly[list(NAMES)].rename(columns=NAMES).to_parquet(path, index=False)
    return path


@pytest.fixture
def door(program: Callable[..., int]) -> Door:
    """Judge a frame."""

    def call(frame: Path, out: Path, *options: str) -> int:
        return program("ml.slow_movers", COMMANDS, "backtest", "--frame", str(frame), "--out", str(out), *options)

    return call


def test_backtest_writes_every_stock_and_prints_all_methods(
    door: Door, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "out.csv"
    assert door(file, out, "--lead-days", "14", "--window-days", "42") == 0
    shown = capsys.readouterr().out
    for part in ("engine", "lightgbm", "c_and_z", "PR-AUC", "8 weeks before", "value in top 10 %"):
        assert part in shown
    found = pd.read_csv(out)
    assert not found.duplicated(["item", "place", "as_of_date"]).any()
    assert found[["engine", "lightgbm"]].stack().between(0, 1).all()
    assert pd.to_datetime(found["as_of_date"]).dt.weekday.eq(6).all()
    known = found["on_hand_quantity"] * found["unsold_share"]
    assert (found["unsold_quantity"] - known).abs().max() < 1e-6
    assert (found["is_slow"] == (found["unsold_share"] > 0.5)).all()


def test_without_stock_the_question_is_whether_an_item_sells(door: Door, file: Path, tmp_path: Path) -> None:
    bare = pd.read_parquet(file)[["item", "place", "date", "sold_quantity"]]
    bare.to_parquet(tmp_path / "bare.parquet", index=False)
    options = ("--lead-days", "14", "--window-days", "14")
    assert door(tmp_path / "bare.parquet", tmp_path / "out.parquet", *options) == 0
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert "unsold_quantity" not in found
    ahead = bare.merge(found[["item", "place", "as_of_date", "is_slow"]], on=["item", "place"])
    days = (ahead["date"] - pd.to_datetime(ahead["as_of_date"])).dt.days
    inside = ahead[days.between(15, 28)]
    sold = inside.groupby(["item", "place", "as_of_date"]).agg(sold=("sold_quantity", "sum"), slow=("is_slow", "first"))
    assert (sold["slow"] == (sold["sold"] <= 0)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--window-days", "300"], "whole weeks, at least", id="too-long"),
        pytest.param(["--unsold-share", "0.999", "--window-days", "42"], "cannot be learnt from", id="one-outcome"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    door: Door, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert door(file, tmp_path / "out.csv", *options) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
