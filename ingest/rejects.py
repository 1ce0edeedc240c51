"""Lines of csv that DuckDB could not take apart into fields."""

from __future__ import annotations

from ingest.inspection import RefusedFileError
from ingest.readers import MAX_LINE_BYTES, MAX_REJECTED_LINES, Extract
from ingest.spool import Rejected
from ingest.workspace import Workspace

_REASONS = {
    "MISSING COLUMNS": "has fewer fields than the header",
    "TOO MANY COLUMNS": "has more fields than the header",
    "UNQUOTED VALUE": "has a quote that is not closed or not doubled",
    "LINE SIZE OVER MAXIMUM": f"is longer than {MAX_LINE_BYTES} bytes",
}


def take(workspace: Workspace, extract: Extract) -> tuple[Rejected, ...]:
    """Return the lines of a csv rejected since the last call, by position, and forget them; none for other formats.

    Raises:
        RefusedFileError: there are so many that the dialect must be wrong.
    """
    if not extract.is_csv:
        return ()
    found = workspace.duck.execute("select line, error_type, csv_line from reject_errors").fetchall()
    if not found:
        return ()
    forget(workspace)
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


def forget(workspace: Workspace) -> None:
    """Forget the lines rejected so far."""
    workspace.duck.execute("delete from reject_errors; delete from reject_scans")


def forget_any(workspace: Workspace) -> None:
    """Forget the lines rejected so far, if there are any: a reading that broke off leaves them to the next file."""
    tables = "select 1 from duckdb_tables() where table_name = 'reject_errors'"
    if workspace.duck.execute(tables).fetchall():
        forget(workspace)
