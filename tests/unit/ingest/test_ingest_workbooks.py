"""Workbooks: damage at any depth refuses the file, and so do formulas that nobody calculated."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ingest.inspection import RefusedFileError

CAMPAIGNS = {"entity": "campaigns"}
SHEET = "xl/worksheets/sheet1.xml"
A2 = b'<c r="A2" t="inlineStr"><is><t>c0</t></is></c>'
HEADER = ("campaign_id", "campaign_name", "start_date", "end_date")
ROWS = [HEADER, *((f"c{n}", "x", "2024-01-01", "2024-02-01") for n in range(9))]


def book(*rows: tuple[Any, ...], title: str = "Prices") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes] | None) -> bytes:
    """Return a workbook with one of its parts changed, or left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name != part:
                target.writestr(name, source.read(name))
            elif change:
                before, after = source.read(name), change(source.read(name))
                assert before != after
                target.writestr(name, after)
    return buffer.getvalue()


def stored(content: bytes, cell: str, result: bytes) -> bytes:
    """Return a workbook in which a formula has a stored result, as a program that calculates leaves it."""

    def store(sheet: bytes) -> bytes:
        pattern = rb'<c r="%s"[^>]*>(<f>.*?</f>)<v ?/?>(</v>)?</c>' % cell.encode()
        found, count = re.subn(pattern, rb'<c r="%s" t="str">\1%s</c>' % (cell.encode(), result), sheet)
        assert count == 1
        return found

    return changed(content, SHEET, store)


def flipped(content: bytes) -> bytes:
    """Return a workbook with a few wrong bytes within the packed sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo(SHEET)
    start = member.header_offset + 30 + len(SHEET)
    middle = start + member.compress_size // 2
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle : middle + 8]) + content[middle + 8 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut-sheet": lambda b: changed(b, SHEET, lambda xml: xml[: len(xml) // 2]),
    "no-sheet": lambda b: changed(b, SHEET, None),
    "empty-sheet": lambda b: changed(b, SHEET, lambda _: b""),
    "bytes-in-sheet": flipped,
    "no-such-text": lambda b: changed(b, SHEET, lambda xml: xml.replace(A2, b'<c r="A2" t="s"><v>999</v></c>')),
    "no-number": lambda b: changed(b, SHEET, lambda xml: xml.replace(A2, b'<c r="A2"><v>x</v></c>')),
    "no-cell-name": lambda b: changed(b, SHEET, lambda xml: xml.replace(b'r="A2"', b'r="?"')),
    "cut-styles": lambda b: changed(b, "xl/styles.xml", lambda xml: xml[:200]),
    "cut-workbook": lambda b: changed(b, "xl/workbook.xml", lambda xml: xml[:-40]),
    "no-workbook": lambda b: changed(b, "xl/workbook.xml", None),
    "no-types": lambda b: changed(b, "[Content_Types].xml", None),
    "cut-archive": lambda b: b[:-100],
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_refuses_the_file(read: Callable[..., Any], name: str) -> None:
    content = DAMAGE[name](book(*ROWS))
    with pytest.raises(RefusedFileError, match=r"no readable xlsx workbook \(.+\): deliver it again"):
        read(content, CAMPAIGNS, "a.xlsx")


def test_formula_without_a_result_is_named(read: Callable[..., Any]) -> None:
    rows = [*ROWS[:3], ("c7", "=UPPER(A4)", "=DATE(2024,1,1)", "2024-02-01")]
    message = (
        "sheet 'Prices' holds 2 formulas without a stored result, the first in cell B4: "
        "open it in Excel or LibreOffice and save it, or deliver it as csv"
    )
    with pytest.raises(RefusedFileError, match=re.escape(message)):
        read(book(*rows), CAMPAIGNS, "a.xlsx")


def test_formulas_with_stored_results_are_read(read: Callable[..., Any]) -> None:
    content = book(*ROWS[:3], ("c7", "=UPPER(A4)", "2024-01-01", "2024-02-01"))
    content = stored(content, "B4", b"<v>C7</v>")
    assert [row["campaign_name"] for row in read(content, CAMPAIGNS, "a.xlsx").rows] == ["x", "x", "C7"]


def test_formula_may_result_in_an_empty_text(read: Callable[..., Any]) -> None:
    content = book(*ROWS[:3], ("c7", '=IF(A4="","x","")', "2024-01-01", "2024-02-01"))
    content = stored(content, "B4", b"<v></v>")
    assert [row["campaign_name"] for row in read(content, CAMPAIGNS, "a.xlsx").rows] == ["x", "x", None]


def test_notes_beside_the_table_do_not_matter(read: Callable[..., Any]) -> None:
    rows = [ROWS[0], (*ROWS[1], None, "=COUNTA(A:A)"), *ROWS[2:]]
    assert len(read(book(*rows), CAMPAIGNS, "a.xlsx").rows) == len(ROWS) - 1


def test_formulas_of_other_sheets_do_not_matter(read: Callable[..., Any], tmp_path: Path) -> None:
    made = openpyxl.load_workbook(io.BytesIO(book(*ROWS)))
    made.create_sheet("Sums").append(["=COUNTA(Prices!A:A)"])
    made.save(tmp_path / "made.xlsx")
    assert len(read((tmp_path / "made.xlsx").read_bytes(), CAMPAIGNS, "a.xlsx").rows) == len(ROWS) - 1
