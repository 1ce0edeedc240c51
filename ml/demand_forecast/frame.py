"""Long frames of any origin: read, checked, and asked whether they tell enough of the future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ml.demand_forecast.panel import Panel

REQUIRED = ("unique_id", "ds", "y")
PREFIXES = ("x_", "s_", "p_")
# Rows named in a message.
NAMED = 3


class FrameError(ValueError):
    """The frame is not what the door takes."""


def read(path: Path) -> pd.DataFrame:
    """Read a long frame of parquet or csv: ``unique_id, ds, y`` and columns ``x_*``, ``s_*``, ``p_*``.

    Returns:
        ds as datetime64 without a time zone, y as float, unique_id as text; other columns are left out.

    Raises:
        FrameError: the file is neither, a column is missing, or a value is no date or number.
    """
    suffix = path.suffix.lower()
    if suffix not in {".parquet", ".csv"}:
        raise FrameError(f"{path} is neither .parquet nor .csv")
    frame = pd.read_parquet(path) if suffix == ".parquet" else pd.read_csv(path, dtype={"unique_id": str})
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise FrameError(f"{path} has no column {', '.join(missing)}: it needs unique_id, ds, y and has {found}")
    kept = [name for name in map(str, frame.columns) if name in REQUIRED or name.startswith(PREFIXES)]
    frame = frame[kept].copy()
    if frame["unique_id"].isna().any():
        raise FrameError(f"{path}: unique_id is empty in {_rows(frame['unique_id'].isna())}")
    frame["unique_id"] = frame["unique_id"].astype(str)
    frame["ds"] = _dates(frame["ds"], path)
    frame["y"] = _numbers(frame["y"], path)
    return frame


def check_ahead(panel: Panel, length: int, horizon: int) -> None:
    """Check that every driver known ahead is known over a horizon, for each series that has begun.

    Raises:
        FrameError: one is not; names the column, the dates and a series.
    """
    dates = panel.periods.append(panel.future(horizon))[length : length + horizon]
    begun = (~np.isnan(panel.filled[:, :length])).sum(axis=1) > 0
    for name, values in panel.known.items():
        ahead = values[:, length : length + horizon]
        unknown = np.isnan(ahead[begun]).sum(axis=0) > 0
        lacking = [date for number, date in enumerate(dates) if number >= ahead.shape[1] or unknown[number]]
        if not begun.any() or not lacking:
            continue
        at = dates.get_loc(lacking[0])
        series = panel.ids[begun][0] if at >= ahead.shape[1] else panel.ids[begun & np.isnan(ahead[:, at])][0]
        listed = ", ".join(f"{date:%Y-%m-%d}" for date in lacking[:NAMED])
        more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
        raise FrameError(
            f"{name} is not known for {listed}{more} (series {series}, among others): columns x_* must be given for "
            f"all {horizon} periods after {panel.periods[length - 1]:%Y-%m-%d}, as rows without y; rename the column "
            f"to p_{name[2:]} if it is only known afterwards"
        )


def _dates(values: pd.Series, path: Path) -> pd.Series:
    dates = pd.to_datetime(values, errors="coerce", utc=True).dt.tz_localize(None)
    wrong = dates.isna()
    if wrong.any():
        raise FrameError(f"{path}: ds is no date in {_rows(wrong)}: {values[wrong].iloc[0]!r}")
    return dates.astype("datetime64[ns]")


def _numbers(values: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = numbers.isna() & values.notna()
    if wrong.any():
        raise FrameError(f"{path}: y is no number in {_rows(wrong)}: {values[wrong].iloc[0]!r}")
    infinite = numbers.isin([float("inf"), float("-inf")])
    if infinite.any():
        raise FrameError(f"{path}: y is infinite in {_rows(infinite)}")
    return numbers


def _rows(flags: pd.Series) -> str:
    numbers = flags.to_numpy().nonzero()[0]
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"row {', '.join(str(number + 1) for number in numbers[:NAMED])}{more}"
