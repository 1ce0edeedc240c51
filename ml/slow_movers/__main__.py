"""Command line of slow movers: ``python -m ml.slow_movers train | score``."""

from __future__ import annotations

import sys

from ml.command import Command, run
from ml.slow_movers.score import score
from ml.slow_movers.train import train

COMMANDS = {
    "train": Command(train, "backtest the candidates and register the best one as champion"),
    "score": Command(score, "score the stock on hand at the end of the last complete week"),
}

if __name__ == "__main__":
    sys.exit(run("ml.slow_movers", __doc__, COMMANDS))
