"""Frames that people bring: parquet or csv, read and checked with messages that name file, column, row and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

# Rows named in a message.
NAMED = 3
# Of a time with an offset, which a date without a zone cannot have.
OFFSET = r"(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(?:Z|[+-]\d\d:?\d\d)$"


class FrameError(ValueError):
    """The frame is not what was asked for."""


def read(path: Path, required: Sequence[str], texts: Sequence[str]) -> pd.DataFrame:
    """Read a frame.

    Args:
        path: A .parquet or .csv.
        required: Columns it must have.
        texts: Columns that stay text where they look like numbers.

    Raises:
        FrameError: the file is neither, or lacks a column.
    """
    suffix = path.suffix.lower()
    if suffix not in {".parquet", ".csv"}:
        raise FrameError(f"{path} is neither .parquet nor .csv")
    try:
        frame = pd.read_parquet(path) if suffix == ".parquet" else pd.read_csv(path, dtype=dict.fromkeys(texts, str))
    except UnicodeDecodeError as error:
        raise FrameError(f"{path} is not in UTF-8 ({error.reason} at byte {error.start}): save it as UTF-8") from None
    except ValueError as error:
        raise FrameError(f"{path} cannot be read as {suffix[1:]}: {str(error).rstrip('.')}") from None
    missing = [name for name in required if name not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise FrameError(f"{path} has no column {', '.join(missing)}: it needs {', '.join(required)} and has {found}")
    return frame


def writable(path: Path) -> None:
    """Check that a result can be written as what its name says.

    Raises:
        FrameError: it is neither .parquet nor .csv.
    """
    if path.suffix.lower() not in {".parquet", ".csv"}:
        raise FrameError(f"--out {path} is neither .parquet nor .csv")


def write(found: pd.DataFrame, path: Path) -> None:
    """Write a result, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".csv":
        found.to_csv(path, index=False)
    else:
        found.to_parquet(path, index=False)


def filled(values: pd.Series, path: Path) -> pd.Series:
    """Return the values as they are.

    Raises:
        FrameError: one is empty.
    """
    if values.isna().any():
        raise FrameError(f"{path}: {values.name} is empty in {rows(values.isna())}")
    return values


def names(values: pd.Series) -> pd.Series:
    """Return names as text, whole numbers without a fraction; "" where there is none."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype(object).where(values.notna(), "").astype(str)


def dates(values: pd.Series, path: Path) -> pd.Series:
    """Return the values as datetime64: what the clock showed, whatever its time zone.

    Raises:
        FrameError: one is no date.
    """
    if pd.api.types.is_numeric_dtype(values) and values.notna().any():
        example = values.dropna().iloc[0]
        raise FrameError(f"{path}: {values.name} holds numbers such as {example}: write dates as 2023-01-02")
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype(object).where(values.isna(), values.astype(str).str.replace(OFFSET, r"\1", regex=True))
    found = pd.to_datetime(values, errors="coerce").dt.tz_localize(None)
    wrong = found.isna()
    if wrong.any():
        raise FrameError(f"{path}: {values.name} is no date in {rows(wrong)}: {values[wrong].iloc[0]!r}")
    return found.astype("datetime64[ns]")


def numbers(values: pd.Series, path: Path) -> pd.Series:
    """Return the values as floats, nan where they are empty.

    Raises:
        FrameError: one is no number, or infinite.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        raise FrameError(f"{path}: {values.name} holds dates, not numbers")
    try:
        found = pd.to_numeric(values, errors="coerce").astype(float)
    except TypeError:
        raise FrameError(f"{path}: {values.name} holds {values.dropna().iloc[0]!r}, not a number") from None
    wrong = found.isna() & values.notna()
    if wrong.any():
        raise FrameError(f"{path}: {values.name} is no number in {rows(wrong)}: {values[wrong].iloc[0]!r}")
    infinite = pd.Series(np.isinf(found.to_numpy()), index=found.index)
    if infinite.any():
        raise FrameError(f"{path}: {values.name} is infinite in {rows(infinite)}")
    return found


def rows(flags: pd.Series) -> str:
    """Return the numbers of the rows that are set, the first being 1; of many a few."""
    found = flags.to_numpy().nonzero()[0]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"row {', '.join(str(number + 1) for number in found[:NAMED])}{more}"
