"""What can be reached on drawn data: the probability by the very distribution that demand was drawn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.slow_movers.frames import read_truth
from ml.slow_movers.policy import Policy

Floats = np.ndarray


def known(folder: Path, stock: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return what is to be said of each stock by who knows its demand, and every season, promotion and end.

    Demand of a place and week is negative binomial with the mean and dispersion (variance over mean) of the truth; a
    center's is taken as one with the sums of means and variances. Sales lost without stock are not taken off.

    Args:
        folder: The drawn company.
        stock: Rows of item and center with cutoff and on_hand_quantity.
        policy: Lead, window and share.

    Returns:
        ``probability`` to be slow, and ``share`` of the stock expected to be left, index of the rows.
    """
    from scipy.stats import nbinom

    pairs = read_truth(folder, "pairs")
    pairs["variance"] = pairs["base_weekly_mean"] * pairs["dispersion"]
    keys = ["product_id", "planning_location_id"]
    bases = pairs.rename(columns={"sku": keys[0], "dc": keys[1]}).groupby(keys)[["base_weekly_mean", "variance"]].sum()
    found = stock[keys].astype(str).merge(bases, left_on=keys, right_index=True, how="left", validate="many_to_one")
    factor = _factors(folder, stock, policy)
    mean = found["base_weekly_mean"].to_numpy() * factor
    variance = np.maximum(found["variance"].to_numpy() * factor, mean * 1.0001)
    limit = np.ceil(stock["on_hand_quantity"].to_numpy() * (1 - policy.unsold_share)) - 1
    sells = mean > 0
    size = np.where(sells, mean**2 / np.where(sells, variance - mean, 1), 1)
    chance = size / (size + np.where(sells, mean, 1))
    # E[D; D <= q] is the mean times the distribution function of (size + 1) at q - 1.
    stocked = np.floor(stock["on_hand_quantity"].to_numpy())
    sold = mean * nbinom.cdf(stocked - 1, size + 1, chance)
    left = np.clip(nbinom.cdf(stocked, size, chance) - sold / np.maximum(stocked, 1), 0, 1)
    # Nothing is sold of what is listed no more.
    answers = {
        "probability": np.where(sells, nbinom.cdf(limit, size, chance), 1.0),
        "share": np.where(sells, left, 1.0),
    }
    return pd.DataFrame(answers, index=stock.index)


def _factors(folder: Path, stock: pd.DataFrame, policy: Policy) -> Floats:
    """Return the sum of the weekly factors on an item's base demand over the horizon of each row."""
    factors = read_truth(folder, "factors_weekly").pivot(index="sku", columns="week_start", values="factor")
    result = np.zeros(len(stock))
    cutoffs, items = stock["cutoff"].to_numpy(), stock["product_id"].astype(str)
    for cutoff in stock["cutoff"].unique():
        ahead = factors.loc[:, (factors.columns > cutoff)].iloc[:, : policy.horizon_weeks].fillna(0).sum(axis=1)
        rows = cutoffs == cutoff
        result[rows] = ahead.reindex(items[rows]).fillna(0)
    return result
