"""Writers of extract files; the same rows give the same bytes."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from openpyxl import Workbook
from pyarrow import csv, parquet

from samples.journey.source import day_date

_GZIP_LEVEL = 6
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
Writer = Callable[[pa.Table, Path], None]


def write_csv(table: pa.Table, path: Path, delimiter: str = ",", quoting: str = "none") -> None:
    """Write delimited text with a header, gzip when the name ends in .gz; empty cells are null.

    Args:
        table: Rows.
        path: File to write.
        delimiter: Character between cells.
        quoting: none refuses texts that would need quotes; needed puts every text into quotes.
    """
    buffer = io.BytesIO()
    buffer.write((delimiter.join(table.column_names) + "\n").encode())
    options = csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=quoting)
    csv.write_csv(table, buffer, options)
    content = buffer.getvalue()
    if path.suffix == ".gz":
        content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
    path.write_bytes(content)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write parquet with zstd compression."""
    parquet.write_table(table, path, compression="zstd")


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[Any]], sheet: str, path: Path) -> None:
    """Write one sheet; the time stamps that the format wants are fixed."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.append(list(header))
    for row in rows:
        page.append(list(row))
    buffer = io.BytesIO()
    book.properties.created = datetime(2017, 1, 1)  # noqa: DTZ001, the format keeps no zone
    book.save(buffer)
    with zipfile.ZipFile(buffer) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in plain.namelist():
            content = plain.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>2017-01-01T00:00:00Z", content)
            fixed.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)


def write_by_day(table: pa.Table, folder: Path, pattern: str, write: Writer) -> None:
    """Write one file per day that has rows.

    Args:
        table: Rows sorted by the column day (day number), which is not written.
        folder: Folder of the files; created when absent.
        pattern: File name in which {date} becomes the day.
        write: Writer of one file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    day = table.column("day").to_numpy()
    table = table.drop_columns(["day"]).combine_chunks()
    days, starts = np.unique(day, return_index=True)
    stops = np.append(starts[1:], len(day))

    def one(item: tuple[int, int, int]) -> None:
        number, start, stop = item
        write(table.slice(start, stop - start), folder / pattern.format(date=day_date(number).isoformat()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, zip(days.tolist(), starts.tolist(), stops.tolist(), strict=True)))
