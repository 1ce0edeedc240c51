"""Arrow batches as PostgreSQL's binary COPY stream, encoded column by column.

Every field is a big-endian length followed by its bytes; a null is the length -1. A batch becomes one buffer by an
element-wise join of the encoded columns, so no value passes through Python. Measured on 2 million rows of 17 columns:
0.6 s of CPU, where adbc_ingest needs 2.3 s, and unlike it the stream goes through the connection that also writes
ledger and quarantine, in one transaction.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
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
_EPOCH_DAYS = 10_957
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
# numeric is a row of digits to the base 10,000.
_BASE = 10_000
_BASE_DIGITS = 4
_NEGATIVE = 0x4000

Bytes = npt.NDArray[np.uint8]


def row_prefix(constants: Sequence[str | int], column_count: int) -> bytes:
    """Encode what every row starts with: the number of fields, and the fields that are the same in all rows.

    Args:
        constants: Texts (text columns) and integers (bigint columns).
        column_count: Number of further fields.
    """
    encoded = [struct.pack(">h", len(constants) + column_count)]
    for constant in constants:
        payload = struct.pack(">q", constant) if isinstance(constant, int) else constant.encode()
        encoded.append(struct.pack(">i", len(payload)) + payload)
    return b"".join(encoded)


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
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        pieces += _encode_column(column, _JSONB_VERSION if name in jsonb else b"")
    rows = pc.binary_join_element_wise(*pieces, _constant(b""), null_handling="replace", null_replacement=_NULL)
    offsets = np.frombuffer(rows.buffers()[1], dtype=np.int32)
    return rows.buffers()[2][: int(offsets[len(rows)])]


def _encode_column(column: Any, text_prefix: bytes) -> list[Any]:
    kind = column.type
    if pa.types.is_string(kind):
        return _encode_text(column, text_prefix)
    if pa.types.is_decimal(kind):
        matrix = _numeric(column, kind.scale)
    elif pa.types.is_date(kind):
        matrix = _integers(column.cast(pa.int32()), -_EPOCH_DAYS, 4)
    elif pa.types.is_timestamp(kind):
        matrix = _integers(column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64()), -_EPOCH_MICROSECONDS, 8)
    elif pa.types.is_boolean(kind):
        matrix = _integers(column.cast(pa.int8()), 0, 1)
    elif pa.types.is_int32(kind) or pa.types.is_int64(kind):
        matrix = _integers(column, 0, kind.byte_width)
    else:
        raise TypeError(f"no binary form for {kind}")
    return [_binary(matrix, column)]


def _encode_text(column: Any, prefix: bytes) -> list[Any]:
    count = len(column)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + count + 1]
    lengths = (np.diff(offsets) + len(prefix)).astype(">i4")
    pieces = [_binary(lengths.view(np.uint8).reshape(count, 4), column)]
    payload = column.cast(pa.binary())
    if prefix:
        payload = pc.binary_join_element_wise(_constant(prefix), payload, _constant(b""))
    # The length of a null says it all; its payload must add nothing.
    return [*pieces, payload.fill_null(_constant(b"")) if payload.null_count else payload]


def _integers(column: Any, shift: int, width: int) -> Bytes:
    values = _plain(column)
    fields = np.empty(len(values), dtype=[("length", ">i4"), ("value", f">i{width}")])
    fields["length"] = width
    fields["value"] = values + shift if shift else values
    return fields.view(np.uint8).reshape(len(values), 4 + width)


def _numeric(column: Any, scale: int) -> Bytes:
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
    fields = np.empty((count, 6 + digits), dtype=">u2")
    # Length in two halves, number of digits, weight of the first digit, sign, digits after the point to show.
    fields[:, 0], fields[:, 1] = 0, 8 + 2 * digits
    fields[:, 2], fields[:, 3] = digits, whole_digits - 1
    fields[:, 4], fields[:, 5] = np.where(unscaled < 0, _NEGATIVE, 0), scale
    _write_digits(fields[:, 6 : 6 + whole_digits], whole)
    _write_digits(fields[:, 6 + whole_digits :], fraction)
    return fields.view(np.uint8)


def _digit_count(largest: int) -> int:
    count = 1
    while largest >= _BASE:
        largest //= _BASE
        count += 1
    return count


def _write_digits(target: npt.NDArray[np.uint16], values: npt.NDArray[np.int64]) -> None:
    for place in reversed(range(target.shape[1])):
        rest = values // _BASE
        target[:, place] = values - rest * _BASE
        values = rest


def _plain(column: Any) -> npt.NDArray[Any]:
    """Return integers with whatever lies below the nulls, which are told by the validity of the column."""
    width = column.type.byte_width
    values = np.frombuffer(column.buffers()[1], dtype=f"<i{width}")
    return values[column.offset : column.offset + len(column)]


def _constant(value: bytes) -> Any:
    """Make a scalar from its bytes: pa.scalar would import pandas, to see whether value comes from there."""
    offsets = np.array([0, len(value)], dtype=np.int32)
    return pa.BinaryArray.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(value)])[0]


def _binary(matrix: Bytes, column: Any) -> Any:
    """Make one binary value per row of the matrix, null where the column is null."""
    count, width = matrix.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    valid = column.is_valid().buffers()[1] if column.null_count else None
    return pa.BinaryArray.from_buffers(pa.binary(), count, [valid, pa.py_buffer(offsets), pa.py_buffer(matrix)])
