"""Frames that people bring."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ml import given_frames
from ml.given_frames import FrameError

FILE = Path("in.csv")
BERLIN = pd.Series(pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(BERLIN, ["03-30", "03-31", "04-01"], id="zone-over-the-change-of-clocks"),
        pytest.param(BERLIN.astype(str), ["03-30", "03-31", "04-01"], id="offsets-as-text"),
        pytest.param(pd.Series(["2024-01-08T00:00:00Z"]), ["01-08"], id="utc"),
        pytest.param(pd.Series(["2024-01-08", "2024-01-15"], dtype="category"), ["01-08", "01-15"], id="category"),
    ],
)
def test_dates_are_those_that_the_clock_showed(values: pd.Series, expected: list[str]) -> None:
    found = given_frames.dates(values.rename("ds"), FILE)
    assert found.dt.strftime("%m-%d %H").tolist() == [f"{day} 00" for day in expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(pd.Series([1.0, None, 3.0]), ["1", "", "3"], id="whole-floats"),
        pytest.param(pd.Series([1, None], dtype="Int64"), ["1", ""], id="nullable"),
        pytest.param(pd.Series(["000", None]), ["000", ""], id="leading-zeros"),
        pytest.param(pd.Series(["a", None], dtype="category"), ["a", ""], id="category"),
    ],
)
def test_names_are_text(values: pd.Series, expected: list[str]) -> None:
    assert given_frames.names(values).tolist() == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "in.csv cannot be read as csv: No columns", id="empty"),
        pytest.param(
            "a,b\nM\u00fcll,1\n".encode("latin-1"), "in.csv is not in UTF-8 .* save it as UTF-8", id="latin-1"
        ),
        pytest.param(b"a\n1\n", "in.csv has no column b: it needs a, b and has a", id="column"),
    ],
)
def test_files_that_cannot_be_read_are_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(FrameError, match=message):
        given_frames.read(tmp_path / FILE, ("a", "b"), ())


def test_garbage_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"garbage")
    with pytest.raises(FrameError, match="in.parquet cannot be read as parquet"):
        given_frames.read(tmp_path / "in.parquet", (), ())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        pytest.param(pd.Series([[1], [2]]), "x is no number in row 1, 2", id="lists"),
        pytest.param(pd.Series(pd.date_range("2024-01-01", periods=2)), "x holds dates, not numbers", id="dates"),
        pytest.param(pd.Series([1, float("inf")]), "x is infinite in row 2", id="infinite"),
    ],
)
def test_what_is_no_number_is_refused(values: pd.Series, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        given_frames.numbers(values.rename("x"), FILE)
