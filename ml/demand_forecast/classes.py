"""Demand classes of Syntetos and Boylan, and how much history a series has."""

from __future__ import annotations

import numpy as np

from ml.metrics import Floats

# Syntetos, Boylan & Croston 2005, "On the categorization of demand patterns".
INTERVAL_CUT = 1.32
VARIATION_CUT = 0.49
INSUFFICIENT_PERIODS = 4
SHORT_PERIODS = 26
INSUFFICIENT = "insufficient"
UNCLASSIFIED = "unclassified"


def interval(demand: Floats) -> Floats:
    """Return the average demand interval of every series: periods observed over periods with demand (n/k).

    Args:
        demand: Shape (n, t), nan where not observed.

    Returns:
        Shape (n,), infinite where nothing was ever demanded.
    """
    observed = (~np.isnan(demand)).sum(axis=1)
    occurrences = (np.nan_to_num(demand) > 0).sum(axis=1)
    result: Floats = np.divide(observed, occurrences, out=np.full(len(demand), np.inf), where=occurrences > 0)
    return result


def variation(demand: Floats) -> Floats:
    """Return the squared coefficient of variation of the sizes that are not zero (population form), 0 without any."""
    sizes = np.where(np.nan_to_num(demand) > 0, demand, np.nan)
    count = (~np.isnan(sizes)).sum(axis=1)
    total = np.nansum(sizes, axis=1)
    mean = np.divide(total, count, out=np.zeros(len(demand)), where=count > 0)
    squares = np.nansum((sizes - mean[:, None]) ** 2, axis=1)
    spread = np.divide(squares, count, out=np.zeros(len(demand)), where=count > 0)
    result: Floats = np.divide(spread, mean**2, out=np.zeros(len(demand)), where=mean > 0)
    return result


def classify(demand: Floats) -> np.ndarray:
    """Return each series' demand class, by interval (cut 1.32) and variation of sizes (cut 0.49).

    Args:
        demand: Shape (n, t), nan where not observed.

    Returns:
        Shape (n,), of ``smooth``, ``intermittent``, ``erratic``, ``lumpy``.
    """
    is_rare = interval(demand) >= INTERVAL_CUT
    is_variable = variation(demand) >= VARIATION_CUT
    return np.select(
        [~is_rare & ~is_variable, is_rare & ~is_variable, ~is_rare & is_variable],
        ["smooth", "intermittent", "erratic"],
        "lumpy",
    )


def data_status(demand: Floats) -> np.ndarray:
    """Return ``insufficient`` below 4 observed periods, ``short_history`` below 26, otherwise ``ok``."""
    observed = (~np.isnan(demand)).sum(axis=1)
    is_insufficient, is_short = observed < INSUFFICIENT_PERIODS, observed < SHORT_PERIODS
    return np.select([is_insufficient, is_short], [INSUFFICIENT, "short_history"], "ok")
