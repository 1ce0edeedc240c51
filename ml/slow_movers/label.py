"""What came of the stock: the label that slow-mover models learn.

Stock date t is the Sunday that ends a cut-off week. The stock on hand at its close is sold first in, first out: demand
from day t+1 on consumes it before anything received later. With a lead of L and a window of W whole weeks (35 and 90
days: 5 and 13, so that the window is days t+36 to t+126, 91 days),

    unsold quantity = max(0, on hand at t - demand in the L + W weeks after t)
    unsold share    = unsold quantity / on hand at t
    slow mover      = unsold share > policy slow_movers.unsold_share

Demand during the lead counts: what sells in days 1 to 35 is gone before a planner's decision could bite, so it is not
unsold; only what is still there when the window closes is. Demand is gross (sales without returns). The simple form,
``has_no_sale``, is true where nothing at all sells in the W weeks of the window.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.slow_movers.panel import Panel
from ml.slow_movers.policy import Policy


def known_cutoffs(panel: Panel, policy: Policy) -> pd.DatetimeIndex:
    """Return the weeks whose outcome is known: the window has closed by the last week of the history."""
    return panel.weeks[: max(len(panel.weeks) - policy.horizon_weeks, 0)]


def outcomes(panel: Panel, cutoff: pd.Timestamp, policy: Policy) -> pd.DataFrame:
    """Return what came of the stock on hand at the end of a week.

    Args:
        panel: History that reaches the end of the window.
        cutoff: Monday of the cut-off week.
        policy: Lead, window and share.

    Returns:
        One row per series with stock at the cut-off, index = line of the panel: on_hand_quantity, demand_quantity,
        unsold_quantity, unsold_share, is_slow, has_no_sale.

    Raises:
        ValueError: the window has not closed.
    """
    column = panel.column(cutoff)
    end = column + 1 + policy.horizon_weeks
    if end > len(panel.weeks):
        raise ValueError(f"the outcome of stock at week {cutoff:%Y-%m-%d} is not known before its window has closed")
    on_hand = panel.values["closing_on_hand_quantity"][:, column]
    sold = panel.values["sold_quantity"]
    frame = pd.DataFrame(
        {
            "on_hand_quantity": on_hand,
            "demand_quantity": np.nansum(sold[:, column + 1 : end], axis=1),
            "window_quantity": np.nansum(sold[:, column + 1 + policy.lead_weeks : end], axis=1),
        }
    )
    frame = frame[frame["on_hand_quantity"] > 0]
    unsold = (frame["on_hand_quantity"] - frame["demand_quantity"]).clip(lower=0)
    return frame.assign(
        unsold_quantity=unsold,
        unsold_share=unsold / frame["on_hand_quantity"],
        is_slow=unsold / frame["on_hand_quantity"] > policy.unsold_share,
        has_no_sale=frame["window_quantity"] <= 0,
    ).drop(columns="window_quantity")
