"""Command line of the demand forecast: in the warehouse ``monitor`` to ``rollback``, for any frame the others."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ml.command import AnyCommand, Command, CompanyCommand, FileCommand, run
from ml.demand_forecast import door, rollback
from ml.demand_forecast.monitoring import monitor
from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train


def _roll_back(company_id: str, arguments: argparse.Namespace) -> dict[str, Any]:
    return rollback.by_hand(company_id, arguments.to, arguments.reason)


def _add_rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="VERSION", help="a version that served (default: the newest one before)")
    parser.add_argument("--reason", required=True, help="why, for the record")


COMMANDS: dict[str, AnyCommand] = {
    "monitor": Command(monitor, "judge the versions in service by what came; go back where the champion fails"),
    "train": Command(train, "backtest the engine, register a version, promote it where it holds", may_force=True),
    "predict": Command(predict, "write the coming weeks of every active planning item with the champion"),
    "rollback": CompanyCommand(_roll_back, "go back from the champion to an earlier version", _add_rollback),
    "backtest": FileCommand(door.backtest, door.BACKTEST_TEXT, door.add_backtest),
    "forecast": FileCommand(door.forecast, door.FORECAST_TEXT, door.add_forecast),
}

if __name__ == "__main__":
    sys.exit(run("ml.demand_forecast", __doc__, COMMANDS))
