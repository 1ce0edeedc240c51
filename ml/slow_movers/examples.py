"""Features of past stock joined to what came of it: the rows that models learn from and are measured on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ml.slow_movers import features, label
from ml.slow_movers.panel import Panel
from ml.slow_movers.policy import Policy


def build(panel: Panel, items: pd.DataFrame, cutoffs: Iterable[pd.Timestamp], policy: Policy) -> pd.DataFrame:
    """Return one row per series with stock at each cut-off week.

    Args:
        panel: Weekly history.
        items: Attributes per product and planning location.
        cutoffs: Mondays of weeks whose outcome is known.
        policy: Lead, window and share.

    Returns:
        Columns of ``features.at``, cutoff, is_slow, has_no_sale, unsold_share and unsold_quantity.
    """
    outcome = ["is_slow", "has_no_sale", "unsold_share", "unsold_quantity"]
    parts = [
        features.at(panel, items, cutoff, policy)
        .join(label.outcomes(panel, cutoff, policy)[outcome], how="inner")
        .assign(cutoff=cutoff)
        for cutoff in cutoffs
    ]
    return pd.concat(parts, ignore_index=True)
