"""What was known of the stock on hand at a date: features from weeks up to that date and no later."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.slow_movers import demand_rate, dropout
from ml.slow_movers.panel import KEYS, Floats, Integers, Panel
from ml.slow_movers.policy import Policy

# Cover of stock that nothing consumes, in weeks: ten years.
MAXIMUM_COVER = 520.0
# Recent weeks may beat their past by any factor; beyond this the figure says no more.
MAXIMUM_TREND = 5.0
YEAR = 52
# Weight of a week in the fading pace against the week after it.
FADING = 0.9
# Weeks that a series must have before the weeks a year ago for these to tell of a season.
SEASON_WEEKS = 8
CATEGORY = ["category_1", "category_2"]

# Direction in which a feature can only raise the probability, everything else equal; 0 where the data decide.
FEATURES = {
    "shortfall_probability": 1,
    "cover_weeks_4": 1,
    "cover_weeks_8": 1,
    "cover_weeks_13": 1,
    "on_hand_quantity": 0,
    "stock_to_history": 0,
    "weeks_since_sale": 1,
    "zero_share_13": 0,
    "demand_trend": 0,
    "demand_cv_13": 0,
    "discount_pct_4": 0,
    "promoted_share_4": 0,
    "weeks_since_receipt": 0,
    "received_to_stock_13": 0,
    "age_weeks": 0,
    "price_to_category": 0,
    "regular_unit_price": 0,
    "category_sell_through_13": 0,
    "category_trend": 0,
    "unit_cost": 0,
    "on_hand_amount": 0,
    "sales_rank_share": 0,
    "shortfall_probability_52": 1,
    "cover_weeks_26": 1,
    "cover_weeks_52": 1,
    "zero_share_26": 0,
    "zero_share_52": 0,
    "gaps_since_sale": 1,
    "cover_weeks_faded": 1,
    "stock_to_last_year": 1,
    "season_ratio": 0,
}
# What is answered without learning from outcomes: the chance that demand stays below what must sell, and that nothing
# sells in the window, both if an item may fall out of demand for good.
ANSWERS = ("dropout_probability", "no_sale_probability")


def at(panel: Panel, items: pd.DataFrame, cutoff: pd.Timestamp, policy: Policy) -> pd.DataFrame:
    """Return features of all stock on hand at the end of a week.

    Args:
        panel: Weekly history; weeks after the cut-off are not looked at.
        items: Attributes per product and planning location, shaped like core.dim_planning_item. They are today's:
            only the category, and the unit cost where the weeks know none, are used.
        cutoff: Monday of the cut-off week.
        policy: Horizon and share of the label, for the shortfall probability.

    Returns:
        One row per series with stock on hand, index = line of the panel: product_id, planning_location_id, the
        columns of FEATURES, those of ANSWERS, and the figures behind them that rules and reasons quote.
    """
    column = panel.column(cutoff)
    attributes = panel.series.merge(items[[*KEYS, *CATEGORY, "unit_cost"]], on=KEYS, how="left", validate="one_to_one")
    frame = panel.series.assign(**_stock(panel, column))
    frame = frame.assign(**_demand(panel, column))
    frame = frame.assign(**_long(panel, column, policy))
    frame = frame.assign(**_price(panel, column, attributes))
    frame = frame.assign(**_cover(frame))
    frame = frame.assign(**_category(frame, attributes))
    on_hand = frame["on_hand_quantity"] > 0
    frame = frame[on_hand].copy()
    forecast = (frame["sold_13"], frame["weeks_seen_13"], policy.horizon_weeks)
    limit = frame["on_hand_quantity"] * (1 - policy.unsold_share)
    frame["shortfall_probability"] = demand_rate.shortfall_probability(*forecast, limit)
    year = (frame["sold_52"], frame["weeks_seen_52"], policy.horizon_weeks)
    frame["shortfall_probability_52"] = demand_rate.shortfall_probability(*year, limit)
    unsold = demand_rate.expected_unsold(*forecast, frame["on_hand_quantity"])
    frame["shortfall_share"] = unsold / frame["on_hand_quantity"]
    return frame.assign(**_answers(panel, column, frame, policy))


def _answers(panel: Panel, column: int, frame: pd.DataFrame, policy: Policy) -> dict[str, Floats]:
    """Return ANSWERS for rows of the frame; of what never sold, what the pace of no sale says."""
    known, has_sold = dropout.weeks(panel, column)
    pace = frame["sold_13"].to_numpy(), frame["weeks_seen_13"].to_numpy()
    limit = (frame["on_hand_quantity"] * (1 - policy.unsold_share)).to_numpy()
    short = frame["shortfall_probability"].to_numpy(copy=True)
    none = demand_rate.shortfall_probability(*pace, policy.window_weeks, np.ones(len(frame)))
    chosen = has_sold[frame.index]
    if chosen.any():
        chances = dropout.fit(known.of(has_sold))
        rows = known.of(frame.index.to_numpy()[chosen])
        sold, seen = (values[chosen] for values in pace)
        spread = dropout.spread(panel.trailing("sold_quantity", column, YEAR))[frame.index][chosen]
        short[chosen] = dropout.shortfall(chances, rows, sold, seen, spread, policy.horizon_weeks, limit[chosen])
        none[chosen] = dropout.no_sale(chances, rows, policy.lead_weeks, policy.window_weeks)
    return dict(zip(ANSWERS, (short, none), strict=True))


def _stock(panel: Panel, column: int) -> dict[str, Floats]:
    """Stock, its value, its own history, and what came in."""
    on_hand = panel.values["closing_on_hand_quantity"][:, column]
    history = _mean(panel.trailing("closing_on_hand_quantity", column, 26))
    received = panel.trailing("received_quantity", column, 13)
    all_received = panel.trailing("received_quantity", column, column + 1)
    return {
        "on_hand_quantity": on_hand,
        "stock_to_history": _ratio(on_hand, history),
        "received_13": np.nansum(received, axis=1),
        "received_to_stock_13": _ratio(np.nansum(received, axis=1), on_hand),
        "weeks_since_receipt": _weeks_since(all_received, panel.first, column),
        "age_weeks": (column - panel.first + 1).astype(np.float64),
    }


def _demand(panel: Panel, column: int) -> dict[str, Floats]:
    """Pace, last sale, trend and regularity of demand."""
    sold = panel.trailing("sold_quantity", column, 13)
    recent, previous = _mean(sold[:, -4:]), _mean(panel.trailing("sold_quantity", column, 8, skip=4))
    value = np.nansum(panel.trailing("net_sales_amount", column, 52), axis=1)
    return {
        "weeks_seen_13": np.maximum((~np.isnan(sold)).sum(axis=1), 1).astype(np.float64),
        "zero_weeks_13": (sold <= 0).sum(axis=1).astype(np.float64),
        "zero_share_13": _mean(np.where(np.isnan(sold), np.nan, sold <= 0)),
        "sold_13": np.nansum(sold, axis=1),
        "mean_4": recent,
        "mean_8": _mean(sold[:, -8:]),
        "mean_13": _mean(sold),
        "previous_mean_8": previous,
        "demand_trend": np.minimum(_ratio(recent, previous) - 1, MAXIMUM_TREND),
        "demand_cv_13": _ratio(_deviation(sold), _mean(sold)),
        "weeks_since_sale": _weeks_since(panel.trailing("sold_quantity", column, column + 1), panel.first, column),
        "sales_value_52": value,
    }


def _long(panel: Panel, column: int, policy: Policy) -> dict[str, Floats]:
    """Pace and gaps over half a year and a year, and what the same weeks took a year ago."""
    sold = panel.values["sold_quantity"]
    half, year = (panel.trailing("sold_quantity", column, weeks) for weeks in (26, YEAR))
    on_hand = panel.values["closing_on_hand_quantity"][:, column]
    seen = np.maximum((~np.isnan(year)).sum(axis=1), 1)
    since = _weeks_since(panel.trailing("sold_quantity", column, column + 1), panel.first, column)
    weights = FADING ** np.arange(year.shape[1])[::-1]
    faded = _ratio(np.nansum(year * weights, axis=1), (~np.isnan(year) * weights).sum(axis=1))
    # Of series that had hardly begun by then, the weeks a year ago tell nothing.
    then = column + 1 - YEAR
    same, usual = np.full((2, len(on_hand)), np.nan)
    if then >= SEASON_WEEKS and policy.horizon_weeks <= YEAR:
        is_known = panel.first <= then - SEASON_WEEKS
        same[is_known] = np.nansum(sold[is_known, then : then + policy.horizon_weeks], axis=1)
        usual[is_known] = policy.horizon_weeks * _mean(sold[is_known, max(then - YEAR, 0) : then])
    return {
        "sold_52": np.nansum(year, axis=1),
        "weeks_seen_52": seen.astype(np.float64),
        "cover_weeks_26": _limited(_ratio(on_hand, _mean(half), MAXIMUM_COVER)),
        "cover_weeks_52": _limited(_ratio(on_hand, _mean(year), MAXIMUM_COVER)),
        "cover_weeks_faded": _limited(_ratio(on_hand, faded, MAXIMUM_COVER)),
        "zero_share_26": _mean(np.where(np.isnan(half), np.nan, half <= 0)),
        "zero_share_52": _mean(np.where(np.isnan(year), np.nan, year <= 0)),
        "gaps_since_sale": since * ((year > 0).sum(axis=1) + 1) / (seen + 1),
        "stock_to_last_year": _limited(_ratio(on_hand, same, MAXIMUM_COVER)),
        "season_ratio": np.minimum(_ratio(same, usual), MAXIMUM_TREND),
    }


def _limited(cover: Floats) -> Floats:
    return np.minimum(cover, MAXIMUM_COVER)


def _price(panel: Panel, column: int, attributes: pd.DataFrame) -> dict[str, Floats]:
    """Price against the category, discount, promotion and cost."""
    gross = np.nansum(panel.trailing("gross_sales_amount", column, 4), axis=1)
    net = np.nansum(panel.trailing("net_sales_amount", column, 4), axis=1)
    price = pd.Series(_latest(panel.trailing("regular_unit_price", column, 26)))
    category = [attributes[name] for name in CATEGORY]
    cost = _latest(panel.trailing("closing_unit_cost", column, 26))
    cost = np.where(np.isnan(cost), attributes["unit_cost"].to_numpy(dtype=np.float64), cost)
    quantity, amount = (panel.values[f"closing_on_hand_{measure}"][:, column] for measure in ("quantity", "amount"))
    return {
        "regular_unit_price": price.to_numpy(),
        "price_to_category": _ratio(price.to_numpy(), price.groupby(category, dropna=False).transform("median")),
        "discount_pct_4": np.where(gross > 0, 1 - _ratio(net, gross), 0.0),
        "promoted_share_4": np.nan_to_num(_mean(panel.trailing("promoted_share", column, 4))),
        "unit_cost": cost,
        "on_hand_amount": np.where(np.isnan(amount), cost * quantity, amount),
    }


def _cover(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Weeks that the stock lasts at a trailing pace, and where the item stands in its location's sales value."""
    cover = {
        f"cover_weeks_{weeks}": pd.Series(
            np.minimum(_ratio(frame["on_hand_quantity"], frame[f"mean_{weeks}"], MAXIMUM_COVER), MAXIMUM_COVER),
            index=frame.index,
        )
        for weeks in (4, 8, 13)
    }
    ranked = frame.sort_values(["sales_value_52", *KEYS], ascending=[False, True, True])
    value = ranked["sales_value_52"].clip(lower=0)
    location = ranked["planning_location_id"]
    # Share of the value sold by items ahead of this one: an item opens class C where that is 95 % or more.
    ahead = value.groupby(location).cumsum() - value
    share = ahead / value.groupby(location).transform("sum").replace(0, np.nan)
    return cover | {"sales_rank_share": share.reindex(frame.index)}


def _category(frame: pd.DataFrame, attributes: pd.DataFrame) -> dict[str, pd.Series]:
    """Sell-through (quantity sold / (sold + on hand)) and trend of the item's category in its planning location."""
    keys = [frame["planning_location_id"], *(attributes[name] for name in CATEGORY)]
    wanted = ["sold_13", "on_hand_quantity", "mean_4", "previous_mean_8"]
    # Items without a previous pace are left out of both sides of the trend.
    known = frame[wanted].assign(mean_4=frame["mean_4"].where(frame["previous_mean_8"].notna()))
    total = known.groupby(keys, dropna=False)[wanted].transform("sum")
    available = (total["sold_13"] + total["on_hand_quantity"]).replace(0, np.nan)
    trend = (total["mean_4"] / total["previous_mean_8"].replace(0, np.nan) - 1).clip(upper=MAXIMUM_TREND)
    return {"category_sell_through_13": total["sold_13"] / available, "category_trend": trend}


def _mean(values: Floats) -> Floats:
    """Mean over known weeks; nan without one."""
    count = (~np.isnan(values)).sum(axis=1)
    return _ratio(np.nansum(values, axis=1), count)


def _deviation(values: Floats) -> Floats:
    """Sample standard deviation over known weeks; nan with fewer than two."""
    count = (~np.isnan(values)).sum(axis=1)
    squares = np.nansum((values - _mean(values)[:, None]) ** 2, axis=1)
    return np.sqrt(np.where(count > 1, squares / np.maximum(count - 1, 1), np.nan))


def _latest(values: Floats) -> Floats:
    """Last known value of each line; nan without one."""
    known = ~np.isnan(values)
    last = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), values[np.arange(len(values)), last], np.nan)


def _weeks_since(values: Floats, first: Integers, column: int) -> Floats:
    """Weeks since the last positive value, 0 for the last week; the weeks of the whole life without one."""
    happened = np.nan_to_num(values) > 0
    since = np.argmax(happened[:, ::-1], axis=1)
    return np.where(happened.any(axis=1), since, column - first + 1).astype(np.float64)


def _ratio(numerator: object, denominator: object, empty: float = np.nan) -> Floats:
    """Divide; where the denominator is 0, return empty (or nan where it is not known)."""
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    quotient = np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below != 0)
    return np.where(below == 0, empty, quotient)
