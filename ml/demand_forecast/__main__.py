"""Command line of the demand forecast: ``python -m ml.demand_forecast train | predict``."""

from __future__ import annotations

import sys

from ml.command import Command, run
from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train

COMMANDS = {
    "train": Command(train, "backtest the candidates, register a version, promote it where it holds", may_force=True),
    "predict": Command(predict, "write the coming weeks of every active planning item with the champion"),
}

if __name__ == "__main__":
    sys.exit(run("ml.demand_forecast", __doc__, COMMANDS))
