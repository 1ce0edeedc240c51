"""The twelve indicators of a product, and which way each of them points.

They are those of docs/metrics.md, one figure each. An indicator may only raise health in the direction that sense
gives it (``sign``); what the data say against that direction counts as nothing. Signs hold everything else equal: stock
is good where it sells, and that is what the other eleven tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.metrics import Floats

# Days of sales that stock or orders hold where nothing sells: ten years.
MAXIMUM_DAYS = 3650.0
WINDOW_DAYS = 91


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Attributes:
        sign: 1 where more is healthier, -1 where less is.
        sense: Why.
    """

    sign: int
    sense: str


INDICATORS = {
    "sales": Indicator(1, "what sells goes on selling"),
    "margin": Indicator(1, "what earns goes on earning"),
    "on_hand": Indicator(-1, "money lies in it"),
    "available": Indicator(-1, "what is reserved is as good as sold"),
    "inbound": Indicator(-1, "what is on its way has to be sold too"),
    "cover": Indicator(-1, "the longer stock lasts, the later it sells"),
    "turnover": Indicator(1, "stock that turned will turn"),
    "gmroi": Indicator(1, "each unit of money in stock earned that much"),
    "sell_through": Indicator(1, "the latest weeks of the same"),
    "stockout": Indicator(-1, "an empty shelf sells nothing"),
    "age": Indicator(-1, "old stock is what nobody wanted"),
    "returns": Indicator(-1, "what comes back was not sold"),
}
NAMES = list(INDICATORS)


def figures(weeks: pd.DataFrame) -> pd.DataFrame:
    """Return the figure of each indicator.

    Args:
        weeks: Rows of core.fct_sku_indicators_weekly.

    Returns:
        Columns NAMES, index of the rows; nan where a figure is not known. Cover of stock that nothing sells, and
        orders for it, last MAXIMUM_DAYS.
    """
    on_hand, sold = _floats(weeks, "closing_on_hand_quantity"), _floats(weeks, "sold_13w_quantity")
    inbound = _floats(weeks, "closing_inbound_quantity")
    with np.errstate(divide="ignore", invalid="ignore"):
        available = np.where(on_hand > 0, _floats(weeks, "closing_available_quantity") / on_hand, np.nan)
        inbound_days = np.where(inbound > 0, np.where(sold > 0, inbound * WINDOW_DAYS / sold, np.inf), inbound)
    cover = np.where((sold == 0) & (on_hand > 0), MAXIMUM_DAYS, _floats(weeks, "backward_cover_days"))
    columns = {
        "sales": _floats(weeks, "net_sales_13w_amount"),
        "margin": _floats(weeks, "gross_margin_13w_amount"),
        "on_hand": _floats(weeks, "closing_on_hand_amount"),
        "available": available,
        "inbound": np.minimum(inbound_days, MAXIMUM_DAYS),
        "cover": np.minimum(cover, MAXIMUM_DAYS),
        "turnover": _floats(weeks, "turnover_unit"),
        "gmroi": _floats(weeks, "gmroi"),
        "sell_through": _floats(weeks, "sell_through_pct"),
        "stockout": _floats(weeks, "stockout_days_4w"),
        "age": _floats(weeks, "age_weighted_days"),
        "returns": _floats(weeks, "return_pct"),
    }
    return pd.DataFrame(columns, index=weeks.index)[NAMES]


def oriented(known: pd.DataFrame) -> pd.DataFrame:
    """Return figures turned so that more is healthier."""
    return known[NAMES] * [indicator.sign for indicator in INDICATORS.values()]


def _floats(weeks: pd.DataFrame, column: str) -> Floats:
    return weeks[column].to_numpy(dtype=np.float64, na_value=np.nan)
