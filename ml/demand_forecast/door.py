"""The engine on any long frame: ``backtest`` beside peers, ``forecast`` of the future."""

from __future__ import annotations

import argparse
import logging
import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.demand_forecast.engine import Setting
    from ml.demand_forecast.panel import Panel

log = logging.getLogger(__name__)

FRAME = """
The frame is a .parquet or .csv with one row per series and period:
  unique_id  the series
  ds         first day of the period
  y          demand; periods missing after a series began count as 0, also at its end; an empty y as not observed
  x_*        drivers known ahead (price, promotion, holiday), numbers; give them for the horizon too, as rows without y
  s_*        what does not change (category, place); s_predecessor: the unique_id that a series follows, whose
             past it then has before its own begins
  p_*        what is known afterwards only (stock on hand); p_stockout_days: demand is estimated for them
"""
BACKTEST_TEXT = "forecast any long frame from earlier cut-offs and compare with what came, beside peers"
FORECAST_TEXT = "forecast the future of any long frame"
BACKTEST = (
    "Forecast from earlier cut-offs, with nothing but what was known at them, and compare with what came. Writes "
    "unique_id, cutoff, ds, step, y, mean, q10 ... q90 and prints the figures per demand class and in total: WQL over "
    "deciles, WAPE, bias (forecast - actual), MASE, coverage, seconds, series/s and peak memory."
)
FORECAST = (
    "Learn from the whole frame and write the future: unique_id, ds, step, demand_class, model_name, mean, "
    "q05 ... q975 (deciles, quartiles and the upper tail), naive."
)
HORIZON, CUTOFFS = 13, 3
WIDTH = 100


def add_backtest(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``backtest``."""
    _add_common(parser, BACKTEST)
    parser.add_argument("--cutoffs", type=_positive, default=CUTOFFS, help="how many (default %(default)s)")
    parser.add_argument(
        "--cutoff", type=_date, nargs="+", action="extend", metavar="DATE",
        help="last day known, instead of --cutoffs; may be repeated",
    )  # fmt: skip
    parser.add_argument("--step", type=_positive, help="periods between cut-offs (default: the horizon)")
    parser.add_argument("--peers", type=_peers, default=(), metavar="NAME,...", help="others to run in the same call")


def add_forecast(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``forecast``."""
    _add_common(parser, FORECAST)


def backtest(arguments: argparse.Namespace) -> None:
    """Run ``backtest``.

    Raises:
        FrameError: the frame is not what the door takes.
        ValueError: it is too short for what was asked, or has a period twice.
        ClusterError: --dask names no cluster that can do the work.
    """
    from ml import given_frames
    from ml.demand_forecast import backtest, distributed, frame, peers, report, scores

    panel, setting = _panel(arguments)
    lengths = (
        backtest.at_dates(panel, arguments.cutoff)
        if arguments.cutoff
        else backtest.cutoffs(panel, setting.horizon, arguments.cutoffs, arguments.step or setting.horizon)
    )
    for length in lengths:
        frame.check_ahead(panel, length, setting.horizon)
    series = sum(len(panel.until(length).ids) for length in lengths)
    tables = []
    for name in (backtest.OURS, *arguments.peers):
        log.info("%s: %d cut-offs", name, len(lengths))
        with distributed.cluster(arguments.dask if name == backtest.OURS else None) as address:
            found, cost = peers.measure(name, panel, lengths, setting, series, address)
        if name == backtest.OURS:
            given_frames.write(found, arguments.out)
        rows = scores.score(backtest.described(found, panel, lengths, setting))
        tables.append(rows.assign(method=name, **cost))
    report.show(tables)


def forecast(arguments: argparse.Namespace) -> None:
    """Run ``forecast``.

    Raises:
        FrameError: the frame is not what the door takes, or lacks a driver of the future.
        ValueError: it has a period twice, or too little history.
        ClusterError: --dask names no cluster that can do the work.
    """
    from ml import given_frames
    from ml.demand_forecast import backtest, distributed, frame

    panel, setting = _panel(arguments)
    frame.check_ahead(panel, len(panel.periods), setting.horizon)
    with distributed.cluster(arguments.dask) as address, distributed.connected(address) as backend:
        found = backtest.ours(panel, setting, backend)
    given_frames.write(found, arguments.out)
    print(f"{len(panel.ids):,} series x {setting.horizon} periods written to {arguments.out}")


def _add_common(parser: argparse.ArgumentParser, description: str) -> None:
    parser.description, parser.epilog = textwrap.fill(description, WIDTH), FRAME
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--frame", type=Path, required=True, metavar="FILE", help="long frame: .parquet or .csv")
    parser.add_argument(
        "--freq", default="W-MON", help="period: W-MON (or another day), 7D, D, MS (default %(default)s)"
    )
    parser.add_argument("--horizon", type=_positive, default=HORIZON, help="periods ahead (default %(default)s)")
    parser.add_argument(
        "--season", type=_positive, help="periods of a season, 1 for none (default: 52 weeks, 7 days or 12 months)"
    )
    parser.add_argument("--seed", type=_seed, default=7, help="of every draw (default %(default)s)")
    parser.add_argument(
        "--dask", metavar="ADDRESS",
        help="train and score on the workers of this Dask scheduler (tcp://127.0.0.1:8786), or of one started for it, "
        "with a worker per processor of this machine (local)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write: .parquet or .csv")


def _panel(arguments: argparse.Namespace) -> tuple[Panel, Setting]:
    from ml import given_frames
    from ml.demand_forecast import frame, panel, period
    from ml.demand_forecast.engine import Setting

    season = arguments.season or period.parse(arguments.freq).season
    given_frames.writable(arguments.out)
    rows = frame.read(arguments.frame)
    built = panel.build(rows, arguments.freq)
    for oddity in frame.oddities(rows, built):
        log.warning("%s: %s", arguments.frame, oddity)
    log.info("%d series of %d periods", len(built.ids), len(built.periods))
    return built, Setting(arguments.horizon, season, arguments.seed)


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write 2024-03-31") from None


def _peers(text: str) -> tuple[str, ...]:
    from ml.demand_forecast.peers import PEERS

    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} not known: choose of {', '.join(PEERS)}")
    return names
