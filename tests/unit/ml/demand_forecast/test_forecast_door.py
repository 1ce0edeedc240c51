"""The command line on files: what it writes, prints and refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast.engine import DECILE_NAMES

COLUMNS = ["unique_id", "cutoff", "ds", "step", "y", "mean", *DECILE_NAMES]
Door = Callable[..., int]


def frame_of(freq: str, length: int, series: int = 12) -> pd.DataFrame:
    dates, draw = pd.date_range("2021-01-01", periods=length, freq=freq), np.random.default_rng(4)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:02d}" for number in range(series)], length),
            "ds": np.tile(dates, series),
            "y": draw.poisson(9, series * length).astype(float),
        }
    )


def with_driver(frame: pd.DataFrame, ahead: int) -> pd.DataFrame:
    future = pd.date_range(frame["ds"].max(), periods=ahead + 1, freq="W-FRI")[1:]
    rows = pd.DataFrame([(name, day, np.nan) for name in frame["unique_id"].unique() for day in future])
    rows.columns = frame.columns
    return pd.concat([frame, rows.astype({"y": float})]).assign(x_price=2.5)


def test_backtest_writes_every_series_and_step_and_prints_the_figures_beside_peers(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--freq", "W-FRI", "--horizon", "4", "--season", "52", "--cutoffs", "2", "--step", "3")
    assert door("backtest", frame_of("W-FRI", 70), *options, "--peers", "seasonal_naive,tsb,lightgbm") == 0
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert found.columns.tolist() == COLUMNS
    assert len(found) == 12 * 4 * 2
    assert sorted(found["cutoff"].unique()) == sorted(pd.date_range("2021-01-01", periods=70, freq="W-FRI")[[62, 65]])
    assert (found["ds"] == found["cutoff"] + pd.to_timedelta(7 * found["step"], unit="D")).all()
    assert found.notna().all(axis=None)
    printed = capsys.readouterr().out
    for name in ("engine", "seasonal_naive", "tsb", "lightgbm", "wql", "mase", "series/s", "peak MiB", "q90"):
        assert name in printed


@pytest.mark.parametrize(
    ("freq", "length", "season"),
    [
        pytest.param("D", 90, "7", id="daily"),
        pytest.param("MS", 40, "12", id="monthly"),
        pytest.param("7D", 60, "52", id="seven-days"),
        pytest.param("W-WED", 3, "52", id="three-points"),
    ],
)
def test_forecast_of_any_period(door: Door, tmp_path: Path, freq: str, length: int, season: str) -> None:
    frame = frame_of(freq, length)
    assert door("forecast", frame, "--freq", freq, "--horizon", "5", "--season", season, name="in.csv") == 0
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert len(found) == 12 * 5
    future = pd.date_range(frame["ds"].max(), periods=6, freq=freq)[1:]
    assert sorted(found["ds"].unique()) == sorted(future)
    assert found["mean"].mean() == pytest.approx(9, rel=0.2)
    assert (np.diff(found[DECILE_NAMES], axis=1) >= 0).all()


def test_drivers_must_be_known_over_the_horizon(door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = frame_of("W-FRI", 60)
    options = ("--freq", "W-FRI", "--horizon", "4")
    assert door("forecast", with_driver(frame, 2), *options) == 1
    message = capsys.readouterr().err
    assert "x_price is not known for 2022-03-11, 2022-03-18" in message
    assert "rename the column to p_price" in message
    assert not (tmp_path / "out.parquet").exists()
    assert door("forecast", with_driver(frame, 4), *options) == 0
    assert pd.read_parquet(tmp_path / "out.parquet")["ds"].min() == pd.Timestamp("2022-02-25")


def broken(**changes: object) -> pd.DataFrame:
    return frame_of("W-FRI", 30).astype({"ds": object, "y": object}).assign(**changes)


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        pytest.param(frame_of("W-FRI", 30).drop(columns="y"), (), "has no column y", id="no-y"),
        pytest.param(broken(ds="soon"), (), "ds is no date in row 1, 2, 3 and 357 more: 'soon'", id="no-date"),
        pytest.param(broken(y="many"), (), "y is no number in row 1, 2, 3", id="no-number"),
        pytest.param(
            broken(x_price="high"), (), "x_price is no number in row 1, 2, 3 and 357 more: 'high'", id="driver-is-text"
        ),
        pytest.param(broken(x_price=np.inf), (), "x_price is infinite in row 1, 2, 3", id="driver-is-infinite"),
        pytest.param(broken(p_stockout_days=-1), (), "p_stockout_days is below 0 in row 1", id="days-below-0"),
        pytest.param(broken(ds=20240105), (), "ds holds numbers such as 20240105: write dates as", id="date-is-number"),
        pytest.param(frame_of("W-FRI", 30), ("--freq", "W-MON"), "begin on a Friday are W-FRI", id="other-weekday"),
        pytest.param(frame_of("W-FRI", 30), ("--freq", "hourly"), "use W-MON", id="unknown-period"),
        pytest.param(frame_of("W-FRI", 30), ("--cutoffs", "9"), "need 125 periods, the frame has 30", id="too-short"),
        pytest.param(pd.concat([frame_of("W-FRI", 30)] * 2), (), "twice", id="twice"),
        pytest.param(frame_of("W-FRI", 30).assign(y=np.nan), (), "no demand history", id="no-demand"),
    ],
)
def test_what_cannot_be_forecast_is_refused_with_its_place(
    door: Door, capsys: pytest.CaptureFixture[str], frame: pd.DataFrame, options: tuple[str, ...], message: str
) -> None:
    standard = ("--freq", "W-FRI") if "--freq" not in options else ()
    assert door("backtest", frame, *standard, *options, name="in.csv") == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--horizon", "0"), ("--peers", "oracle"), ("--cutoff", "soon")])
def test_options_that_mean_nothing_are_refused(door: Door, options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        door("backtest", frame_of("W-FRI", 30), *options)
