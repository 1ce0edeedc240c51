"""Arrow batches as PostgreSQL's binary COPY stream, encoded column by column.

Every field is a big-endian length followed by its bytes; a null is the length -1. Neighboring fields of fixed width
are packed together, and a batch becomes one buffer by an element-wise join of packs and texts, so no value passes
through Python. Measured on 2 million rows of 17 columns: 0.6 s of CPU, where adbc_ingest needs 2.3 s, and unlike it
the stream goes through the connection that also writes ledger and quarantine, in one transaction.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = struct.pack(">i", -1)
_JSONB_VERSION = b"\x01"
# PostgreSQL counts from 2000-01-01, Arrow from 1970-01-01.
_FIRST_DAY = date(2000, 1, 1)
_EPOCH_DAYS = (_FIRST_DAY - date(1970, 1, 1)).days
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
# numeric is a row of digits to the base 10,000.
_BASE = 10_000
_BASE_DIGITS = 4
_NEGATIVE = 0x4000

# Arrow's own pools return the pages of every batch to the system, and fetching them anew costs a quarter of the time.
_POOL = pa.system_memory_pool()
Constant = str | int | date
# One value per row, or the same in all rows.
Values = npt.NDArray[Any] | int


def row_prefix(constants: Sequence[Constant], column_count: int) -> bytes:
    """Encode what every row starts with: the number of fields, and the fields that are the same in all rows.

    Args:
        constants: Texts (text columns), integers (bigint columns) and dates.
        column_count: Number of further fields.
    """
    encoded = [struct.pack(">h", len(constants) + column_count)]
    for payload in map(_constant_bytes, constants):
        encoded.append(struct.pack(">i", len(payload)) + payload)
    return b"".join(encoded)


def _constant_bytes(constant: Constant) -> bytes:
    if isinstance(constant, date):
        return struct.pack(">i", (constant - _FIRST_DAY).days)
    return struct.pack(">q", constant) if isinstance(constant, int) else constant.encode()


def encode_batch(batch: Any, prefix: bytes, jsonb: Collection[str] = ()) -> Any:
    """Encode the rows of a batch.

    Args:
        batch: pyarrow RecordBatch of strings, int32, int64, booleans, dates, timestamps and decimal128 up to 18
            digits.
        prefix: Start of every row.
        jsonb: Names of string columns whose target is jsonb.

    Returns:
        Buffer with all rows.
    """
    pieces: list[Any] = [_constant(prefix)]
    run: list[tuple[Any, Values]] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type):
            mark = _JSONB_VERSION if name in jsonb else b""
            run.append((">i4", _text_lengths(column, len(mark))))
            pieces += [_binary(run, len(batch)), _text_payload(column, mark)]
            run = []
        elif column.null_count:
            # A null is shorter than a value, so that the field stands alone.
            pieces += [_binary(run, len(batch)), _binary(_fixed(column), len(batch), column)]
            run = []
        else:
            run += _fixed(column)
    pieces.append(_binary(run, len(batch)))
    rows = pc.binary_join_element_wise(
        *pieces, _constant(b""), null_handling="replace", null_replacement=_NULL, memory_pool=_POOL
    )
    offsets = np.frombuffer(rows.buffers()[1], dtype=np.int32)
    return rows.buffers()[2][: int(offsets[len(rows)])]


def _fixed(column: Any) -> list[tuple[Any, Values]]:
    """Return length and value of a column whose values are all of the same width, each with its binary type."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return _numeric(column, kind.scale)
    if pa.types.is_date(kind):
        return _integer(_plain(column.cast(pa.int32())) - _EPOCH_DAYS, 4)
    if pa.types.is_timestamp(kind):
        return _integer(_plain(column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())) - _EPOCH_MICROSECONDS, 8)
    if pa.types.is_boolean(kind):
        return _integer(_plain(column.cast(pa.int8())), 1)
    if pa.types.is_int32(kind) or pa.types.is_int64(kind):
        return _integer(_plain(column), kind.byte_width)
    raise TypeError(f"no binary form for {kind}")


def _integer(values: Values, width: int) -> list[tuple[Any, Values]]:
    return [(">i4", width), (f">i{width}", values)]


def _text_lengths(column: Any, extra: int) -> Values:
    count = len(column)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + count + 1]
    lengths = np.diff(offsets) + extra
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), lengths, -1) if column.null_count else lengths


def _text_payload(column: Any, mark: bytes) -> Any:
    payload = column.cast(pa.binary())
    if mark:
        payload = pc.binary_join_element_wise(_constant(mark), payload, _constant(b""))
    # The length of a null says it all; its payload must add nothing.
    return payload.fill_null(_constant(b"")) if payload.null_count else payload


def _numeric(column: Any, scale: int) -> list[tuple[Any, Values]]:
    """Encode decimals with the same number of base-10,000 digits in all rows; the server strips leading zeros."""
    count = len(column)
    low_words = np.frombuffer(column.buffers()[1], dtype="<i8")[2 * column.offset : 2 * (column.offset + count) : 2]
    unscaled = (
        np.where(column.is_valid().to_numpy(zero_copy_only=False), low_words, 0) if column.null_count else low_words
    )
    magnitude = np.abs(unscaled)
    fraction_digits = -(-scale // _BASE_DIGITS)
    whole = magnitude // 10**scale
    fraction = (magnitude - whole * 10**scale) * 10 ** (fraction_digits * _BASE_DIGITS - scale)
    whole_digits = _digit_count(int(whole.max(initial=0)))
    digits = whole_digits + fraction_digits
    # Length, number of digits, weight of the first digit, sign, digits after the point to show.
    sign = np.where(unscaled < 0, _NEGATIVE, 0)
    head: list[tuple[Any, Values]]
    head = [(">i4", 8 + 2 * digits), (">i2", digits), (">i2", whole_digits - 1), (">u2", sign), (">u2", scale)]
    return [*head, *_digits(whole, whole_digits), *_digits(fraction, fraction_digits)]


def _digit_count(largest: int) -> int:
    count = 1
    while largest >= _BASE:
        largest //= _BASE
        count += 1
    return count


def _digits(values: Any, count: int) -> list[tuple[Any, Values]]:
    places: list[tuple[Any, Values]] = []
    for _ in range(count):
        rest = values // _BASE
        places.insert(0, (">u2", values - rest * _BASE))
        values = rest
    return places


def _plain(column: Any) -> npt.NDArray[Any]:
    """Return integers with whatever lies below the nulls, which are told by the validity of the column."""
    width = column.type.byte_width
    values = np.frombuffer(column.buffers()[1], dtype=f"<i{width}")
    return values[column.offset : column.offset + len(column)]


def _constant(value: bytes) -> Any:
    """Make a scalar from its bytes: pa.scalar would import pandas, to see whether value comes from there."""
    offsets = np.array([0, len(value)], dtype=np.int32)
    return pa.BinaryArray.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(value)])[0]


def _binary(fields: list[tuple[Any, Values]], count: int, column: Any = None) -> Any:
    """Make one binary value per row of fields of fixed width, null where the column, if any, is null."""
    packed = np.empty(count, dtype=[(str(place), kind) for place, (kind, _) in enumerate(fields)])
    for place, (_, values) in enumerate(fields):
        packed[str(place)] = values
    offsets = np.arange(count + 1, dtype=np.int32) * packed.itemsize
    valid = column.is_valid().buffers()[1] if column is not None else None
    return pa.BinaryArray.from_buffers(pa.binary(), count, [valid, pa.py_buffer(offsets), pa.py_buffer(packed)])
