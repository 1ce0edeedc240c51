"""Features that were tried and left out: what they change, on the same stock and cut-offs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.demand_forecast import engine
from ml.demand_forecast import panel as demand
from ml.slow_movers import contest, evaluate, model
from ml.slow_movers.door import Given
from ml.slow_movers.features import CATEGORY, FEATURES
from ml.slow_movers.panel import KEYS
from ml.slow_movers.policy import Policy

SEASON = 52
MAXIMUM = 5.0
Feature = dict[str, int]


def table(given: Given, policy: Policy) -> pd.DataFrame:
    """Return the figures of gradient boosting as it is, with the forecast and with substitutes, a row each."""
    lines = []
    for name, add in (("as it is", _nothing), ("with the forecast", _forecast), ("with substitutes", _substitutes)):
        rows, columns = add(given, policy)
        lines.append({"features": name, **_figures(rows, columns, given, policy)})
    return pd.DataFrame(lines)


def _figures(rows: pd.DataFrame, columns: Feature, given: Given, policy: Policy) -> dict[str, float]:
    training, test = (rows[rows["cutoff"].isin(weeks)] for weeks in (given.plan.training, given.plan.test))
    usual = dict(FEATURES)
    # The models look their features up there; nothing else does meanwhile.
    FEATURES.update(columns)
    try:
        score = model.probability(model.fit(model.GRADIENT_BOOSTING, training), test)
    finally:
        FEATURES.clear()
        FEATURES.update(usual)
    lost, at_stake = (test[name].to_numpy() * test["worth"] for name in ("unsold_quantity", "on_hand_quantity"))
    captured = contest.value_captured(lost.to_numpy(), at_stake.to_numpy() * score)
    return evaluate.measures(test["is_slow"], score, policy.high_probability) | {"value_captured": captured}


def _nothing(given: Given, policy: Policy) -> tuple[pd.DataFrame, Feature]:
    return given.rows, {}


def _forecast(given: Given, policy: Policy) -> tuple[pd.DataFrame, Feature]:
    """Add what the demand forecast expects until the window closes, against the stock that may be left.

    Its engine learns twice, at the first and at the last cut-off learnt from, so that no forecast knows an outcome that
    it is used to tell.
    """
    from scipy.stats import nbinom

    grid, plan = given.grid, given.plan
    panel = _panel(given)
    setting = engine.Setting(policy.horizon_weeks, SEASON)
    early, late = (
        engine.learn(panel.until(grid.column(week) + 1), setting) for week in (plan.training[0], plan.training[-1])
    )
    parts = []
    for cutoff in sorted({*plan.training, *plan.test}):
        rows = given.rows[given.rows["cutoff"] == cutoff]
        known = panel.until(grid.column(cutoff) + 1)
        found = engine.forecast(early if cutoff in plan.training else late, known)
        line = pd.Index(known.ids).get_indexer(_ids(rows))
        mean = pd.Series(np.maximum(found.mean[line].sum(axis=1), 0.01), index=rows.index)
        # Counted demand around a mean that itself is a third off.
        variance = 1.5 * mean + (0.35 * mean) ** 2
        size = mean**2 / (variance - mean)
        limit = np.ceil(rows["on_hand_quantity"] * (1 - policy.unsold_share)) - 1
        parts.append(
            pd.DataFrame(
                {
                    "forecast_shortfall": nbinom.cdf(limit, size, size / (size + mean)),
                    "forecast_cover": rows["on_hand_quantity"] * policy.horizon_weeks / mean,
                    "forecast_to_pace": (mean / (rows["mean_13"] * policy.horizon_weeks).replace(0, np.nan)).clip(
                        upper=MAXIMUM
                    ),
                },
                index=rows.index,
            )
        )
    added = {"forecast_shortfall": 1, "forecast_cover": 1, "forecast_to_pace": 0}
    return given.rows.join(pd.concat(parts)), added


def _panel(given: Given) -> demand.Panel:
    grid = given.grid
    sold = pd.DataFrame(grid.values["sold_quantity"], columns=grid.weeks)
    items = given.items.set_index(KEYS)[CATEGORY].reindex(pd.MultiIndex.from_frame(grid.series))
    static = {f"s_{name}": items[name].to_numpy() for name in CATEGORY}
    long = sold.assign(unique_id=_ids(grid.series).to_numpy(), **static)
    keys = ["unique_id", *static]
    return demand.build(long.melt(keys, var_name="ds", value_name="y").dropna(subset="y"), "W-MON")


def _ids(rows: pd.DataFrame) -> pd.Series:
    return rows[KEYS[0]].astype(str) + "|" + rows[KEYS[1]].astype(str)


def _substitutes(given: Given, policy: Policy) -> tuple[pd.DataFrame, Feature]:
    """Add what the other items of the category sold at the place: the newer ones, the cheaper ones, and their trend."""
    items = given.items.set_index(KEYS)[CATEGORY]
    rows = given.rows.join(items, on=KEYS, rsuffix="_item")
    group = ["cutoff", "planning_location_id", *CATEGORY]
    sums = rows.groupby(group)[["mean_4", "previous_mean_8"]].transform("sum") - rows[
        ["mean_4", "previous_mean_8"]
    ].fillna(0)
    trend = (sums["mean_4"] / sums["previous_mean_8"].replace(0, np.nan) - 1).clip(upper=MAXIMUM)
    added = given.rows.assign(
        newer_share=_ahead(rows, group, "age_weeks"),
        cheaper_share=_ahead(rows, group, "regular_unit_price"),
        lost_to_others=trend - rows["demand_trend"],
    )
    return added, dict.fromkeys(("newer_share", "cheaper_share", "lost_to_others"), 0)


def _ahead(rows: pd.DataFrame, group: list[str], order: str) -> pd.Series:
    """Return the share of what the others of a group sold in 13 weeks that those before a row by an order hold."""
    ordered = rows.sort_values([*group, order])
    sold = ordered.groupby(group)["sold_13"]
    others = sold.transform("sum") - ordered["sold_13"]
    return ((sold.cumsum() - ordered["sold_13"]) / others.replace(0, np.nan)).reindex(rows.index)
