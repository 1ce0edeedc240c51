"""Companies with next to no data: a forecast or a clear refusal, never a fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ml.demand_forecast import backtest, engine
from ml.demand_forecast.engine import DECILE_NAMES, Engine
from ml.demand_forecast.panel import Panel

OPTIONS = {"horizon": 13, "season": 52, "freq": "W-MON"}
MakePanel = Callable[[dict[str, list[float]]], Panel]
NOISE = np.random.default_rng(2).poisson(4, 60).astype(float).tolist()


def forecaster(grid: Panel) -> tuple[Engine, bool]:
    """Train as the pipeline does; True where a backtest could judge."""
    try:
        return engine.train(grid, **OPTIONS, cutoffs=3, margin=0.01)[0], True  # type: ignore[arg-type]
    except backtest.HistoryError:
        return engine.untested(grid, **OPTIONS), False  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "is_judged"),
    [
        pytest.param({"a": [6.0]}, False, id="one-item-one-week"),
        pytest.param({"a": [6.0], "b": [2.0]}, False, id="one-week"),
        pytest.param({"a": [6.0, 2.0, 5.0, 1.0, 3.0]}, False, id="five-weeks"),
        pytest.param({"a": NOISE[:9]}, True, id="one-item-nine-weeks"),
        pytest.param({"a": NOISE[:30]}, True, id="one-item-thirty-weeks"),
        pytest.param({"a": NOISE}, True, id="one-item"),
        pytest.param({"a": [0.0] * 60, "b": [0.0] * 20}, False, id="nothing-ever-sold"),
        pytest.param({"a": [-2.0] * 60}, False, id="returns-only"),
        pytest.param({"a": [0.0] * 57 + [1.0, 0.0, 2.0]}, False, id="sold-after-the-last-cutoff-only"),
        pytest.param({"a": [0.0] * 40 + NOISE[:20], "b": NOISE[:3]}, True, id="sold-late"),
        pytest.param({"a": [3.0, -5.0] * 30}, True, id="returns-beside-sales"),
    ],
)
def test_little_data(make_panel: MakePanel, series: dict[str, list[float]], is_judged: bool) -> None:
    grid = make_panel(series)
    model, was_judged = forecaster(grid)
    assert was_judged == is_judged
    wanted = grid.static.assign(unique_id=grid.ids)
    forecast = engine.forecast(model, grid, wanted)
    assert len(forecast) == 13 * len(series)
    numbers = forecast[["mean", "naive", *DECILE_NAMES]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()
    assert (np.diff(forecast[DECILE_NAMES].to_numpy(), axis=1) >= 0).all()
    highest = max(max(values) for values in series.values())
    assert forecast["mean"].max() <= max(5 * highest, 0)


def test_without_a_backtest_the_recent_mean_and_the_spread_so_far_serve(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [6.0, 2.0, 5.0, 1.0, 3.0], "b": [40.0, 60.0, 40.0, 60.0, 50.0]})
    model = engine.untested(grid, **OPTIONS)  # type: ignore[arg-type]
    forecast = engine.forecast(model, grid, grid.static.assign(unique_id=grid.ids)).set_index("unique_id")
    assert set(forecast["model_name"]) == {"window_average"}
    assert not forecast["is_fallback"].any()
    assert set(forecast["data_status"]) == {"short_history"}
    assert forecast.loc["a", "mean"].unique() == pytest.approx([3.4])
    assert forecast.loc["b", "mean"].unique() == pytest.approx([50])
    assert (forecast["q10"] < forecast["mean"]).all()
    assert (forecast["q90"] > forecast["mean"]).all()
