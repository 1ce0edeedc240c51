"""What others forecast from the same history: statsforecast and mlforecast, each as it comes."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.demand_forecast import backtest, distributed, measured
from ml.demand_forecast.backend import Backend
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.demand_forecast.panel import Panel

# Central intervals whose ends are the deciles around the median.
LEVELS = (20, 40, 60, 80)
LAGS = range(1, 11)
WINDOWS = 2
# What a method needs of a series: as many periods as its intervals hold back, or as a season has.
CONFORMAL, SEASONAL = "conformal", "seasonal"
RATE = 0.1


@dataclass(frozen=True)
class Answer:
    """Forecasts and what they took.

    Attributes:
        frame: ``unique_id, ds, mean, q10 ... q90``.
        seconds: For the point forecasts where those alone were timed, or for everything.
    """

    frame: pd.DataFrame
    seconds: float


Peer = Callable[[Panel, Setting], Answer]


def _model(name: str, setting: Setting) -> Any:
    from statsforecast import models

    season = setting.season
    return {
        "seasonal_naive": lambda: models.SeasonalNaive(season_length=season, alias="peer"),
        "auto_ets": lambda: models.AutoETS(season_length=season, alias="peer"),
        "theta": lambda: models.Theta(season_length=season, alias="peer"),
        "croston_sba": lambda: models.CrostonSBA(alias="peer"),
        "tsb": lambda: models.TSB(RATE, RATE, alias="peer"),
    }[name]()


def _statistical(name: str, kind: str = "") -> Peer:
    """Return a method of statsforecast, with its own intervals or with conformal ones where it has none."""

    def run(panel: Panel, setting: Setting) -> Answer:
        os.environ.setdefault("NIXTLA_ID_AS_COL", "1")
        from statsforecast import StatsForecast
        from statsforecast.models import HistoricAverage, Naive
        from statsforecast.utils import ConformalIntervals

        frame, horizon = panel.long()[["unique_id", "ds", "y"]], setting.horizon
        started = time.monotonic()
        lengths = frame.groupby("unique_id")["ds"].transform("size").to_numpy()
        # Conformal intervals hold back their windows, a seasonal naive forecast repeats a season.
        needed = {CONFORMAL: WINDOWS * horizon, SEASONAL: setting.season}.get(kind, 0)
        parts = []
        for some, is_long in ((frame[lengths > needed], True), (frame[lengths <= needed], False)):
            if some.empty:
                continue
            model = Naive(alias="peer") if kind == SEASONAL and not is_long else _model(name, setting)
            is_conformal = kind == CONFORMAL and is_long
            engine = StatsForecast([model], freq=panel.freq, n_jobs=-1, fallback_model=HistoricAverage(alias="peer"))
            found = engine.forecast(
                df=some,
                h=horizon,
                level=list(LEVELS) if kind != CONFORMAL or is_long else None,
                prediction_intervals=ConformalIntervals(h=horizon, n_windows=WINDOWS) if is_conformal else None,
            )
            parts.append(_deciles(found, "peer"))
        return Answer(pd.concat(parts, ignore_index=True), time.monotonic() - started)

    return run


def _lightgbm(panel: Panel, setting: Setting) -> Answer:
    """Run mlforecast with LightGBM's defaults and ten lags; timed without intervals, which are found separately."""
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.utils import PredictionIntervals

    frame, ahead = _with_drivers(panel, setting.horizon)
    static = [str(name) for name in panel.static.columns]

    def fitted(**options: Any) -> MLForecast:
        forecaster = MLForecast({"peer": LGBMRegressor(verbosity=-1)}, freq=panel.freq, lags=list(LAGS))
        forecaster.fit(frame, static_features=static, **options)
        return forecaster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        started = time.monotonic()
        point = fitted().predict(setting.horizon, X_df=ahead)
        seconds = time.monotonic() - started
        lengths = frame.groupby("unique_id")["ds"].size()
        if lengths.min() > WINDOWS * setting.horizon + max(LAGS):
            intervals = PredictionIntervals(n_windows=WINDOWS, h=setting.horizon)
            point = fitted(prediction_intervals=intervals).predict(setting.horizon, X_df=ahead, level=list(LEVELS))
    return Answer(_deciles(point, "peer"), seconds)


def _with_drivers(panel: Panel, horizon: int) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the history with static columns and drivers, and the drivers of the future."""
    frame = panel.long()[["unique_id", "ds", "y"]]
    row, column = (
        np.searchsorted(panel.ids, frame["unique_id"].to_numpy(str)),
        panel.periods.get_indexer(pd.DatetimeIndex(frame["ds"])),
    )
    for name in panel.static.columns:
        frame[name] = panel.static[name].astype("category").cat.codes.to_numpy()[row]
    begun = np.flatnonzero(~np.isnan(panel.filled).all(axis=1))
    length = len(panel.periods)
    ahead = pd.DataFrame(
        {"unique_id": np.repeat(panel.ids[begun], horizon), "ds": np.tile(panel.future(horizon), len(begun))}
    )
    for name, values in panel.known.items():
        frame[name] = values[row, column]
        ahead[name] = values[begun, length : length + horizon].ravel()
    return frame, ahead if panel.known else None


def _deciles(found: pd.DataFrame, name: str) -> pd.DataFrame:
    """Read deciles off central intervals; without any, all of them are the point. Demand is not negative."""
    result = found[["unique_id", "ds"]].assign(mean=found[name].clip(lower=0.0))
    for column in DECILE_NAMES:
        level = int(column[1:])
        side, width = ("lo", 100 - 2 * level) if level < 50 else ("hi", 2 * level - 100)
        source = f"{name}-{side}-{width}"
        result[column] = found[source if source in found.columns else name].clip(lower=0.0)
    return result


PEERS: dict[str, Peer] = {
    "seasonal_naive": _statistical("seasonal_naive", SEASONAL),
    "auto_ets": _statistical("auto_ets"),
    "theta": _statistical("theta"),
    "croston_sba": _statistical("croston_sba", CONFORMAL),
    "tsb": _statistical("tsb", CONFORMAL),
    "lightgbm": _lightgbm,
}


def measure(
    name: str, panel: Panel, lengths: Sequence[int], setting: Setting, series: int, dask: str | None = None
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Backtest the engine or a peer in a process of its own.

    Args:
        name: Of PEERS, or the engine's.
        panel: History.
        lengths: Periods of history of each cut-off.
        setting: Horizon, season and seed.
        series: Series forecast, all cut-offs together.
        dask: Address of the Dask scheduler on whose workers the engine trains and scores; none, and it does so itself.

    Returns:
        What backtest.run returns, and ``seconds, series_per_second, peak_mib``, the last without Dask's workers.

    Raises:
        ClusterError: the cluster cannot do the work.
    """
    found = measured.run(_timed, name, panel, lengths, setting, dask if name == backtest.OURS else None)
    frame, seconds = found.result
    return frame, {"seconds": seconds, "series_per_second": series / max(seconds, 1e-9), "peak_mib": found.peak}


def _timed(
    name: str, panel: Panel, lengths: Sequence[int], setting: Setting, dask: str | None
) -> tuple[pd.DataFrame, float]:
    """Run a method at every cut-off; importing its libraries and cutting the history is not timed."""
    seconds = 0.0

    def method(known: Panel, setting: Setting) -> pd.DataFrame:
        nonlocal seconds
        answer = _ours(known, setting, backend) if name == backtest.OURS else PEERS[name](known, setting)
        seconds += answer.seconds
        return answer.frame

    with distributed.connected(dask) as backend:
        return backtest.run(panel, lengths, setting, method), seconds


def _ours(panel: Panel, setting: Setting, backend: Backend) -> Answer:
    import lightgbm  # noqa: F401

    started = time.monotonic()
    frame = backtest.ours(panel, setting, backend)
    return Answer(frame, time.monotonic() - started)
