"""Series with known truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import panel
from ml.demand_forecast.__main__ import COMMANDS
from ml.demand_forecast.panel import Panel

WEEKS = 60


def long_frame(series: dict[str, list[float]]) -> pd.DataFrame:
    """Lay series out as a long frame; shorter ones begin later, so that all end in the same week."""
    length = max(map(len, series.values()))
    weeks = pd.date_range("2023-01-02", periods=length, freq="W-MON")
    parts = [
        pd.DataFrame({"unique_id": name, "ds": weeks[length - len(values) :], "y": np.array(values, dtype=float)})
        for name, values in series.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def make_panel() -> Callable[[dict[str, list[float]]], Panel]:
    """Build a panel from lists of weekly demand."""
    return lambda series: panel.build(long_frame(series))


@pytest.fixture(scope="session")
def market() -> pd.DataFrame:
    """A small market: 60 series of Poisson demand, dense and rare, with two categories."""
    draw = np.random.default_rng(11)
    rates = np.concatenate([draw.uniform(5, 40, 30), draw.uniform(0.1, 0.9, 30)])
    frame = long_frame({f"p{number:02d}": draw.poisson(rate, WEEKS).tolist() for number, rate in enumerate(rates)})
    return frame.assign(s_category_1=np.where(frame["unique_id"] < "p30", "dense", "rare"))


@pytest.fixture
def door(program: Callable[..., int], tmp_path: Path) -> Callable[..., int]:
    """Write a frame, and run a command on it."""

    def call(command: str, frame: pd.DataFrame, *options: str, name: str = "in.parquet") -> int:
        path = tmp_path / name
        frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
        arguments = [command, "--frame", str(path), "--out", str(tmp_path / "out.parquet"), *options]
        return program("ml.demand_forecast", COMMANDS, *arguments)

    return call
