"""Candidates against textbook figures, and their behavior on degenerate series."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import gbm, models, panel
from ml.demand_forecast.panel import Panel

SETTING = models.Setting(horizon=4, season=52, naive_season=1, freq="W-MON")
DEGENERATE = {
    "constant": [5.0] * 30,
    "negative": [-3.0, 2.0, -1.0, 4.0] * 7,
    "one": [7.0],
    "only_returns": [-2.0] * 30,
    "short": [1.0, 0.0, 4.0],
    "spike": [1.0] * 15 + [5000.0] + [1.0] * 14,
    "zero": [0.0] * 30,
}
MakePanel = Callable[[dict[str, list[float]]], Panel]


def test_croston_and_tsb_equal_the_textbook(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [0, 0, 3, 0, 5, 0, 0, 0, 4, 0, 2, 0]})
    means = models.local(grid, 2, "W-MON")
    assert means["croston_sba"][0].tolist() == pytest.approx([1.0293572] * 2, abs=1e-6)
    assert means["tsb"][0].tolist() == pytest.approx([0.7863349] * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("season", "expected"),
    [pytest.param(3, [4, 5, 6, 4], id="season"), pytest.param(1, [6, 6, 6, 6], id="last-value")],
)
def test_seasonal_naive(make_panel: MakePanel, season: int, expected: list[float]) -> None:
    grid = make_panel({"a": [1, 2, 3, 4, 5, 6]})
    assert models.seasonal_naive(grid, 4, season)[0].tolist() == expected


def test_series_younger_than_the_season_repeats_its_last_value(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [1, 2, 3, 4, 5, 6], "b": [8, 9]})
    assert models.seasonal_naive(grid, 2, 4)[1].tolist() == [9, 9]


def test_window_average_leaves_censored_weeks_out() -> None:
    weeks = pd.date_range("2023-01-02", periods=4, freq="W-MON")
    frame = pd.DataFrame({"unique_id": "a", "ds": weeks, "y": [4.0, 0.0, 8.0, 0.0]})
    frame["p_is_stockout_week"] = [False, True, False, True]
    assert models.window_average(panel.build(frame), 1)[0, 0] == pytest.approx(6.0)


def test_degenerate_series_get_finite_bounded_means_from_every_candidate(make_panel: MakePanel) -> None:
    grid = make_panel(DEGENERATE)
    means = models.forecast(grid, SETTING, gbm.fit(grid, season=52, freq="W-MON"))
    assert set(means) == set(models.NAMES)
    highest = {name: max(max(values), 0.0) for name, values in DEGENERATE.items()}
    for name, mean in means.items():
        assert np.isfinite(mean).all(), name
        for series, values in zip(grid.ids, mean, strict=True):
            assert (values >= 0).all(), (name, series)
            assert (values <= models.MEAN_CAP * highest[series]).all(), (name, series)
        assert (mean[list(grid.ids).index("zero")] == 0).all()


def test_level_of_a_constant_series_is_found(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [5.0] * 40})
    for name, mean in models.forecast(grid, SETTING).items():
        # Croston's corrected form is lower by alpha / 2 by construction.
        factor = 0.95 if name == "croston_sba" else 1.0
        assert name == models.COMBINATION or mean[0].tolist() == pytest.approx([5.0 * factor] * 4, rel=1e-3), name


def test_boosted_model_scores_series_it_has_not_seen(market: pd.DataFrame) -> None:
    grid = panel.build(market)
    seen = grid.select(np.arange(0, 60, 2))
    model = gbm.fit(seen, season=52, freq="W-MON")
    mean = gbm.predict(model, grid.select(np.arange(1, 60, 2)), 4)
    rates = grid.demand[1::2].mean(axis=1)
    assert np.corrcoef(mean.mean(axis=1), rates)[0, 1] > 0.95


def test_boosted_model_takes_no_target_from_a_censored_week(market: pd.DataFrame) -> None:
    """What a stock-out week sold, as target, would move the forecast; as weight 0 it cannot."""
    weeks = np.sort(market["ds"].unique())
    flags = market["ds"] == weeks[-1]
    # Only the last week's lags could carry it further, and the forecast is made from before it.
    frames = [market.assign(p_is_stockout_week=flags, y=market["y"].mask(flags, sold)) for sold in (5000.0, 9000.0)]
    origin = panel.build(market).until(len(weeks) - 1)
    means = [gbm.predict(gbm.fit(panel.build(frame), season=52, freq="W-MON"), origin, 3) for frame in frames]
    np.testing.assert_array_equal(means[0], means[1])


def test_boosted_model_refuses_almost_no_history(make_panel: MakePanel) -> None:
    with pytest.raises(ValueError, match="6 periods"):
        gbm.fit(make_panel({"a": [1, 2, 3]}), season=52, freq="W-MON")
