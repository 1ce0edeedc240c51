"""Named rules that planners use today: peers of the model in every backtest, and flags beside every score."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

NO_SALE_WEEKS = 4
COVER_WEEKS = 13
SALES_CHANGE = -0.4
AGE_DAYS = 90
# Customary cuts: class C is the last 5 % of sales value, class Z varies by more than its mean.
CLASS_C_SHARE = 0.95
CLASS_Z_VARIATION = 1.0


def no_sale_28d(features: pd.DataFrame) -> pd.Series:
    """True where nothing sold in the last 28 days (4 whole weeks)."""
    return features["weeks_since_sale"] >= NO_SALE_WEEKS


def cover_over_13_weeks(features: pd.DataFrame) -> pd.Series:
    """True where stock lasts more than 13 weeks at the pace of the last 13 weeks."""
    # 15 / (15 / 13) is a hair more than 13.
    return features["cover_weeks_13"].round(9) > COVER_WEEKS


def sales_down_40_age_90(features: pd.DataFrame) -> pd.Series:
    """True where the last 4 weeks' mean sales are 40 % or more below the previous 8 weeks' and age is over 90 days."""
    return (features["demand_trend"] <= SALES_CHANGE) & (features["age_weeks"] * 7 > AGE_DAYS)


def c_and_z(features: pd.DataFrame) -> pd.Series:
    """True for class C by a year's sales value within the location and weekly demand with CV over 1 in 13 weeks.

    An item without any demand in those weeks has no CV and counts as Z.
    """
    is_z = (features["demand_cv_13"] > CLASS_Z_VARIATION) | (features["sold_13"] <= 0)
    return (features["sales_rank_share"].fillna(1.0) >= CLASS_C_SHARE) & is_z


RULES: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    rule.__name__: rule for rule in (no_sale_28d, cover_over_13_weeks, sales_down_40_age_90, c_and_z)
}


def flags(features: pd.DataFrame) -> pd.Series:
    """Return the names of the rules that hold, one list per row."""
    holds = pd.DataFrame({name: rule(features) for name, rule in RULES.items()}, index=features.index)
    names = [[name for name, held in zip(holds.columns, row, strict=True) if held] for row in holds.to_numpy()]
    return pd.Series(names, index=features.index, dtype=object)
