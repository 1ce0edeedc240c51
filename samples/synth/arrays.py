"""Array types, and columns made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Rows = dict[str, NDArray[Any]]
_CENTS = pa.decimal128(12, 2)
EPOCH_OFFSET = np.datetime64("1970-01-01", "D")


def money(cents: Ints) -> pa.Array:
    """Turn cents into exact decimals: 16 bytes little endian, of which the sign fills the upper half."""
    cells = np.empty((len(cents), 2), np.int64)
    cells[:, 0] = cents
    cells[:, 1] = cells[:, 0] >> 63
    return pa.Array.from_buffers(_CENTS, len(cents), [None, pa.py_buffer(cells)])


def coded(codes: Ints, names: pa.Array) -> pa.Array:
    """Write texts as codes into a list of names, code -1 as null."""
    codes = codes.astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), names)


def texts(codes: Ints, names: pa.Array) -> pa.Array:
    """Look codes up in a list of names, code -1 as null."""
    return names.take(pa.array(codes, mask=codes < 0))


def dates(first: np.datetime64, days: Ints, known: Flags | None = None) -> pa.Array:
    """Turn day numbers into dates, null where not known."""
    return pa.array(first + days.astype("timedelta64[D]"), mask=None if known is None else ~known)


def same(value: object, count: int) -> pa.Array:
    """Repeat one value."""
    return pa.repeat(pa.scalar(value), count)


def numbered(prefix: str, count: int, digits: int, start: int = 1) -> pa.Array:
    """Name things by a prefix and a running number."""
    return pa.array([f"{prefix}{number:0{digits}d}" for number in range(start, start + count)], pa.string())


def joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> Rows:
    """Put rows below each other; all parts have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def where(rows: Mapping[str, NDArray[Any]], kept: Flags | Ints) -> Rows:
    """Keep some rows."""
    return {name: column[kept] for name, column in rows.items()}
