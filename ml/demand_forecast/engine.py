"""Learn from a panel and forecast its future: the same engine for the pipeline and for any other long frame."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd

from ml.demand_forecast import boosted, combination, local, past, spread
from ml.demand_forecast.boosted import MEAN, SEED, Boosted, Trainer
from ml.demand_forecast.features import Encoding, Features, encode
from ml.demand_forecast.panel import Panel
from ml.demand_forecast.past import Cases
from ml.demand_forecast.spread import Spread
from ml.metrics import DECILES, QUANTILES, Floats

log = logging.getLogger(__name__)

DECILE_NAMES = [f"q{round(level * 100)}" for level in DECILES]
# q05, q10 ... q95, q975
QUANTILE_NAMES = ["q" + f"{level:.3f}"[2:].removesuffix("0") for level in QUANTILES]
TRAINING_ROWS = 240_000
TREES = 150
# No forecast passes this multiple of the most a series ever did, or of the usual where it never did anything.
CAP = 5.0
# Of a successor, after so many periods of its own no longer what the one before it did.
OWN_PERIODS = 4
# Series forecast at a time, so that memory stays bounded.
BATCH = 5_000


@dataclass(frozen=True)
class Setting:
    """What a forecast is asked for.

    Attributes:
        horizon: Periods ahead.
        season: Season in periods; 1 for none.
        seed: Of every draw.
        lead: Periods ahead over which drivers are known; None for the whole horizon.
    """

    horizon: int
    season: int
    seed: int = SEED
    lead: int | None = None


@dataclass(frozen=True)
class Engine:
    """What learning leaves behind.

    Attributes:
        setting: Horizon and season.
        encoding: Static columns as numbers.
        models: Boosted models fitted on the whole panel; none where it was too short for them.
        weights: What each demand class and third of the horizon is combined of.
        spread: How demand falls around the combination.
        alone: Candidate to how demand falls around it, to compare it by.
        form: Of these fields and of what they hold; one that was stored in another form is not read.
    """

    FORM: ClassVar[int] = 4
    setting: Setting
    encoding: Encoding
    models: dict[str, Boosted]
    weights: combination.Weights
    spread: Spread
    alone: dict[str, Spread] = field(default_factory=dict)
    form: int = FORM


@dataclass(frozen=True)
class Forecast:
    """Forecasts of all series of a panel.

    Attributes:
        mean: Expected demand, shape (n, horizon).
        quantiles: At the levels of ml.metrics.QUANTILES, shape (n, horizon, 14), ascending along the last axis.
        classes: Demand class of each series.
        naive: The seasonal naive forecast, shape (n, horizon).
        models: Candidates that were combined, such as ``boosted_median+tsb``, shape (n, horizon).
        alone: Candidate to its forecast and quantiles, where they were asked for.
    """

    mean: Floats
    quantiles: Floats
    classes: np.ndarray
    naive: Floats
    models: np.ndarray
    alone: dict[str, tuple[Floats, Floats]]


class HistoryError(ValueError):
    """The history is too short, or too empty, to learn from."""


def fit(panel: Panel, setting: Setting, trainer: Trainer = boosted.train) -> Engine:
    """Learn models, their combination and their spread from a panel.

    The combination and the spread come from forecasts of the panel's own past, by models that had not seen what they
    forecast. Nothing after the panel's last period enters but drivers that were known ahead.

    Args:
        panel: History.
        setting: Horizon, season and seed.
        trainer: What fits the boosted models.

    Raises:
        HistoryError: no period of the panel can be forecast from those before it.
    """
    encoding = encode(panel)
    features = Features(panel, setting.season, setting.horizon, encoding, lead=setting.lead)
    earlier = past.collect(features, setting.horizon, naive_season(panel, setting), setting.seed, trainer)
    length = len(panel.periods)
    if earlier is None or not (earlier[0].level[~np.isnan(earlier[1])] > 0).any():
        raise HistoryError(f"{length} periods of {len(panel.ids)} series hold nothing that could have been forecast")
    cases, actual = earlier
    third = combination.thirds(cases.rows.step, setting.horizon)
    weights = combination.choose(cases.candidates, actual, cases.classes, third, setting.seed)
    center = combination.combine(weights, cases.candidates, cases.classes, third)
    step, level, horizon = cases.rows.step, cases.level, setting.horizon
    fitted = partial(spread.fit, horizon=horizon, is_count=is_count(panel))
    falls = fitted(cases.with_ratios(center), level, step, center, actual)
    alone = {name: fitted(None, level, step, mean, actual) for name, mean in cases.candidates.items()}
    rows = boosted.draw(features, horizon, length, TRAINING_ROWS, setting.seed)
    models = boosted.fit((MEAN, *past.CENTERS), features, rows, trees=TREES, trainer=trainer)
    log.info("learnt from %d series of %d periods", len(panel.ids), length)
    return Engine(setting, replace(encoding, names=features.names), models, weights, falls, alone)


def learn(panel: Panel, setting: Setting, trainer: Trainer = boosted.train) -> Engine:
    """Learn as fit does, or where the history is too short for that, as untested does."""
    try:
        return fit(panel, setting, trainer)
    except HistoryError as error:
        log.warning("recent means serve as forecast: %s", error)
        return untested(panel, setting)


def untested(panel: Panel, setting: Setting) -> Engine:
    """Return what forecasts a history too short to judge anything by: recent means, as far off as they were in it."""
    average = local.forecast(panel.filled, 1, 1)[local.AVERAGE]
    center, actual = np.repeat(average, len(panel.periods), axis=1).ravel(), panel.target.ravel()
    fitted = partial(spread.fit, horizon=setting.horizon, is_count=is_count(panel))
    # As one step, because periods of the past say nothing about how far ahead a forecast looks.
    step = np.ones(center.size, dtype=np.int64)
    has_demand = (center[~np.isnan(actual)] > 0).any()
    falls = fitted(None, center, step, center, actual) if has_demand else spread.NOTHING
    weights = {(combination.ALL, 0): {local.AVERAGE: 1.0}}
    return Engine(setting, encode(panel), {}, weights, falls)


def forecast(
    engine: Engine, panel: Panel, *, rows: np.ndarray | None = None, with_candidates: bool = False
) -> Forecast:
    """Forecast the periods after the panel's last for each of its series, also those yet to begin.

    Args:
        engine: What fit returned, of this panel or an earlier one.
        panel: History, and what is known ahead.
        rows: Row numbers of the series to forecast; all without them.
        with_candidates: Return what each candidate says by itself as well.
    """
    setting = engine.setting
    features = Features(panel, setting.season, setting.horizon, engine.encoding, lead=setting.lead)
    rows = np.arange(len(panel.ids)) if rows is None else rows
    batches = (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
    return joined([_forecast(engine, features, batch, with_candidates) for batch in batches])


def naive_season(panel: Panel, setting: Setting) -> int:
    """Return the lag of the naive forecast: the season where the panel is longer than one, otherwise 1."""
    return setting.season if len(panel.periods) > setting.season else 1


def is_count(panel: Panel) -> bool:
    """Tell whether all demand observed came in whole numbers."""
    observed = panel.demand[~np.isnan(panel.demand)]
    return bool((observed == np.round(observed)).all())


def long(found: Forecast, panel: Panel) -> pd.DataFrame:
    """Return one row per series and period.

    Returns:
        ``unique_id, ds, step, demand_class, model_name, mean, q05 ... q975, naive``, with the levels of
        QUANTILE_NAMES.
    """
    count, horizon = found.mean.shape
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(panel.ids, horizon),
            "ds": np.tile(panel.future(horizon).to_numpy(), count),
            "step": np.tile(np.arange(1, horizon + 1), count),
            "demand_class": np.repeat(found.classes, horizon),
            "model_name": found.models.ravel(),
            "mean": found.mean.ravel(),
        }
    )
    frame[QUANTILE_NAMES] = found.quantiles.reshape(-1, len(QUANTILES))
    return frame.assign(naive=found.naive.ravel())


def _forecast(engine: Engine, features: Features, rows: np.ndarray, with_candidates: bool) -> Forecast:
    horizon, panel = engine.setting.horizon, features.panel
    season = naive_season(panel, engine.setting)
    found = past.cases(features, engine.models, rows, len(panel.periods), horizon, season)
    third = combination.thirds(found.rows.step, horizon)
    center = combination.combine(engine.weights, found.candidates, found.classes, third)
    highest = _highest(_shown(features.sold[rows], panel.filled[rows]), found)
    mean, quantiles = engine.spread.describe(found.with_ratios(center), found.level, found.rows.step, center, highest)
    shape, deep = (len(rows), horizon), (len(rows), horizon, len(QUANTILES))
    alone = {}
    for name, falls in engine.alone.items() if with_candidates else ():
        own = found.candidates[name]
        _, around = falls.describe(None, found.level, found.rows.step, own, highest)
        alone[name] = (np.minimum(own, highest).reshape(shape), around.reshape(deep))
    if MEAN in found.candidates:
        # Errors of the mean of the distribution and of the model of the mean partly cancel.
        # On few rows the model may lie beyond all of the distribution.
        modelled = np.minimum(found.candidates[MEAN], np.maximum(quantiles[:, -1], mean))
        mean = np.minimum((mean + modelled) / 2, highest)
    return Forecast(
        mean.reshape(shape),
        quantiles.reshape(deep),
        found.classes[::horizon],
        found.candidates[local.NAIVE].reshape(shape),
        combination.names(engine.weights, found.classes, third).reshape(shape),
        alone,
    )


def joined(parts: list[Forecast]) -> Forecast:
    """Return the forecasts of several parts of a panel, one after the other."""

    def along(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    alone = {
        name: (
            np.concatenate([part.alone[name][0] for part in parts]),
            np.concatenate([part.alone[name][1] for part in parts]),
        )
        for name in parts[0].alone
    }
    return Forecast(along("mean"), along("quantiles"), along("classes"), along("naive"), along("models"), alone)


def _shown(sold: Floats, filled: Floats) -> Floats:
    """Return the history that bounds forecasts: of a successor its own, as soon as it has a few periods."""
    has_own = (~np.isnan(sold)).sum(axis=1) >= OWN_PERIODS
    return np.where(has_own[:, None], sold, filled)


def _highest(filled: Floats, found: Cases) -> Floats:
    """What no forecast of each case may pass."""
    most = np.where(np.isnan(filled), 0.0, filled).max(axis=1, initial=0.0)
    every = np.repeat(most, len(found.level) // len(most))
    highest: Floats = CAP * np.where(every > 0, every, found.level)
    return highest
