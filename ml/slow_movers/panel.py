"""Weekly rows as one matrix per measure: a line per product and planning location, a column per week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.integer[Any]]

KEYS = ["product_id", "planning_location_id"]
MEASURES = [
    "sold_quantity",
    "net_sales_amount",
    "gross_sales_amount",
    "regular_unit_price",
    "promoted_share",
    "received_quantity",
    "closing_on_hand_quantity",
    "closing_on_hand_amount",
    "closing_unit_cost",
]


@dataclass(frozen=True)
class Panel:
    """Weekly history of many series.

    Attributes:
        series: One row per product and planning location, columns KEYS, in the order of the matrices' lines.
        weeks: Mondays without gaps, in the order of the matrices' columns.
        values: One matrix (series, weeks) per measure; nan outside a series' life and where nothing is known.
        first: Column of each series' first week.
    """

    series: pd.DataFrame
    weeks: pd.DatetimeIndex
    values: dict[str, Floats]
    first: Integers

    def column(self, week: pd.Timestamp) -> int:
        """Return the column of a week.

        Raises:
            KeyError: the history does not hold the week.
        """
        return int(self.weeks.get_loc(week))  # type: ignore[arg-type]

    def trailing(self, measure: str, column: int, weeks: int, skip: int = 0) -> Floats:
        """Return a measure of the last weeks up to a column, oldest first; nothing later than the column is touched.

        Args:
            measure: Name out of MEASURES.
            column: Column of the stock date's week.
            weeks: How many weeks; fewer come back at the start of the history.
            skip: Weeks to leave out at the recent end.
        """
        end = max(column + 1 - skip, 0)
        return self.values[measure][:, max(end - weeks, 0) : end]


def build(weekly: pd.DataFrame) -> Panel:
    """Return the panel of rows shaped like core.fct_demand_weekly of one company.

    Raises:
        ValueError: no rows, a key twice, a week that is no Monday step, or a gap inside a series.
    """
    if weekly.empty:
        raise ValueError("no weekly rows: build core.fct_demand_weekly first")
    rows = weekly.sort_values([*KEYS, "week_start_date"], kind="stable")
    series = rows[KEYS].drop_duplicates(ignore_index=True)
    line = rows.groupby(KEYS, sort=True).ngroup().to_numpy()
    start = rows["week_start_date"].min()
    days = (rows["week_start_date"] - start).dt.days.to_numpy(dtype=np.int64)
    column = days // 7
    _check(rows, line, days, column)
    shape = (len(series), int(column.max()) + 1)
    values = {}
    for measure in MEASURES:
        matrix = np.full(shape, np.nan)
        matrix[line, column] = rows[measure].to_numpy(dtype=np.float64)
        values[measure] = matrix
    first = np.full(len(series), shape[1])
    np.minimum.at(first, line, column)
    return Panel(series, pd.date_range(start, periods=shape[1], freq="7D"), values, first)


def _check(rows: pd.DataFrame, line: Integers, days: Integers, column: Integers) -> None:
    """Refuse rows from which trailing weeks could not be told."""
    step = np.where(line[1:] == line[:-1], np.diff(column), 1)
    wrong = np.append(days[:1] % 7 != 0, (step != 1) | (days[1:] % 7 != 0))
    if wrong.any():
        row = rows.iloc[int(np.argmax(wrong))]
        raise ValueError(
            f"product {row['product_id']}, planning location {row['planning_location_id']}: week "
            f"{row['week_start_date']:%Y-%m-%d} does not follow the week before; rebuild core.fct_demand_weekly, which "
            "holds every week of a series once"
        )
