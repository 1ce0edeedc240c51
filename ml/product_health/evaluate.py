"""Backtest of the index: how it orders what came, beside every single indicator, by time with an embargo."""

from __future__ import annotations

import pandas as pd

from ml.metrics import Floats
from ml.product_health import model
from ml.product_health.indicators import NAMES, oriented
from ml.product_health.target import WEEKS
from ml.splits import MINIMUM_TRAINING_CUTOFFS, Split

MEASURES = {
    "target_correlation": "target",
    "sell_through_correlation": "later_sell_through",
    "gmroi_correlation": "later_gmroi",
    "margin_correlation": "later_margin",
}


def scores(rows: pd.DataFrame, plan: Split) -> pd.DataFrame:
    """Order the products of the test cut-offs by every method, learnt on the training cut-offs alone.

    Args:
        rows: Figures with cutoff, target and outcomes at all cut-offs of the plan.
        plan: Cut-offs.

    Returns:
        The rows of the test cut-offs with a column per candidate, and per indicator alone: turned so that more is
        healthier, and in the middle of its cut-off where it is not known.
    """
    training, test = (rows[rows["cutoff"].isin(cutoffs)] for cutoffs in (plan.training, plan.test))
    found: dict[str, Floats | pd.Series] = {
        name: model.predict(model.fit(name, training), test[NAMES]) for name in model.CANDIDATES
    }
    turned = oriented(test)
    middle = turned.groupby(test["cutoff"]).transform("median")
    found |= {name: turned[name].fillna(middle[name]) for name in NAMES}
    return test[["cutoff", *MEASURES.values()]].assign(**{f"by_{name}": values for name, values in found.items()})


def backtest(rows: pd.DataFrame, plan: Split) -> pd.DataFrame:
    """Return one row per method and test cut-off: row_count and Spearman's rank correlation with each outcome.

    Args:
        rows: Figures with cutoff, target and outcomes at all cut-offs of the plan.
        plan: Cut-offs.
    """
    ordered = scores(rows, plan)
    lines = []
    for name in (*model.CANDIDATES, *NAMES):
        for cutoff, group in ordered.groupby("cutoff"):
            found = {measure: spearman(group[f"by_{name}"], group[outcome]) for measure, outcome in MEASURES.items()}
            lines.append({"method_name": name, "cutoff": cutoff, "row_count": len(group), **found})
    return pd.DataFrame(lines)


def means(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the mean correlations over the cut-offs, by method."""
    found = table.groupby("method_name", sort=False)[list(MEASURES)].mean()
    return {str(name): {measure: float(row[measure]) for measure in MEASURES} for name, row in found.iterrows()}


def choose(rows: pd.DataFrame, plan: Split) -> str:
    """Return the candidate that orders the last training cut-off best, learnt on those before its embargo.

    So the test has no say in it. Where no four training cut-offs lie that far back, it is learnt on the first four, and
    of four or fewer it is the straight one, which has the fewest parameters that are learnt.
    """
    last = plan.training[-1]
    earlier = [week for week in plan.training if (last - week).days // 7 >= WEEKS]
    earlier = max(earlier, plan.training[:MINIMUM_TRAINING_CUTOFFS], key=len)
    if last in earlier:
        return model.STRAIGHT
    embargo = (last - earlier[-1]).days // 7
    inner = backtest(rows, Split(earlier, [last], earlier, embargo, is_embargo_full=embargo >= WEEKS))
    found = inner.set_index("method_name")["target_correlation"].reindex(list(model.CANDIDATES))
    return model.STRAIGHT if found.isna().all() else str(found.idxmax())


def spearman(score: pd.Series, outcome: pd.Series) -> float:
    """Return Spearman's rank correlation over the rows whose outcome is known; nan where either does not vary."""
    if score[outcome.notna()].nunique() < 2 or outcome.nunique() < 2:
        return float("nan")
    return float(score.corr(outcome, method="spearman"))
