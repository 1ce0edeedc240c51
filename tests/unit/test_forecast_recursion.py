"""Steps taken one at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.forecast.recursion import step_by_step
from ml.demand_forecast import engine, panel
from ml.demand_forecast.engine import Setting

WEEKS = pd.date_range("2023-01-02", periods=45, freq="W-MON")


def test_the_second_step_goes_on_from_the_first() -> None:
    """The first is what an engine of one step says; the second what it says once the first has come true."""
    draw = np.random.default_rng(6)
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"p{number:02d}" for number in range(25)], len(WEEKS)),
            "ds": np.tile(WEEKS, 25),
            "y": draw.poisson(np.repeat(np.arange(25) + 3, len(WEEKS))).astype(float),
        }
    )
    grid = panel.build(frame)
    means = step_by_step(grid, Setting(2, 52))
    learnt = engine.learn(grid, Setting(1, 52))
    np.testing.assert_array_equal(means[:, :1], engine.forecast(learnt, grid).mean)
    came = pd.DataFrame({"unique_id": grid.ids, "ds": grid.future(1)[0], "y": means[:, 0]})
    longer = panel.build(pd.concat([frame, came]))
    np.testing.assert_allclose(means[:, 1:], engine.forecast(learnt, longer).mean)
