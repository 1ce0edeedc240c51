"""What earlier forecasts were worth: candidates at past origins beside what came, and how later ones learn from it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml import metrics
from ml.demand_forecast import calibration, classes, gbm, models
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats

log = logging.getLogger(__name__)

# More take longer to fit; fewer leave the first cut-off with errors of too few weeks.
ORIGINS_PER_HORIZON = 4
LEAST_STEP = 2
# Errors of earlier forecasts are looked for so many horizons before the first cut-off ...
REACH = 2
# ... but no model has much to learn from before.
FIRST_ORIGIN = 13
# With fewer errors than this, quantiles of them say less than the spread of the history itself.
MINIMUM_ERRORS = 30
COLUMNS = ("cutoff", "ids", "classes", "level", "maximum", "scale", "actual")


@dataclass(frozen=True)
class Residuals:
    """Forecasts of past origins and actuals; one row per origin and series, one column per week ahead.

    Attributes:
        cutoff: Periods of history the row's forecast had seen, shape (n,).
        ids: unique_id of each row.
        classes: Demand class before the origin.
        level: Mean demand before the origin.
        maximum: Highest demand before the origin.
        scale: In-sample error of the naive forecast before the origin, for MASE.
        actual: Demand, shape (n, horizon): what sold, in stock-out weeks its estimate, which is no less; nan beyond
            the data. Strong weeks empty the stock: without stock-out weeks, every mean would come out too low.
        raw: Candidate to mean forecasts as the model gave them, shape (n, horizon).
    """

    cutoff: np.ndarray
    ids: np.ndarray
    classes: np.ndarray
    level: Floats
    maximum: Floats
    scale: Floats
    actual: Floats
    raw: dict[str, Floats]


def origins(length: int, cutoffs: Sequence[int], setting: models.Setting) -> list[int]:
    """Return how much history each origin sees: the cut-offs, and more around them that only calibrate.

    These go on after the last cut-off, where the end of the data cuts their horizon short: the latest errors are the
    best guide to the next. None lies before the first season where the cut-offs have all seen one.
    """
    step = max(setting.horizon // ORIGINS_PER_HORIZON, LEAST_STEP)
    least = setting.season if setting.naive_season == setting.season else FIRST_ORIGIN
    first = min(max(cutoffs[0] - REACH * setting.horizon, least), cutoffs[0])
    return sorted({*cutoffs, *range(length - step, first - 1, -step)})


def collect(panel: Panel, lengths: Sequence[int], setting: models.Setting) -> Residuals | None:
    """Forecast with every candidate at every origin.

    Args:
        panel: History; only its first part is shown to an origin.
        lengths: Periods of history of each origin.
        setting: Horizon, season and period.

    Returns:
        The forecasts, of the candidates that had enough history at every origin; None where no origin had a series
        to forecast.
    """
    parts = [part for length in lengths if (part := _at_origin(panel, length, setting))]
    if not parts:
        return None
    names = [name for name in models.NAMES if all(name in part.raw for part in parts)]

    def joined(attribute: str) -> np.ndarray:
        return np.concatenate([getattr(part, attribute) for part in parts])

    raw = {name: np.concatenate([part.raw[name] for part in parts]) for name in names}
    return Residuals(**{name: joined(name) for name in COLUMNS}, raw=raw)


def select(residuals: Residuals, chosen: np.ndarray) -> Residuals:
    """Return some of the rows."""
    raw = {name: mean[chosen] for name, mean in residuals.raw.items()}
    return Residuals(**{name: getattr(residuals, name)[chosen] for name in COLUMNS}, raw=raw)


def tables(residuals: Residuals, name: str, known: Panel) -> calibration.Tables:
    """Return the calibration tables of a candidate from what was known after a panel's last period.

    Only forecasts made before enter, and only those of their weeks that had passed by then.

    Args:
        residuals: Forecasts and actuals of past origins, later ones among them.
        name: Candidate.
        known: History up to the origin of the forecasts to calibrate.
    """
    length = len(known.periods)
    ahead = np.arange(residuals.actual.shape[1])
    has_passed = residuals.cutoff[:, None] + ahead < length
    rows = np.flatnonzero(residuals.cutoff < length)
    actual = np.where(has_passed, residuals.actual, np.nan)[rows]
    if (~np.isnan(actual)).sum() < MINIMUM_ERRORS:
        return own_spread(known)
    return calibration.fit(actual, residuals.raw[name][rows], residuals.level[rows], residuals.classes[rows])


def own_spread(known: Panel) -> calibration.Tables:
    """Return calibration tables for want of earlier forecasts: how demand fell around its own mean so far."""
    level, length = models.level(known), len(known.periods)
    each = np.repeat(level, length)
    # As one column, because weeks of the past say nothing about how far ahead a forecast looks.
    return calibration.fit(
        known.filled.reshape(-1, 1), each[:, None], each, np.repeat(classes.classify(known.demand), length)
    )


def _at_origin(panel: Panel, length: int, setting: models.Setting) -> Residuals | None:
    known = panel.until(length)
    # Series that would get the fallback are not judged as if a model had forecast them.
    known = known.select(np.flatnonzero(classes.data_status(known.demand) != "insufficient"))
    if not (np.nan_to_num(known.demand) > 0).any():
        return None
    boosted = gbm.fit(known, season=setting.season, freq=setting.freq) if length >= gbm.MINIMUM_PERIODS else None
    actual = np.full((len(known.ids), setting.horizon), np.nan)
    future = panel.filled[np.searchsorted(panel.ids, known.ids), length : length + setting.horizon]
    actual[:, : future.shape[1]] = future
    log.info("backtest at %s: %d series", known.periods[-1].date(), len(known.ids))
    return Residuals(
        cutoff=np.full(len(known.ids), length),
        ids=known.ids,
        classes=classes.classify(known.demand),
        level=models.level(known),
        maximum=models.maximum(known),
        scale=metrics.naive_scales(known.filled, setting.naive_season),
        actual=actual,
        raw=models.forecast(known, setting, boosted),
    )
