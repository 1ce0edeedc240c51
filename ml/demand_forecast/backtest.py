"""Rolling-origin backtest: every candidate at earlier cut-offs, the best per demand class, and the figures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import metrics
from ml.demand_forecast import calibration, classes, gbm, models
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES, Floats

log = logging.getLogger(__name__)

CHAMPION = "champion"
ALL = "all"
MINIMUM_TRAINING = 26
MINIMUM_HISTORY = 8


@dataclass(frozen=True)
class Evaluation:
    """Forecasts and actuals of all cut-offs; one row per cut-off and series, one column per week ahead.

    Attributes:
        cutoff: Periods of history the row's forecast had seen, shape (n,).
        ids: unique_id of each row.
        classes: Demand class before the cut-off.
        level: Mean demand before the cut-off.
        maximum: Highest demand before the cut-off.
        scale: In-sample error of the naive forecast before the cut-off, for MASE.
        actual: Observed demand, shape (n, horizon); nan where censored or beyond the data.
        raw: Candidate to mean forecasts as the model gave them, shape (n, horizon).
        means: The same after calibration.
        deciles: Candidate to deciles, shape (n, horizon, 9).
    """

    cutoff: np.ndarray
    ids: np.ndarray
    classes: np.ndarray
    level: Floats
    maximum: Floats
    scale: Floats
    actual: Floats
    raw: dict[str, Floats]
    means: dict[str, Floats]
    deciles: dict[str, Floats]


def plan(length: int, horizon: int, count: int) -> list[int]:
    """Return how much history each cut-off sees, ascending.

    The last cut-off leaves a whole horizon for evaluation, or half of a history shorter than two. Earlier ones lie a
    horizon apart, or closer where the first would otherwise have fewer than 26 periods to learn from.

    Raises:
        ValueError: the history is shorter than 8 periods.
    """
    if length < MINIMUM_HISTORY:
        raise ValueError(f"a backtest needs {MINIMUM_HISTORY} periods of history, got {length}")
    first = min(MINIMUM_TRAINING, max(length - horizon, length // 2))
    last = max(length - horizon, first)
    step = min(horizon, (last - first) // max(count - 1, 1))
    return sorted({last - step * number for number in range(count)})


def naive_season(cutoffs: Sequence[int], season: int) -> int:
    """Return the lag of the naive forecast: the season where every cut-off has seen one, otherwise 1 (last value).

    One lag for all cut-offs and the future keeps the figures about the forecast that is really made.
    """
    return season if min(cutoffs) >= season else 1


def run(panel: Panel, cutoffs: Sequence[int], setting: models.Setting) -> Evaluation:
    """Forecast with every candidate at every cut-off.

    Calibrated means and deciles of a cut-off come from residual tables of the other cut-offs (with a single one: of
    the other half of the series), so no forecast is judged with a table that knows its own actuals. Cut-offs closer
    than the horizon share target weeks: a shock common to all series in such a week reaches the table.

    Args:
        panel: History; only its first part is shown to a cut-off.
        cutoffs: Periods of history of each cut-off.
        setting: Horizon, season and period.
    """
    parts = [_at_cutoff(panel, length, setting) for length in cutoffs]
    names = [name for name in models.NAMES if all(name in part.raw for part in parts)]

    def joined(attribute: str) -> np.ndarray:
        return np.concatenate([getattr(part, attribute) for part in parts])

    means = {name: np.concatenate([part.raw[name] for part in parts]) for name in names}
    rows = {name: joined(name) for name in ("cutoff", "ids", "classes", "level", "maximum", "scale", "actual")}
    folds = rows["cutoff"] if len(cutoffs) > 1 else np.arange(len(rows["ids"])) % 2
    fitted = {name: _cross_fitted(mean, rows, folds) for name, mean in means.items()}
    return Evaluation(
        **rows,
        raw=means,
        means={name: mean for name, (mean, _) in fitted.items()},
        deciles={name: deciles for name, (_, deciles) in fitted.items()},
    )


def choose(evaluation: Evaluation, margin: float) -> dict[str, str]:
    """Return the champion of every demand class and of ``all``: the lowest WQL over deciles.

    A candidate replaces seasonal naive only where its WQL is lower by at least margin (a share of naive's).
    """
    choices = {}
    for name in (ALL, *np.unique(evaluation.classes)):
        losses = {model: _loss(evaluation, model, str(name)) for model in evaluation.means}
        naive = losses[models.BASELINE]
        best = min(losses, key=lambda model: (losses[model], model)) if np.isfinite(naive) else models.BASELINE
        choices[str(name)] = best if losses[best] <= (1 - margin) * naive else models.BASELINE
    return choices


def combined(evaluation: Evaluation, choices: dict[str, str]) -> tuple[Floats, Floats]:
    """Return mean and deciles of the per-class choices; a class without a choice takes that of ``all``."""
    mean = np.zeros_like(evaluation.actual)
    deciles = np.zeros((*mean.shape, len(DECILES)))
    for name in np.unique(evaluation.classes):
        model = choices.get(str(name), choices[ALL])
        model = model if model in evaluation.means else models.BASELINE
        rows = evaluation.classes == name
        mean[rows], deciles[rows] = evaluation.means[model][rows], evaluation.deciles[model][rows]
    return mean, deciles


def table(evaluation: Evaluation, choices: dict[str, str]) -> pd.DataFrame:
    """Return the figures: one row per model, demand class (or ``all``) and week ahead (0 = all), as in the table
    ml.demand_forecast_backtests, with the per-class combination as model ``champion`` of class ``all``.
    """
    forecasts = {name: (evaluation.means[name], evaluation.deciles[name]) for name in evaluation.means}
    rows = []
    for model, (mean, deciles) in (forecasts | {CHAMPION: combined(evaluation, choices)}).items():
        names = [ALL] if model == CHAMPION else [ALL, *np.unique(evaluation.classes)]
        for name in map(str, names):
            chosen = _rows(evaluation, name)
            is_champion = model == CHAMPION or (name != ALL and choices[name] == model)
            for week in range(evaluation.actual.shape[1] + 1):
                columns = slice(None) if week == 0 else slice(week - 1, week)
                figures = _figures(evaluation, mean, deciles, chosen, columns)
                if figures:
                    key = {"model_name": model, "demand_class": name, "horizon_week": week, "is_champion": is_champion}
                    rows.append(key | figures)
    return pd.DataFrame(rows)


def residual_tables(evaluation: Evaluation, names: Sequence[str]) -> dict[str, calibration.Tables]:
    """Return the calibration tables of the named candidates from all cut-offs, for forecasts of the future."""
    return {
        name: calibration.fit(evaluation.actual, evaluation.raw[name], evaluation.level, evaluation.classes)
        for name in names
    }


def _at_cutoff(panel: Panel, length: int, setting: models.Setting) -> Evaluation:
    known = panel.until(length)
    # Series that would get the fallback are not judged as if a model had forecast them.
    known = known.select(np.flatnonzero(classes.data_status(known.demand) != "insufficient"))
    boosted = gbm.fit(known, season=setting.season, freq=setting.freq) if length >= gbm.MINIMUM_PERIODS else None
    means = models.forecast(known, setting, boosted)
    actual = np.full((len(known.ids), setting.horizon), np.nan)
    future = panel.demand[np.searchsorted(panel.ids, known.ids), length : length + setting.horizon]
    actual[:, : future.shape[1]] = future
    log.info("backtest at %s: %d series", known.periods[-1].date(), len(known.ids))
    return Evaluation(
        cutoff=np.full(len(known.ids), length),
        ids=known.ids,
        classes=classes.classify(known.demand),
        level=models.level(known),
        maximum=models.maximum(known),
        scale=_naive_scales(known, setting.naive_season),
        actual=actual,
        raw=means,
        means={},
        deciles={},
    )


def _naive_scales(panel: Panel, season: int) -> Floats:
    """In-sample mean absolute error of the naive forecast per series, nan where too short or 0."""
    steps = np.abs(panel.filled[:, season:] - panel.filled[:, :-season])
    count = (~np.isnan(steps)).sum(axis=1)
    scale = np.nansum(steps, axis=1) / np.maximum(count, 1)
    return np.where(scale > 0, scale, np.nan)


def _cross_fitted(mean: Floats, rows: dict[str, np.ndarray], folds: np.ndarray) -> tuple[Floats, Floats]:
    center, deciles = np.zeros(mean.shape), np.zeros((*mean.shape, len(DECILES)))
    for fold in np.unique(folds):
        other, own = folds != fold, folds == fold
        tables = calibration.fit(rows["actual"][other], mean[other], rows["level"][other], rows["classes"][other])
        center[own], deciles[own] = calibration.apply(
            tables, mean[own], rows["level"][own], rows["classes"][own], rows["maximum"][own]
        )
    return center, deciles


def _rows(evaluation: Evaluation, name: str) -> np.ndarray:
    return np.flatnonzero((evaluation.classes == name) | (name == ALL))


def _loss(evaluation: Evaluation, model: str, name: str) -> float:
    rows = _rows(evaluation, name)
    actual = evaluation.actual[rows]
    observed = ~np.isnan(actual)
    return metrics.wql(actual[observed], evaluation.deciles[model][rows][observed], DECILES)


def _figures(
    evaluation: Evaluation, mean: Floats, deciles: Floats, rows: np.ndarray, columns: slice
) -> dict[str, float | int]:
    actual = evaluation.actual[rows, columns]
    observed = ~np.isnan(actual)
    if not observed.any():
        return {}
    truth, forecast, spread = actual[observed], mean[rows, columns][observed], deciles[rows, columns][observed]
    scaled = (np.abs(actual - mean[rows, columns]) / evaluation.scale[rows, None])[observed]
    scaled = scaled[~np.isnan(scaled)]
    covered = metrics.coverage(truth, spread)
    return {
        "cutoff_count": len(np.unique(evaluation.cutoff[rows][observed.any(axis=1)])),
        "series_count": len(np.unique(evaluation.ids[rows][observed.any(axis=1)])),
        "actual_quantity": float(truth.sum()),
        "wql": metrics.wql(truth, spread, DECILES),
        "wape": metrics.wape(truth, forecast),
        "bias": metrics.bias(truth, forecast),
        "mase": float(scaled.mean()) if len(scaled) else float("nan"),
        "coverage_q10": float(covered[0]),
        "coverage_q50": float(covered[4]),
        "coverage_q90": float(covered[8]),
    }
