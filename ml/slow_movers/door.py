"""Slow movers of any frame of stock and sales: ``backtest`` beside rules and peers."""

from __future__ import annotations

import argparse
import logging
import math
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from ml.slow_movers.panel import Panel
    from ml.slow_movers.policy import Policy
    from ml.splits import Split

log = logging.getLogger(__name__)

TEXT = "score past stock of any frame as it was known then, and compare with what came, beside rules and peers"
DESCRIPTION = """
Learn from stock whose outcome was known, score later stock, and compare with what came of it. A slow mover is
stock of which more than --unsold-share is left when the window closes (days 36 to 126 by default; what sells
before counts as sold), or with --label no_sale an item that does not sell at all in the window. No outcome
learnt from reaches into the test; where the frame is too short for that (below 48 weeks by default), the last
lines say so. Writes item, place, as_of_date, the outcome, expected_share (of the stock, to be left unsold)
and a column per method; prints PR-AUC, ROC-AUC, Brier score, expected calibration error (ECE), precision and
recall of flags, and the share of the value left unsold that lies in the tenth ranked first. engine is the
candidate that did best before the test, of blend and pool the better where the frame is too short to try all.
"""
FRAME = """
The frame is a .parquet or .csv with one row per item, place and day or week:
  item, date, sold_quantity    needed; days without a row sold nothing, quantities below 0 count as 0
  place                        where; without it all is one place
  on_hand_quantity             stock at the end of the day or week, as before where empty; without the column each item
                               counts as one unit on hand, and --label is no_sale
  price, regular_price         per unit, as paid and as usual
  unit_cost                    per unit; without it the price values the stock
  received_quantity, promoted  units that came in; 0 to 1
  category, category_2         text; what an item's first row says
"""
UNSOLD, NO_SALE = "unsold", "no_sale"
OUTCOME = ["on_hand_quantity", "unsold_quantity", "unsold_share", "is_slow"]
WIDTH = 100


@dataclass(frozen=True)
class Question:
    """What is slow.

    Attributes:
        policy: Lead, window, share and the probability that flags.
        label: ``unsold`` or ``no_sale``.
    """

    policy: Policy
    label: str


@dataclass(frozen=True)
class Given:
    """What a frame tells.

    Attributes:
        grid: Weekly history.
        items: Attributes per product and planning location.
        rows: Features, outcome and worth of the stock at all cut-offs of the plan.
        plan: Cut-offs.
        has_stock: The frame tells of stock.
    """

    grid: Panel
    items: pd.DataFrame
    rows: pd.DataFrame
    plan: Split
    has_stock: bool


@dataclass(frozen=True)
class Measured:
    """What a backtest found.

    Attributes:
        tested: One row per stock of the test cut-offs, with a column per method.
        figures: What contest.figures returned.
        plan: Cut-offs.
        seconds: Of each method.
        has_stock: The frame tells of stock.
    """

    tested: pd.DataFrame
    figures: pd.DataFrame
    plan: Split
    seconds: dict[str, float]
    has_stock: bool


def add_backtest(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``backtest``."""
    parser.description, parser.epilog = textwrap.fill(" ".join(DESCRIPTION.split()), WIDTH), FRAME
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--frame", type=Path, required=True, metavar="FILE", help="stock and sales: .parquet or .csv")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write: .parquet or .csv")
    parser.add_argument("--label", choices=(UNSOLD, NO_SALE), default=UNSOLD, help="what is slow (default %(default)s)")
    parser.add_argument("--lead-days", type=_days, default=35, help="before the window (default %(default)s)")
    parser.add_argument("--window-days", type=_days, default=90, help="of the window (default %(default)s)")
    parser.add_argument("--unsold-share", type=_share, default=0.5, help="0 to 1 (default %(default)s)")
    parser.add_argument("--flag-at", type=_share, default=0.6, help="probability that flags (default %(default)s)")


def backtest(arguments: argparse.Namespace) -> None:
    """Run ``backtest``.

    Raises:
        FrameError: the frame is not what the door takes, or too short for a test.
    """
    from ml import given_frames
    from ml.slow_movers import report

    given_frames.writable(arguments.out)
    found = measured(arguments.frame, Question(_policy(arguments), arguments.label))
    given_frames.write(_written(found), arguments.out)
    report.show(found.figures, found.plan, found.seconds)


def measured(path: Path, question: Question) -> Measured:
    """Backtest a frame.

    Args:
        path: Parquet or csv.
        question: What is slow.

    Raises:
        FrameError: the frame is not what the door takes, or too short for a test.
    """
    return judged(read(path, question), question.policy)


def judged(given: Given, policy: Policy) -> Measured:
    """Backtest what read returned."""
    from ml.slow_movers import contest

    tested, seconds = contest.scores(given.rows, given.plan, policy)
    if not given.has_stock:
        tested = tested.assign(expected_share=tested[contest.OURS])
    return Measured(tested, contest.figures(tested, "worth", policy), given.plan, seconds, given.has_stock)


def read(path: Path, question: Question) -> Given:
    """Read a frame, and build the rows that a backtest learns from and judges.

    Args:
        path: Parquet or csv.
        question: What is slow.

    Raises:
        FrameError: the frame is not what the door takes, or too short for a test.
    """
    from ml import given_frames, splits
    from ml.slow_movers import examples, frame, label, panel

    history, policy = frame.read(path), question.policy
    grid = panel.build(history.weekly)
    log.info("%d series of %d weeks", len(grid.series), len(grid.weeks))
    plan = splits.split(label.known_cutoffs(grid, policy), policy.horizon_weeks)
    if plan is None:
        needed = splits.FIRST_CUTOFF + splits.MINIMUM_TRAINING_CUTOFFS + policy.horizon_weeks
        raise given_frames.FrameError(
            f"{path} has {len(grid.weeks)} whole weeks, at least {needed} are needed: shorten --window-days or "
            "--lead-days"
        )
    rows = examples.build(grid, history.items, sorted({*plan.training, *plan.test}), policy)
    if question.label == NO_SALE or not history.has_stock:
        rows = answering(rows).assign(is_slow=rows["has_no_sale"])
    if not history.has_stock:
        # The one unit is left where nothing sells.
        left = rows["is_slow"].astype(float)
        rows = rows.assign(unsold_share=left, unsold_quantity=left)
    _check(rows, plan, path)
    rows = rows.assign(worth=rows["unit_cost"].fillna(0.0) if history.has_value else 1.0)
    return Given(grid, history.items, rows, plan, history.has_stock)


def answering(features: pd.DataFrame) -> pd.DataFrame:
    """Return features of stock, of which is asked whether it sells in the window at all."""
    return features.assign(dropout_probability=features["no_sale_probability"])


def usual(label: str) -> Question:
    """Return the question with the days and shares that hold where nobody says otherwise."""
    parser = argparse.ArgumentParser()
    add_backtest(parser)
    arguments = parser.parse_args(["--frame", "", "--out", "", "--label", label])
    return Question(_policy(arguments), label)


def _policy(arguments: argparse.Namespace) -> Policy:
    from ml.slow_movers.policy import DAYS, Policy

    return Policy(
        lead_weeks=math.ceil(arguments.lead_days / DAYS),
        window_weeks=max(math.ceil(arguments.window_days / DAYS), 1),
        unsold_share=arguments.unsold_share,
        medium_probability=arguments.flag_at / 2,
        high_probability=arguments.flag_at,
    )


def _check(rows: pd.DataFrame, plan: Split, path: Path) -> None:
    """Refuse rows that hold but one outcome where a model would learn or be judged."""
    from ml.given_frames import FrameError
    from ml.slow_movers import train

    reason = train.too_few(rows, plan)
    if reason:
        raise FrameError(f"{path} cannot be learnt from: {reason}")


def _written(found: Measured) -> pd.DataFrame:
    import pandas as pd

    from ml.slow_movers import contest, model, rules

    known = OUTCOME if found.has_stock else ["is_slow"]
    methods = [contest.OURS, *model.CANDIDATES, contest.PEER, *rules.RULES]
    columns = found.tested.rename(columns={"product_id": "item", "planning_location_id": "place"})
    columns["as_of_date"] = (columns["cutoff"] + pd.Timedelta(days=6)).dt.date
    return columns[["item", "place", "as_of_date", *known, "model_name", "expected_share", *methods]]


def _days(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} lies not between 0 and 1")
    return value
