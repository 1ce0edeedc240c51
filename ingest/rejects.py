"""Lines of csv that DuckDB could not take apart into fields."""

from __future__ import annotations

from ingest.inspection import RefusedFileError
from ingest.quotes import MAX_LINE_BYTES, MAX_REJECTED_LINES
from ingest.readers import Extract
from ingest.spool import MAX_REJECTED_TEXT, Rejected
from ingest.workspace import Workspace

_REASONS = {
    "MISSING COLUMNS": "has fewer fields than the header",
    "TOO MANY COLUMNS": "has more fields than the header",
    "UNQUOTED VALUE": "has a quote that is not closed or not doubled",
    "LINE SIZE OVER MAXIMUM": f"is longer than {MAX_LINE_BYTES} bytes",
}
# What DuckDB says of lines that a quote may have swallowed: their text is then not always that of the record.
_MAY_SWALLOW = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")


class SwallowedLinesError(Exception):
    """A rejected record may be many lines that a quote swallows: read the file as Extract.set_aside opens it."""


def take(workspace: Workspace, extract: Extract) -> tuple[Rejected, ...]:
    """Return the lines of a csv rejected since the last call, by position, and forget them; none for other formats.

    Raises:
        RefusedFileError: there are so many that the dialect must be wrong, or a quote swallows lines that cannot be
            told apart.
        SwallowedLinesError: one of them may be many lines.
    """
    if not extract.is_csv:
        return ()
    found = workspace.duck.execute("select line, error_type, csv_line from reject_errors").fetchall()
    if not found:
        return ()
    forget(workspace)
    _require_single_lines(extract, found)
    # A line may break several rules at once; one is enough to know.
    rows = {line: (kind, text) for line, kind, text in sorted(found, reverse=True)}
    if len(rows) >= MAX_REJECTED_LINES:
        raise RefusedFileError(
            f"more than {MAX_REJECTED_LINES} lines have not the fields of the header: check delimiter and quote"
        )
    return tuple(
        # The text may begin with the second half of the line end before it.
        Rejected(line - extract.header_lines, (text or "").strip("\r\n"), _REASONS.get(kind, str(kind).lower()))
        for line, (kind, text) in sorted(rows.items())
    )


def _require_single_lines(extract: Extract, found: list[tuple[int, str, str | None]]) -> None:
    if extract.set_aside is not None:
        if any(kind in _MAY_SWALLOW or _may_span(text or "") for _, kind, text in found):
            raise SwallowedLinesError
        return
    for line, _, text in found:
        if '"' in (text or "") and _spans(text or ""):
            raise RefusedFileError(
                f"a quote opens near record {line} and is not closed, or not doubled, and what it swallows cannot be "
                "told apart: close or double it, and deliver the file again"
            )


def _spans(text: str) -> bool:
    stripped = text.strip("\r\n")
    return "\n" in stripped or "\r" in stripped


def _may_span(text: str) -> bool:
    return len(text) >= MAX_REJECTED_TEXT or _spans(text)


def forget(workspace: Workspace) -> None:
    """Forget the lines rejected so far."""
    workspace.duck.execute("delete from reject_errors; delete from reject_scans")


def forget_any(workspace: Workspace) -> None:
    """Forget the lines rejected so far, if there are any: a reading that broke off leaves them to the next file."""
    tables = "select 1 from duckdb_tables() where table_name = 'reject_errors'"
    if workspace.duck.execute(tables).fetchall():
        forget(workspace)
