"""What promotions to come add: the forecast beside that of the same weeks without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.demand_forecast import drivers, engine
from ml.demand_forecast.engine import Engine, Forecast
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats


def baseline(learned: Engine, grid: Panel, found: Forecast) -> Floats:
    """Return the mean demand were no driver that is mostly 0, such as a promotion, on in any period to come.

    Args:
        learned: What forecast.
        grid: What it was asked about.
        found: Its answer.

    Returns:
        Shape (n, horizon), at least 0; the mean found where nothing is known to be on.
    """
    quiet = without(grid)
    if all(np.array_equal(quiet.known[name], values, equal_nan=True) for name, values in grid.known.items()):
        return found.mean
    return engine.forecast(learned, quiet).mean


def without(grid: Panel) -> Panel:
    """Return the panel with every driver that is mostly 0 at 0 after the history."""
    length, known = len(grid.periods), dict(grid.known)
    for name in drivers.switched(grid.known):
        ahead = grid.known[name][:, length:]
        known[name] = np.concatenate([grid.known[name][:, :length], np.where(np.isnan(ahead), np.nan, 0.0)], axis=1)
    return replace(grid, known=known)


def ahead(grid: Panel, name: str, horizon: int) -> Floats:
    """Return a driver over the horizon, shape (n, horizon): nan where it is not known."""
    values = grid.known.get(name)
    result = np.full((len(grid.ids), horizon), np.nan)
    if values is not None:
        given = values[:, len(grid.periods) :][:, :horizon]
        result[:, : given.shape[1]] = given
    return result
