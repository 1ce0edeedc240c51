"""What came of a product: what the index is to tell beforehand.

Of the 13 weeks after a cut-off week, by the indicators of the last of them (docs/metrics.md):

    later sell-through = units sold / (on hand at the cut-off + units received since)
    later GMROI        = gross margin / mean stock at cost, per year
    target             = mean of the percentile ranks of both among the products of the company at the cut-off

Where no cost is known, the rank of the sell-through is the target. The later gross margin in money is measured beside
them; it tells large products from small ones rather than healthy from ill ones, so it is not part of the target.
"""

from __future__ import annotations

import pandas as pd

WEEKS = 13
KEYS = ["product_id", "planning_location_id"]
OUTCOMES = {
    "later_sell_through": "sell_through_13w_pct",
    "later_gmroi": "gmroi",
    "later_margin": "gross_margin_13w_amount",
}
RANKED = ["later_sell_through", "later_gmroi"]


def known_cutoffs(weeks: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the weeks whose outcome is known: 13 more weeks are over.

    Args:
        weeks: Mondays of the complete weeks of the history, in order.
    """
    return weeks[: max(len(weeks) - WEEKS, 0)]


def joined(rows: pd.DataFrame, weeks: pd.DataFrame) -> pd.DataFrame:
    """Join what came of each row.

    Args:
        rows: Products with ``cutoff``, their week.
        weeks: Rows of core.fct_sku_indicators_weekly 13 weeks after the cut-offs.

    Returns:
        The rows whose later sell-through is known, with the columns OUTCOMES and ``target``, 0 to 1.
    """
    columns = {column: name for name, column in OUTCOMES.items()}
    later = weeks[[*KEYS, "week_start_date", *columns]].rename(columns=columns)
    later = later.assign(cutoff=later["week_start_date"] - pd.Timedelta(weeks=WEEKS)).drop(columns="week_start_date")
    found = rows.merge(later, on=[*KEYS, "cutoff"], how="inner", validate="one_to_one")
    found = found[found["later_sell_through"].notna()].reset_index(drop=True)
    ranks = found.groupby("cutoff")[RANKED].rank(pct=True)
    return found.assign(target=ranks.mean(axis=1))
