"""How early alarms come: of the slow stock that is flagged at all, how much is by the lead before its window begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.slow_movers import door, features, model, rules
from ml.slow_movers.door import Given, Question
from ml.slow_movers.panel import KEYS

RULE = "no_sale_28d"


@dataclass(frozen=True)
class Lead:
    """Shares of the slow stock of the test cut-offs that is flagged before its window ends.

    Attributes:
        of_engine: Flagged by the engine at the cut-off, the lead ahead of the window; nan where it flags none.
        of_rule: The same of the rule that nothing sold in 28 days.
    """

    of_engine: float
    of_rule: float


def measured(given: Given, question: Question, name: str) -> Lead:
    """Flag the stock of every week from the first test cut-off to the end of the last window, by what was known then.

    Args:
        given: Frame as it was read.
        question: What is slow.
        name: Model that the backtest chose; it is fitted on the training cut-offs alone.
    """
    rows, plan, policy = given.rows, given.plan, question.policy
    fitted = model.fit(name, rows[rows["cutoff"].isin(plan.training)])
    grid = given.grid
    first, last = (grid.column(cutoff) for cutoff in (plan.test[0], plan.test[-1]))
    engine, rule = {}, {}
    for week in grid.weeks[first : last + policy.horizon_weeks + 1]:
        stock = features.at(grid, given.items, week, policy)
        stock = door.answering(stock) if question.label == door.NO_SALE else stock
        keys = pd.MultiIndex.from_frame(stock[KEYS])
        engine[week] = keys[model.probability(fitted, stock) >= policy.high_probability]
        rule[week] = keys[rules.RULES[RULE](stock)]
    return Lead(*(_share(given, flagged, policy.horizon_weeks) for flagged in (engine, rule)))


def _share(given: Given, flagged: dict[pd.Timestamp, pd.MultiIndex], horizon: int) -> float:
    early, ever = 0, 0
    for cutoff in given.plan.test:
        rows = given.rows[(given.rows["cutoff"] == cutoff) & given.rows["is_slow"].astype(bool)]
        slow = pd.MultiIndex.from_frame(rows[KEYS])
        later = [flagged[week] for week in pd.date_range(cutoff, periods=horizon + 1, freq="7D")]
        early += int(slow.isin(later[0]).sum())
        ever += int(np.any([slow.isin(keys) for keys in later], axis=0).sum())
    return early / ever if ever else float("nan")
