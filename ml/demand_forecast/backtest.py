"""Rolling-origin backtest: every candidate at earlier cut-offs, the best per demand class, and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import metrics
from ml.demand_forecast import calibration, models, residuals
from ml.demand_forecast.panel import Panel
from ml.demand_forecast.residuals import Residuals
from ml.metrics import DECILES, Floats

CHAMPION = "champion"
ALL = "all"
MINIMUM_TRAINING = 26
MINIMUM_HISTORY = 8


class HistoryError(ValueError):
    """The history is too short, or too empty, to judge a forecast by."""


@dataclass(frozen=True)
class Evaluation(Residuals):
    """Forecasts and actuals of the cut-offs that are judged.

    Attributes:
        means: Candidate to mean forecasts after calibration, shape (n, horizon).
        deciles: Candidate to deciles, shape (n, horizon, 9).
        past: Forecasts of all origins, from which the future's are calibrated.
    """

    means: dict[str, Floats]
    deciles: dict[str, Floats]
    past: Residuals


def plan(length: int, horizon: int, count: int) -> list[int]:
    """Return how much history each cut-off sees, ascending.

    The last cut-off leaves a whole horizon for evaluation, or half of a history shorter than two. Earlier ones lie a
    horizon apart, or closer where the first would otherwise have fewer than 26 periods to learn from.

    Raises:
        HistoryError: the history is shorter than 8 periods.
    """
    if length < MINIMUM_HISTORY:
        raise HistoryError(f"a backtest needs {MINIMUM_HISTORY} periods of history, got {length}")
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
    """Forecast with every candidate at every cut-off, calibrated as it would have been at the time.

    Means and deciles of a cut-off are calibrated with the errors, known by then, of earlier forecasts; where there
    are next to none, with the spread of the history itself.

    Args:
        panel: History; only its first part is shown to a cut-off.
        cutoffs: Periods of history of each cut-off.
        setting: Horizon, season and period.

    Raises:
        HistoryError: no cut-off has a series that sold in four observed periods or more.
    """
    past = residuals.collect(panel, residuals.origins(len(panel.periods), cutoffs, setting), setting)
    judged = [length for length in cutoffs if past is not None and (past.cutoff == length).any()]
    if past is None or not judged:
        raise HistoryError("no series has demand and 4 observed periods before a cut-off")
    chosen = np.isin(past.cutoff, judged)
    rows = residuals.select(past, chosen)
    means = {name: np.zeros(rows.actual.shape) for name in rows.raw}
    deciles = {name: np.zeros((*rows.actual.shape, len(DECILES))) for name in rows.raw}
    for length in judged:
        known, own = panel.until(length), rows.cutoff == length
        for name, raw in rows.raw.items():
            tables = residuals.tables(past, name, known)
            means[name][own], deciles[name][own] = calibration.apply(
                tables, raw[own], rows.level[own], rows.classes[own], rows.maximum[own]
            )
    return Evaluation(**vars(rows), means=means, deciles=deciles, past=past)


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
