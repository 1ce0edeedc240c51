"""One gradient-boosted model over all series: LightGBM through mlforecast, recursive over the horizon."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.demand_forecast.panel import Panel
from ml.metrics import Floats

LAGS = (1, 2, 3, 4)
SEED = 7
# More trees learn dense store-department series better and overfit sparse product series; this is between the two.
BOOSTING = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.3,
    "n_estimators": 250,
    "learning_rate": 0.05,
    "num_leaves": 23,
    "min_child_samples": 100,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.8,
}
MINIMUM_PERIODS = 6


@dataclass(frozen=True)
class Boosted:
    """A fitted model with what it needs to score other data.

    Attributes:
        forecaster: The fitted mlforecast.MLForecast.
        codes: Static column to category to whole number.
        freq: Pandas alias of the period.
    """

    forecaster: Any
    codes: dict[str, dict[str, int]]
    freq: str


def fit(panel: Panel, *, season: int, freq: str) -> Boosted:
    """Learn one model from all series of a panel.

    Censored periods have weight 0: their estimate serves as a lag and is never a target. Known drivers (promotion,
    discount, price) do not enter: without their plan, a future with none would have to be assumed, and a discount
    is only seen where something sold, so it would betray the target.

    Args:
        panel: History, at least 6 periods.
        season: Season in periods. Its lags and the week of the year enter with 1.5 seasons of history or more.
        freq: Pandas alias of the period.

    Raises:
        ValueError: the panel is shorter than 6 periods.
    """
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import ExpandingMean, ExponentiallyWeightedMean, RollingMean, RollingStd

    if len(panel.periods) < MINIMUM_PERIODS:
        raise ValueError(f"a boosted model needs {MINIMUM_PERIODS} periods of history, got {len(panel.periods)}")
    shows_season = len(panel.periods) >= season + season // 2
    level: list[Any] = [RollingMean(window, min_samples=1) for window in (4, 8, 13)]
    level += [RollingStd(13, min_samples=4), ExpandingMean(), ExponentiallyWeightedMean(0.1)]
    seasonal = {season: [], season - 1: [RollingMean(3, min_samples=1)]} if shows_season else {}
    # One thread: its threads wait by spinning, and beside other busy processes two took six times as long as one.
    model = LGBMRegressor(
        **BOOSTING, random_state=SEED, n_jobs=1, deterministic=True, force_row_wise=True, verbosity=-1
    )
    forecaster = MLForecast(
        {"mean": model},
        freq=freq,
        lags=[*LAGS, *seasonal],
        lag_transforms={1: level, **{lag: items for lag, items in seasonal.items() if items}},
        date_features=[week_of_year] if shows_season else None,
        num_threads=1,
    )
    codes = {
        column: {value: code for code, value in enumerate(sorted(panel.static[column].dropna().astype(str).unique()))}
        for column in panel.static.columns
    }
    forecaster.fit(_frame(panel, codes), static_features=list(codes), dropna=False, weight_col="weight")
    return Boosted(forecaster, codes, freq)


def predict(model: Boosted, panel: Panel, horizon: int) -> Floats:
    """Return mean demand of the periods after the panel's last, shape (n, horizon).

    Args:
        model: What fit returned, from this panel or an earlier one; series it has not seen are scored alike.
        panel: History up to the forecast's origin.
        horizon: Periods ahead.
    """
    with warnings.catch_warnings():
        # Series younger than a lag have no value there, which the trees handle.
        warnings.filterwarnings("ignore", message="Found null values", category=UserWarning)
        forecast = model.forecaster.predict(horizon, new_df=_frame(panel, model.codes))
    ordered = forecast.sort_values(["unique_id", "ds"])["mean"].to_numpy(dtype=float)
    means: Floats = np.maximum(ordered.reshape(len(panel.ids), horizon), 0.0)
    return means


def week_of_year(dates: pd.DatetimeIndex) -> np.ndarray:
    """Return the ISO week of each date, which keeps its number for feasts with fixed dates to within a week."""
    weeks: np.ndarray = dates.isocalendar().week.to_numpy(dtype=np.int64)
    return weeks


def _frame(panel: Panel, codes: dict[str, dict[str, int]]) -> pd.DataFrame:
    frame = panel.long()
    # The Tweedie loss knows no returns.
    frame["y"] = frame["y"].clip(lower=0.0)
    frame["weight"] = frame.pop("is_observed").astype(float)
    row = np.searchsorted(panel.ids, frame["unique_id"].to_numpy(dtype=str))
    for column, mapping in codes.items():
        # A category the model never saw is -1.
        coded = panel.static[column].astype(str).map(mapping).fillna(-1).to_numpy(dtype=np.int64)
        frame[column] = coded[row]
    return frame
