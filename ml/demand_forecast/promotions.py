"""What promotions to come add: the forecast beside that of the same weeks without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.demand_forecast import engine
from ml.demand_forecast.engine import Engine, Forecast
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats


def baseline(learned: Engine, grid: Panel, found: Forecast, name: str) -> Floats:
    """Return the mean demand were a driver, such as a promotion, 0 for every series and period to come.

    Args:
        learned: What forecast.
        grid: What it was asked about.
        found: Its answer.
        name: Of the driver.

    Returns:
        Shape (n, horizon), at least 0; the mean found where the driver is nowhere above 0.
    """
    if name not in grid.known or not (grid.known[name][:, len(grid.periods) :] > 0).any():
        return found.mean
    return engine.forecast(learned, without(grid, name)).mean


def without(grid: Panel, name: str) -> Panel:
    """Return the panel with a driver at 0 after the history, where it is known at all."""
    length, values = len(grid.periods), grid.known[name].copy()
    ahead = values[:, length:]
    ahead[ahead > 0] = 0.0
    return replace(grid, known={**grid.known, name: values})


def ahead(grid: Panel, name: str, horizon: int) -> Floats:
    """Return a driver over the horizon, shape (n, horizon): nan where it is not known."""
    values = grid.known.get(name)
    result = np.full((len(grid.ids), horizon), np.nan)
    if values is not None:
        given = values[:, len(grid.periods) :][:, :horizon]
        result[:, : given.shape[1]] = given
    return result
