"""Command line of the demand forecast: for the warehouse ``train | predict``, for any frame ``backtest | forecast``."""

from __future__ import annotations

import sys

from ml.command import Command, FileCommand, run
from ml.demand_forecast import door
from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train

COMMANDS: dict[str, Command | FileCommand] = {
    "train": Command(train, "backtest the engine, register a version, promote it where it holds", may_force=True),
    "predict": Command(predict, "write the coming weeks of every active planning item with the champion"),
    "backtest": FileCommand(door.backtest, door.BACKTEST_TEXT, door.add_backtest),
    "forecast": FileCommand(door.forecast, door.FORECAST_TEXT, door.add_forecast),
}

if __name__ == "__main__":
    sys.exit(run("ml.demand_forecast", __doc__, COMMANDS))
