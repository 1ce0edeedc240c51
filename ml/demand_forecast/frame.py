"""Long frames of any origin: read, checked, and asked whether they tell enough of the future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ml import given_frames
from ml.demand_forecast.panel import CLOSED_DAYS, PREDECESSOR, Panel
from ml.given_frames import NAMED, FrameError

REQUIRED = ("unique_id", "ds", "y")
PREFIXES = ("x_", "s_", "p_")


def read(path: Path) -> pd.DataFrame:
    """Read a long frame of parquet or csv: ``unique_id, ds, y`` and columns ``x_*``, ``s_*``, ``p_*``.

    Returns:
        ds as datetime64 without a time zone, y as float, unique_id as text; other columns are left out.

    Raises:
        FrameError: the file is neither, a column is missing, or a value is no date or number.
    """
    frame = given_frames.read(path, REQUIRED, ("unique_id", PREDECESSOR))
    kept = [name for name in map(str, frame.columns) if name in REQUIRED or name.startswith(PREFIXES)]
    frame = frame[kept].copy()
    frame["unique_id"] = given_frames.names(given_frames.filled(frame["unique_id"], path))
    if PREDECESSOR in frame:
        frame[PREDECESSOR] = given_frames.names(frame[PREDECESSOR])
    frame["ds"] = given_frames.dates(frame["ds"], path)
    for name in map(str, frame.columns):
        if name == "y" or name.startswith(("x_", "p_")):
            frame[name] = given_frames.numbers(frame[name], path)
    if CLOSED_DAYS in frame and (is_negative := frame[CLOSED_DAYS] < 0).any():
        raise FrameError(f"{path}: {CLOSED_DAYS} is below 0 in {given_frames.rows(is_negative)}")
    return frame


def oddities(frame: pd.DataFrame, panel: Panel) -> list[str]:
    """Return what a person should know of a frame that is taken all the same."""
    found = []
    told = sorted(set(frame[PREDECESSOR]) - {""} - set(frame["unique_id"])) if PREDECESSOR in frame else []
    if told:
        found.append(
            f"{len(told)} of {PREDECESSOR}, such as {told[0]!r}, are no series of the frame: nobody follows them"
        )
    last = frame[frame["y"].notna()].groupby("unique_id")["ds"].max()
    early = last[last < panel.periods[-1]]
    if len(early):
        found.append(
            f"{len(early)} series have no y after an earlier period than {panel.periods[-1]:%Y-%m-%d}, such as "
            f"{early.index[0]} after {early.iloc[0]:%Y-%m-%d}: what follows counts as 0"
        )
    return found


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
