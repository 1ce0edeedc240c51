"""Why a probability is what it is: what raises it most, said with the row's own figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ml.slow_movers import model

REASONS = 3
# A share of the probability too small to be a reason.
MINIMUM_CONTRIBUTION = 0.01


def contributions(fitted: model.Model, features: pd.DataFrame) -> pd.DataFrame:
    """Return how much each group of features raises each row's probability.

    Contribution by occlusion: the probability less the probability with the group at the typical item's values.

    Returns:
        One column per group of GROUPS, index of the features.
    """
    base = model.probability(fitted, features)
    raised = {}
    for group, (columns, _) in GROUPS.items():
        typical = features.assign(**{column: fitted.medians[column] for column in columns})
        raised[group] = base - model.probability(fitted, typical)
    return pd.DataFrame(raised, index=features.index)


def explain(fitted: model.Model, features: pd.DataFrame) -> pd.DataFrame:
    """Return up to three reasons per row, the strongest first, as true statements about the row.

    A group speaks where it raises the probability and its figures have something to say; a row that nothing raises
    states its cover.

    Returns:
        Columns reason_1, reason_2 and reason_3 (None where there are fewer), index of the features.
    """
    raised = contributions(fitted, features)
    order = np.argsort(-raised.to_numpy(), axis=1, kind="stable")
    sorted_raise = np.take_along_axis(raised.to_numpy(), order, axis=1)
    speakers = [speak for _, speak in GROUPS.values()]
    lines = []
    for row, groups, amounts in zip(features.itertuples(index=False), order, sorted_raise, strict=True):
        strong = (
            speakers[group] for group, amount in zip(groups, amounts, strict=True) if amount >= MINIMUM_CONTRIBUTION
        )
        said = [sentence for speak in strong if (sentence := speak(row))][:REASONS] or [cover(row)]
        lines.append(said + [None] * (REASONS - len(said)))
    return pd.DataFrame(lines, index=features.index, columns=[f"reason_{i + 1}" for i in range(REASONS)], dtype=object)


def cover(row: Any) -> str:
    """Say how long the stock lasts at the pace of the weeks seen."""
    weeks = f"{row.weeks_seen_13:.0f}"
    if row.sold_13 <= 0:
        return f"no demand in the last {weeks} weeks for {number(row.on_hand_quantity)} on hand"
    pace = "last week's pace" if row.weeks_seen_13 == 1 else f"the last {weeks} weeks' pace"
    return f"cover {number(row.on_hand_quantity * row.weeks_seen_13 / row.sold_13)} weeks at {pace}"


def year(row: Any) -> str | None:
    """Say how long the stock lasts at the pace of a year, where that is longer than half of one."""
    if row.sold_52 <= 0 or row.cover_weeks_52 < 26 or row.weeks_seen_52 <= 13:
        return None
    weeks = number(row.on_hand_quantity * row.weeks_seen_52 / row.sold_52)
    return f"cover {weeks} weeks at the last {row.weeks_seen_52:.0f} weeks' pace"


def season(row: Any) -> str | None:
    """Say how far the same weeks fell behind a year ago."""
    if not row.season_ratio <= 0.8:
        return None
    return f"a year ago these weeks took {100 * row.season_ratio:.0f} % of the pace before"


def recency(row: Any) -> str | None:
    """Say when it last sold, or how often it did not."""
    if row.weeks_since_sale >= row.age_weeks:
        return f"no sale in all its {row.age_weeks:.0f} weeks"
    if row.weeks_since_sale >= 2:
        return f"no sale for {row.weeks_since_sale:.0f} weeks"
    if row.zero_share_13 >= 0.25:
        return f"no sale in {row.zero_weeks_13:.0f} of the last {row.weeks_seen_13:.0f} weeks"
    return None


def trend(row: Any) -> str | None:
    """Say how far the last 4 weeks fell behind the 8 before."""
    if not row.demand_trend <= -0.05:
        return None
    return f"sales down {-100 * row.demand_trend:.0f} % against the previous {min(row.age_weeks - 4, 8):.0f} weeks"


def swings(row: Any) -> str | None:
    """Say how irregular demand is."""
    if not row.demand_cv_13 > 1:
        return None
    return f"demand swings: weekly deviation {row.demand_cv_13:.1f} times its mean"


def inflow(row: Any) -> str | None:
    """Say what came in against what went out."""
    if row.received_13 > row.sold_13:
        flow = f"received {number(row.received_13)} and sold {number(row.sold_13)}"
        return f"{flow} in the last {row.weeks_seen_13:.0f} weeks"
    if row.weeks_since_receipt >= 8:
        return f"no receipt for {row.weeks_since_receipt:.0f} weeks"
    return None


def level(row: Any) -> str | None:
    """Say how stock stands against its own past."""
    if not row.stock_to_history >= 1.1:
        return None
    return f"stock {row.stock_to_history:.1f} times its {min(row.age_weeks, 26):.0f}-week average"


def age(row: Any) -> str:
    """Say how long it has been in the range."""
    return f"in the range for {row.age_weeks:.0f} {'week' if row.age_weeks == 1 else 'weeks'}"


def price(row: Any) -> str | None:
    """Say how price, discount and promotion stand."""
    if row.discount_pct_4 >= 0.05:
        return f"sold at {100 * row.discount_pct_4:.0f} % discount in the last 4 weeks"
    if row.price_to_category >= 1.05:
        return f"price {100 * (row.price_to_category - 1):.0f} % above its category's median"
    return "not promoted in the last 4 weeks" if row.promoted_share_4 <= 0 else None


def category(row: Any) -> str | None:
    """Say how the category sells where the item lies."""
    if row.category_trend <= -0.05:
        return f"category sales down {-100 * row.category_trend:.0f} % against the previous 8 weeks"
    if row.category_sell_through_13 <= 0.5:
        return f"category sold only {100 * row.category_sell_through_13:.0f} % of its stock in 13 weeks"
    return None


def rank(row: Any) -> str | None:
    """Say where the item stands in its location's sales."""
    if not row.sales_rank_share >= 0.8:
        return None
    return f"among the last {100 * (1 - row.sales_rank_share):.1f} % of its location's sales value"


def number(value: float) -> str:
    """Write a figure with one decimal below ten, none above, and none where it is whole."""
    return f"{value:,.1f}" if value < 10 and value != round(value) else f"{value:,.0f}"


GROUPS: dict[str, tuple[list[str], Callable[[Any], str | None]]] = {
    "cover": (
        [
            "shortfall_probability",
            "cover_weeks_4",
            "cover_weeks_8",
            "cover_weeks_13",
            "cover_weeks_faded",
            "on_hand_quantity",
            # It tells of cover and of gaps at once.
            "dropout_probability",
        ],
        cover,
    ),
    "year": (["shortfall_probability_52", "cover_weeks_26", "cover_weeks_52"], year),
    "season": (["stock_to_last_year", "season_ratio"], season),
    "recency": (
        [
            "weeks_since_sale",
            "gaps_since_sale",
            "zero_share_13",
            "zero_share_26",
            "zero_share_52",
            "dropout_probability",
        ],
        recency,
    ),
    "trend": (["demand_trend"], trend),
    "swings": (["demand_cv_13"], swings),
    "inflow": (["weeks_since_receipt", "received_to_stock_13"], inflow),
    "level": (["stock_to_history"], level),
    "age": (["age_weeks"], age),
    "price": (["price_to_category", "discount_pct_4", "promoted_share_4"], price),
    "category": (["category_sell_through_13", "category_trend"], category),
    "rank": (["sales_rank_share"], rank),
}
