"""Command line of slow movers: in the warehouse ``train`` and ``score``, ``backtest`` for any frame."""

from __future__ import annotations

import sys

from ml.command import AnyCommand, Command, FileCommand, run
from ml.slow_movers import door
from ml.slow_movers.score import score
from ml.slow_movers.train import train

COMMANDS: dict[str, AnyCommand] = {
    "train": Command(train, "backtest the candidates and register the best one as champion"),
    "score": Command(score, "score the stock on hand at the end of the last complete week"),
    "backtest": FileCommand(door.backtest, door.TEXT, door.add_backtest),
}

if __name__ == "__main__":
    sys.exit(run("ml.slow_movers", __doc__, COMMANDS))
