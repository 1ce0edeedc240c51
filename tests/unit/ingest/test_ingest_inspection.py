"""What a first look at a file tells, and what errors say in one line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.inspection import CHUNK_BYTES, inspect_text, reason

# The CR is the last byte of the first chunk, its LF the first of the second.
SPLIT_PAIR = b"id\r\n" + b"a" * (CHUNK_BYTES - 5) + b"\r\nb\r\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("content", "is_mixed"),
    [
        (SPLIT_PAIR, False),
        (SPLIT_PAIR + b"c\n", True),
        (SPLIT_PAIR.replace(b"a\r\n", b"ab\n"), True),
    ],
    ids=["pairs-only", "with-lf", "lf-at-the-border"],
)
def test_mixed_line_ends(tmp_path: Path, content: bytes, is_mixed: bool, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(pack(content))
    assert inspect_text(path, "utf-8").has_mixed_line_ends is is_mixed


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("one"), "one"),
        (ValueError("\none \ntwo"), "one "),
        (RecursionError(), "RecursionError"),
        (ValueError(" \n"), "ValueError"),
    ],
    ids=["one-line", "first-of-two", "no-text", "blank"],
)
def test_reason(error: Exception, expected: str) -> None:
    assert reason(error) == expected
