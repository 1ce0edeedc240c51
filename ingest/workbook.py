"""Sheets of Excel workbooks, read row by row; damage and formulas without a result are refused."""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from ingest.inspection import CHUNK_BYTES, MAX_COMPRESSION_RATIO, RATIO_MATTERS_FROM_BYTES, RefusedFileError, reason

# What a damaged archive or sheet raises, at whatever depth of the libraries that read it.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    # Parsers of XML derive theirs from it.
    SyntaxError,
    TypeError,
    ValueError,
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# Longer than any start of a formula that a chunk may end in.
_OVERLAP_BYTES = 64


def read_sheet(path: Path, sheet: str | None) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a sheet that hold any value: first the header, then rows of its length.

    Args:
        path: The workbook.
        sheet: Name of the sheet, None for the first.

    Raises:
        RefusedFileError: it is no workbook or a damaged one, has no such sheet or no header, unpacks beyond measure,
            or has formulas that were never calculated.
    """
    with _refusing_damage():
        _refuse_bomb(path)
        book = _open(path)
    try:
        with _refusing_damage():
            page = _page(book, sheet)
            rows = _filled_rows(page)
            header = next(rows, None)
        if header is None:
            raise RefusedFileError("the sheet is empty: a delivery without rows still needs its header")
        with _refusing_damage():
            _refuse_formulas(page, len(header))
        yield header
        width = len(header)
        for row in rows:
            yield (*row, *[None] * (width - len(row)))[:width]
    finally:
        book.close()


def _open(path: Path) -> Any:
    # Few loads read workbooks, and the import is slow.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except InvalidFileException as error:
        raise ValueError(str(error)) from error


@contextlib.contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except RefusedFileError:
        raise
    except _DAMAGE as error:
        raise RefusedFileError(
            f"it is no readable xlsx workbook ({reason(error)}): deliver it again, or open it in Excel or LibreOffice, "
            "check it and save it anew"
        ) from error


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max(RATIO_MATTERS_FROM_BYTES, path.stat().st_size * MAX_COMPRESSION_RATIO):
        raise RefusedFileError(f"it unpacks to {unpacked} bytes, like a decompression bomb: deliver it as csv")


def _page(book: Any, sheet: str | None) -> Any:
    names = [page.title for page in book.worksheets]
    if sheet is not None and sheet not in names:
        raise RefusedFileError(f"it has no sheet {sheet!r}; there are {', '.join(names)}")
    page = book.worksheets[0] if sheet is None else book[sheet]
    # What a sheet says of its own size is often wrong.
    page.reset_dimensions()
    return page


def _filled_rows(page: Any) -> Iterator[tuple[Any, ...]]:
    # Only what reads stands in the block: an error of who takes the rows is not the workbook's.
    with _refusing_damage():
        for row in page.iter_rows(values_only=True):
            if any(value is not None for value in row):
                yield row


def _refuse_formulas(page: Any, width: int) -> None:
    """Refuse a sheet with formulas whose results are not stored: to a reader such cells are empty.

    Programs that write workbooks without calculating, and editors that drop the results, leave all of them empty, so
    that no row could be trusted.
    """
    archive, part = page.parent._archive, page._worksheet_path
    with archive.open(part) as stream:
        if not _has_formulas(stream):
            return
    with archive.open(part) as stream:
        cells = _uncalculated(stream, width)
        first, others = next(cells, None), sum(1 for _ in cells)
    if first is not None:
        raise RefusedFileError(
            f"sheet {page.title!r} holds {1 + others} formulas without a stored result, the first in cell {first}: "
            "open it in Excel or LibreOffice and save it, or deliver it as csv"
        )


def _has_formulas(stream: IO[bytes]) -> bool:
    end = b""
    while chunk := stream.read(CHUNK_BYTES):
        if _FORMULA.search(end + chunk):
            return True
        end = chunk[-_OVERLAP_BYTES:]
    return False


def _uncalculated(stream: IO[bytes], width: int) -> Iterator[str]:
    """Yield the names of cells, within the columns of the header, that hold a formula and no result."""
    from openpyxl.utils import column_index_from_string

    for _, element in ElementTree.iterparse(stream):  # noqa: S314 - the sheet was parsed before, by the same parser
        kind = _local(element)
        if kind == "c":
            name = element.get("r") or "?"
            letters = name.rstrip("0123456789")
            if not _is_calculated(element) and (letters == "?" or column_index_from_string(letters) <= width):
                yield name
        elif kind == "row":
            element.clear()


def _is_calculated(cell: ElementTree.Element) -> bool:
    members = {_local(member): member for member in cell}
    if "f" not in members:
        return True
    result = members.get("v")
    # The result of a formula may be an empty text.
    return result is not None and (bool(result.text) or cell.get("t") == "str")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
