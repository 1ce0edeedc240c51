"""Dry runs: read and check what a load would load, and write nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest import attempts, companies, contents, deliveries, entries, screening
from ingest.checks import UNIQUE_RULE
from ingest.deliveries import Delivery
from ingest.entries import LedgerEntry
from ingest.inspection import RefusedFileError
from ingest.mapping import FeedMapping, MappingError
from ingest.readers import Extract
from ingest.screening import Screening
from ingest.workspace import Workspace, open_workspace

EXAMPLES_PER_RULE = 3


@dataclass(frozen=True)
class BrokenRule:
    """How often a file breaks a rule, with the first rows that do."""

    column: str | None
    rule: str
    reason: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """What a load would record of a file, and the rules it breaks."""

    entry: LedgerEntry
    broken: tuple[BrokenRule, ...] = ()


def check_company(
    company_id: str,
    business_date: date,
    source: str | None = None,
    file: str | None = None,
    progress: Callable[[LedgerEntry], None] | None = None,
) -> list[Finding]:
    """Check the files of a company, whether they were loaded before or not.

    Args:
        company_id: Company.
        business_date: Files dated later are left out.
        source: One source, None for all.
        file: Name of one file, None for all.
        progress: Called with every file's entry.

    Raises:
        CompanyError: the configuration is wrong, there is nothing to check at all, or no such file.
    """
    config = companies.load_company_config(company_id)
    names = config.source_names(source)
    if file is not None:
        deliveries.require_file(config, names, business_date, file)
    findings = []
    with open_workspace() as workspace:
        for name in names:
            for delivery in deliveries.find_deliveries(config, name, business_date, [file] if file else None):
                finding = _check_file(workspace, delivery, business_date)
                workspace.clear()
                findings.append(finding)
                if progress:
                    progress(finding.entry)
    return findings


def _check_file(workspace: Workspace, delivery: Delivery, business_date: date) -> Finding:
    started = time.monotonic()
    entry = entries.begin(delivery)
    try:
        content = contents.bring(workspace, delivery, business_date)
        extract = contents.open_content(workspace, delivery, content)
        screened, broken = attempts.read_with_care(
            workspace, delivery.mapping, lambda mapping: _screen(workspace, delivery, mapping, extract)
        )
    except (RefusedFileError, MappingError, OSError) as error:
        return Finding(entries.refused(entry, error, time.monotonic() - started))
    return Finding(entries.loaded(entry, screened, time.monotonic() - started), broken)


def _screen(
    workspace: Workspace, delivery: Delivery, mapping: FeedMapping, extract: Extract
) -> tuple[Screening, tuple[BrokenRule, ...]]:
    screened = screening.screen(workspace, mapping, extract, delivery.file.name, delivery.file.file_date)
    for _ in screening.good_batches(screened):
        pass
    return screened, tuple(_broken_rules(screening.quarantine_batches(screened)))


def _broken_rules(batches: Iterator[Any]) -> Iterator[BrokenRule]:
    counts: dict[tuple[str | None, str, str], int] = {}
    rows: dict[tuple[str | None, str, str], list[int]] = {}
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in ("row_number", "column_name", "rule", "reason"))
        for number, column, rule, reason in zip(*columns, strict=True):
            # The reason of a repeated key names its first row, so each would stand alone.
            key = (column, rule, "repeats the key of an earlier row" if rule == UNIQUE_RULE else reason)
            counts[key] = counts.get(key, 0) + 1
            if counts[key] <= EXAMPLES_PER_RULE:
                rows.setdefault(key, []).append(number)
    for key, count in counts.items():
        yield BrokenRule(*key, count, tuple(rows[key]))
