"""Where models are trained and series are scored: in this process, unless a cluster was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ml.demand_forecast import boosted, engine
from ml.demand_forecast.boosted import Trainer
from ml.demand_forecast.engine import Engine, Forecast
from ml.demand_forecast.panel import Panel


@dataclass(frozen=True)
class Backend:
    """What takes most of the time of a forecast.

    Attributes:
        train: Fits boosted models, as boosted.train does.
        forecast: Forecasts every series of a panel, as engine.forecast does.
    """

    train: Trainer
    forecast: Callable[[Engine, Panel], Forecast]


LOCAL = Backend(boosted.train, engine.forecast)
