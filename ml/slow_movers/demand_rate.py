"""Demand to come as counting arithmetic: a Poisson rate learnt from the last weeks, without any label."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Jeffreys' prior of a Poisson rate: half a unit seen in no time.
PRIOR_UNITS = 0.5


def shortfall_probability(
    sold: ArrayLike, weeks: ArrayLike, horizon_weeks: int, quantity: ArrayLike
) -> NDArray[np.float64]:
    """Return the probability that demand over the horizon stays below a quantity.

    With a Gamma(s + 1/2, n) rate after s units in n weeks, demand over h weeks is negative binomial with
    r = s + 1/2 and p = n / (n + h) (Gelman et al., Bayesian Data Analysis, section 2.6).

    Args:
        sold: Units sold in the weeks seen.
        weeks: Weeks seen, at least 1.
        horizon_weeks: Weeks ahead.
        quantity: Units; demand equal to the quantity is no shortfall.
    """
    from scipy.stats import nbinom

    size, chance = _predictive(sold, weeks, horizon_weeks)
    probability: NDArray[np.float64] = nbinom.cdf(np.ceil(np.asarray(quantity)) - 1, size, chance)
    return probability


def expected_unsold(sold: ArrayLike, weeks: ArrayLike, horizon_weeks: int, quantity: ArrayLike) -> NDArray[np.float64]:
    """Return E[max(0, quantity - demand)] in units under the same distribution.

    E[D; D <= q] of a negative binomial (r, p) is its mean times the distribution function of (r + 1, p) at q - 1.
    """
    from scipy.stats import nbinom

    size, chance = _predictive(sold, weeks, horizon_weeks)
    stock = np.asarray(quantity, dtype=np.float64)
    whole = np.floor(stock)
    sold_of_stock = size * (1 - chance) / chance * nbinom.cdf(whole - 1, size + 1, chance)
    unsold: NDArray[np.float64] = np.clip(stock * nbinom.cdf(whole, size, chance) - sold_of_stock, 0, stock)
    return unsold


def _predictive(
    sold: ArrayLike, weeks: ArrayLike, horizon_weeks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seen = np.asarray(weeks, dtype=np.float64)
    return np.maximum(np.asarray(sold, dtype=np.float64), 0) + PRIOR_UNITS, seen / (seen + horizon_weeks)
