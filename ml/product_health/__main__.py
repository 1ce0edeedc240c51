"""Command line of product health: ``train`` and ``score`` in the warehouse."""

from __future__ import annotations

import sys

from ml.command import AnyCommand, Command, run
from ml.product_health.score import score
from ml.product_health.train import train

COMMANDS: dict[str, AnyCommand] = {
    "train": Command(train, "learn the weights of the indicators and register the index as champion"),
    "score": Command(score, "score the products at the end of the last complete week"),
}

if __name__ == "__main__":
    sys.exit(run("ml.product_health", __doc__, COMMANDS))
