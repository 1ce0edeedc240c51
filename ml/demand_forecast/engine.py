"""Train on a panel and forecast its future: the same engine for the pipeline and for any other long frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.demand_forecast import backtest, calibration, classes, gbm, models, residuals
from ml.demand_forecast.backtest import ALL
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES, Floats

FALLBACK = "category_mean"
UNCLASSIFIED = "unclassified"
FALLBACK_WINDOW = 13
# Periods of its category's demand that a young series' own periods are mixed with.
FALLBACK_WEIGHT = 4
# Most specific first; a group is used where at least this many series form it.
FALLBACK_GROUPS = (("s_category_2", "s_planning_location_id"), ("s_category_1", "s_planning_location_id"))
FALLBACK_SERIES = 5
DECILE_NAMES = [f"q{round(level * 100)}" for level in DECILES]


@dataclass(frozen=True)
class Engine:
    """What training leaves behind.

    Attributes:
        setting: Horizon, season and period.
        choices: Demand class (and ``all``) to the name of its champion.
        tables: Candidate to calibration tables, for the champions and the one that serves the fallback.
        boosted: The boosted model fitted on the whole panel, None where the history is too short for one.
    """

    setting: models.Setting
    choices: dict[str, str]
    tables: dict[str, calibration.Tables]
    boosted: gbm.Boosted | None


def train(
    panel: Panel, *, horizon: int, season: int, freq: str, cutoffs: int, margin: float
) -> tuple[Engine, backtest.Evaluation]:
    """Backtest the candidates, choose one per demand class and fit the rest on all of the panel.

    Args:
        panel: History.
        horizon: Periods ahead.
        season: Season in periods.
        freq: Pandas alias of the period.
        cutoffs: Number of backtest cut-offs.
        margin: Share by which a candidate's WQL must be below seasonal naive's to replace it.

    Raises:
        HistoryError: the history is too short for a backtest: see ``untested``.
    """
    lengths = backtest.plan(len(panel.periods), horizon, cutoffs)
    setting = models.Setting(horizon, season, backtest.naive_season(lengths, season), freq)
    evaluation = backtest.run(panel, lengths, setting)
    choices = backtest.choose(evaluation, margin)
    tables = {
        name: residuals.tables(evaluation.past, name, panel) for name in sorted({*choices.values(), models.AVERAGE})
    }
    # A model the backtest could not judge does not enter the combination later either.
    is_judged = models.BOOSTED in evaluation.means
    boosted = gbm.fit(panel, season=season, freq=freq) if is_judged else None
    return Engine(setting, choices, tables, boosted), evaluation


def untested(panel: Panel, *, horizon: int, season: int, freq: str) -> Engine:
    """Return what forecasts a history too short to judge anything by: its recent mean, its spread as deciles."""
    setting = models.Setting(horizon, season, 1, freq)
    return Engine(setting, {ALL: models.AVERAGE}, {models.AVERAGE: residuals.own_spread(panel)}, None)


def forecast(engine: Engine, panel: Panel, wanted: pd.DataFrame) -> pd.DataFrame:
    """Forecast the periods after the panel's last.

    Series with fewer than 4 observed periods, or none at all, get the mean of their category and place, mixed with
    what they sold so far.

    Args:
        engine: What train returned.
        panel: History up to the origin.
        wanted: One row per series to forecast: ``unique_id`` and the static columns ``s_*``.

    Returns:
        One row per series and period: ``unique_id, ds, step, model_name, demand_class, data_status, is_fallback,
        mean, q10 ... q90, naive``. Deciles ascend and are not negative.
    """
    wanted = wanted.sort_values("unique_id", ignore_index=True)
    row = _rows(panel, wanted["unique_id"].to_numpy(dtype=str))
    status = np.full(len(wanted), "insufficient", dtype=object)
    status[row >= 0] = classes.data_status(panel.demand[row[row >= 0]])
    modeled, other = np.flatnonzero(status != "insufficient"), np.flatnonzero(status == "insufficient")
    parts = []
    if len(modeled):
        parts.append(_modeled(engine, panel.select(row[modeled])).assign(data_status=status[modeled]))
    if len(other):
        parts.append(_fallback(engine, panel, wanted.iloc[other], row[other]).assign(data_status="insufficient"))
    return _long(pd.concat(parts), panel, engine.setting) if parts else pd.DataFrame()


def _modeled(engine: Engine, panel: Panel) -> pd.DataFrame:
    candidates = models.forecast(panel, engine.setting, engine.boosted)
    demand_class = classes.classify(panel.demand)
    chosen = np.array([engine.choices.get(str(name), engine.choices[ALL]) for name in demand_class])
    level, maximum = models.level(panel), models.maximum(panel)
    mean = np.zeros((len(panel.ids), engine.setting.horizon))
    deciles = np.zeros((*mean.shape, len(DECILES)))
    for name in np.unique(chosen):
        rows = chosen == name
        mean[rows], deciles[rows] = calibration.apply(
            engine.tables[name], candidates[name][rows], level[rows], demand_class[rows], maximum[rows]
        )
    naive = candidates[models.BASELINE]
    return _frame(panel.ids, mean, deciles, naive).assign(
        model_name=chosen, demand_class=demand_class, is_fallback=False
    )


def _fallback(engine: Engine, panel: Panel, wanted: pd.DataFrame, row: np.ndarray) -> pd.DataFrame:
    count, total, last = np.zeros(len(row)), np.zeros(len(row)), np.zeros(len(row))
    known = row >= 0
    count[known] = (~np.isnan(panel.filled[row[known]])).sum(axis=1)
    total[known] = np.nansum(panel.filled[row[known]], axis=1)
    last[known] = np.nan_to_num(panel.filled[row[known], -1])
    level = np.maximum((total + FALLBACK_WEIGHT * _group_levels(panel, wanted)) / (count + FALLBACK_WEIGHT), 0.0)
    mean = np.repeat(level[:, None], engine.setting.horizon, axis=1)
    unclassified = np.full(len(row), UNCLASSIFIED)
    _, deciles = calibration.apply(engine.tables[models.AVERAGE], mean, level, unclassified, level)
    naive = np.repeat(np.maximum(last, 0.0)[:, None], engine.setting.horizon, axis=1)
    return _frame(wanted["unique_id"].to_numpy(), mean, deciles, naive).assign(
        model_name=FALLBACK, demand_class=UNCLASSIFIED, is_fallback=True
    )


def _group_levels(panel: Panel, wanted: pd.DataFrame) -> Floats:
    """Mean demand per period of the series like each wanted one, from the most specific group with 5 series."""
    recent = panel.filled[:, -FALLBACK_WINDOW:]
    begun = (~np.isnan(recent)).sum(axis=1)
    known = panel.static[begun > 0].assign(level=(np.nansum(recent, axis=1) / np.maximum(begun, 1))[begun > 0])
    levels = np.full(len(wanted), known["level"].mean() if len(known) else 0.0)
    for group in reversed(FALLBACK_GROUPS):
        if not set(group) <= set(known.columns) & set(wanted.columns):
            continue
        stats = known.groupby(list(group))["level"].agg(["mean", "size"]).query("size >= @FALLBACK_SERIES")["mean"]
        found = stats.reindex(pd.MultiIndex.from_frame(wanted[list(group)])).to_numpy()
        levels = np.where(np.isnan(found), levels, found)
    return levels


def _rows(panel: Panel, ids: np.ndarray) -> np.ndarray:
    """Row of each id in the panel, -1 where it is not."""
    rows: np.ndarray = pd.Index(panel.ids).get_indexer(pd.Index(ids))
    return rows


def _frame(ids: np.ndarray, mean: Floats, deciles: Floats, naive: Floats) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": ids, "mean": list(mean), "deciles": list(deciles), "naive": list(naive)})


def _long(series: pd.DataFrame, panel: Panel, setting: models.Setting) -> pd.DataFrame:
    """Turn one row per series into one per series and period."""
    series = series.sort_values("unique_id", ignore_index=True)
    future = pd.date_range(panel.periods[-1], periods=setting.horizon + 1, freq=setting.freq)[1:]
    labels = series.drop(columns=["mean", "deciles", "naive"])
    result = labels.loc[labels.index.repeat(setting.horizon)].reset_index(drop=True)
    result["ds"] = np.tile(future, len(series))
    result["step"] = np.tile(np.arange(1, setting.horizon + 1), len(series))
    for name in ("mean", "naive"):
        result[name] = np.concatenate(series[name].to_list())
    result[DECILE_NAMES] = np.concatenate(series["deciles"].to_list())
    return result
