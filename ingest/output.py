"""What the command line shows: progress on stderr while it works, tables on stdout when it is done."""

from __future__ import annotations

import contextlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.check import Finding
from ingest.entries import LedgerEntry
from ingest.report import LoadReport, summarize

# Wide enough for messages when the output goes to a file.
FILE_WIDTH = 200


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[LedgerEntry], None]]:
    """Show, on a terminal, which file is done and how many rows so far; quiet elsewhere."""
    console = Console(stderr=True)
    files = rows = 0
    with console.status(escape(title)) if console.is_terminal else contextlib.nullcontext() as status:

        def show(entry: LedgerEntry) -> None:
            nonlocal files, rows
            files += 1
            rows += entry.rows_read or 0
            if status is not None:
                status.update(escape(f"{title}: {files:,} files, {rows:,} rows, {entry.entity} {entry.source_file}"))

        yield show


def print_report(report: LoadReport) -> None:
    """Print the sums of a load and the files it refused."""
    names = ["entity", "loaded", "skipped", "refused", "rows read", "rows loaded", "quarantined", "seconds"]
    rows = [
        (
            name,
            counts.files_loaded,
            counts.files_skipped,
            counts.files_refused,
            counts.rows_read,
            counts.rows_loaded,
            counts.rows_quarantined,
            round(counts.seconds, 2),
        )
        for name, counts in report.entities.items()
    ]
    title = "Check, nothing written" if report.batch_id is None else f"Batch {report.batch_id}"
    print_table(title, names, rows)
    if report.refused:
        print_table("Refused files", ["file", "entity", "message"], report.refused)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the sums of a check, the files it would refuse, and the rules that rows break."""
    print_report(summarize(None, (finding.entry for finding in findings)))
    broken = [
        (
            finding.entry.source_file,
            finding.entry.entity,
            rule.column or "",
            rule.rule,
            rule.reason,
            rule.count,
            ", ".join(str(row) for row in rule.rows),
        )
        for finding in findings
        for rule in finding.broken
    ]
    if broken:
        print_table("Broken rules", ["file", "entity", "column", "rule", "reason", "rows", "first rows"], broken)
    files: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        for remark in _remarks(finding):
            files[finding.entry.entity, remark].append(finding.entry.source_file)
    if files:
        remarks = [(entity, len(names), names[0], remark) for (entity, remark), names in files.items()]
        print_table("Remarks", ["entity", "files", "first file", "remark"], remarks)


def print_table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a titled table, or that it is empty."""
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)
    if not rows:
        console.print(f"{title}: none")
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for position, name in enumerate(names):
        is_number = all(isinstance(row[position], int | float) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_text(value)) for value in row))
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _remarks(finding: Finding) -> Iterator[str]:
    if finding.entry.unknown_columns:
        yield f"columns nothing uses: {', '.join(finding.entry.unknown_columns)}"
    if finding.entry.status == "loaded" and finding.entry.message:
        yield finding.entry.message
