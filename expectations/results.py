"""Results of a gate: one row per expectation in ops.quality_results, with the rows that failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from expectations.context import MEASURE, PLANNER
from expectations.rules import Guard
from expectations.scope import Scope

EXAMPLES = 20

_INSERT = """
insert into ops.quality_results (
    run_id, company_id, business_date, batch_id, checkpoint_name, suite_name, expectation_type, column_name, severity,
    success, observed_value, element_count, unexpected_count, unexpected_pct, failed_rows
) values (
    %(run_id)s, %(company_id)s, %(business_date)s, %(batch_id)s, %(checkpoint)s, %(suite)s, %(expectation)s,
    %(column)s, %(severity)s, %(success)s, %(observed)s, %(element_count)s, %(unexpected_count)s, %(unexpected_pct)s,
    %(failed_rows)s
)
"""


@dataclass(frozen=True)
class Result:
    """Outcome of one expectation; the fields are those of ops.quality_results.

    Attributes:
        expectation: Name of the row rule, or the expectation's type for a measure.
        column: Columns the rule speaks about, or the measure.
        unexpected_count: Bad rows, or 1 for a measure outside its limits.
        unexpected_pct: Share of bad rows (0-1), None for a measure.
        failed_rows: Up to EXAMPLES bad rows: natural key and values.
        limits: Limits of a measure in words, empty for a row rule.
        meaning: What a measure is, in words, empty where its name tells.
    """

    suite: str
    expectation: str
    column: str | None
    severity: str
    success: bool
    observed: str | None
    element_count: int
    unexpected_count: int
    unexpected_pct: float | None
    failed_rows: tuple[Mapping[str, Any], ...] = ()
    limits: str = ""
    meaning: str = ""


def collect(connection: psycopg.Connection, guards: Sequence[Guard], validations: Sequence[Any]) -> list[Result]:
    """Turn the suites' validation results into rows, and look up examples for failed measures.

    Args:
        connection: Connection that may read the judged tables.
        guards: What was expected.
        validations: ExpectationSuiteValidationResult objects of those guards.
    """
    by_name = {suite: guard for guard in guards for suite in (guard.name, f"{guard.name}_rows")}
    results = []
    for validation in validations:
        guard = by_name[validation.suite_name]
        for single in validation.results:
            is_measure = single.expectation_config.meta["kind"] == MEASURE
            results.append(_measure(connection, guard, single) if is_measure else _rows(guard, validation, single))
    return results


def write(connection: psycopg.Connection, scope: Scope, checkpoint: str, results: Sequence[Result]) -> None:
    """Insert the results into ops.quality_results."""
    shared = {
        "run_id": scope.run_id,
        "company_id": scope.company_id,
        "business_date": scope.business_date,
        "batch_id": scope.batch_id,
        "checkpoint": checkpoint,
    }
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT,
            [shared | vars(result) | {"failed_rows": _json(result.failed_rows)} for result in results],
        )


def _json(rows: Sequence[Mapping[str, Any]]) -> str | None:
    return json.dumps(list(rows), default=str) if rows else None


def describe(result: Result) -> str:
    """Return one failed result in words: suite, expectation, column, how many rows, and the first of them."""
    text = f"{result.suite}: {result.expectation} ({result.column})"
    if result.limits:
        text += f" is {result.observed}, allowed {result.limits}"
        if result.meaning:
            text += f" ({result.meaning})"
    else:
        text += f" failed for {result.unexpected_count} of {result.element_count} rows"
    shown = "; ".join(", ".join(f"{name}={value}" for name, value in row.items()) for row in result.failed_rows[:3])
    return f"{text}, for example {shown}" if shown else text


def _measure(connection: psycopg.Connection, guard: Guard, single: Any) -> Result:
    settings = single.expectation_config.kwargs
    name = settings["column"]
    observed = single.result["observed_value"]
    examples: tuple[Mapping[str, Any], ...] = ()
    measure = next((m for m in guard.measures if m.name == name), None)
    query = measure.examples if measure else None
    if query and not single.success:
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(f"set local {PLANNER}")
            found = cursor.execute(f"select * from ({query}) as x limit {EXAMPLES}").fetchall()  # type: ignore[arg-type]
        examples = tuple(found)
    limits = [
        f"{word} {settings[bound]:g}"
        for word, bound in (("at least", "min_value"), ("at most", "max_value"))
        if settings.get(bound) is not None
    ]
    return Result(
        suite=guard.name,
        expectation=single.expectation_config.type,
        column=name,
        severity=str(single.expectation_config.severity.value),
        success=bool(single.success),
        observed=None if observed is None else f"{observed:.6g}",
        element_count=guard.row_count,
        unexpected_count=0 if single.success else 1,
        unexpected_pct=None,
        failed_rows=examples,
        limits=" and ".join(limits),
        meaning=measure.meaning if measure else "",
    )


def _rows(guard: Guard, validation: Any, single: Any) -> Result:
    rule = next(rule for rule in guard.rules if rule.name == single.expectation_config.meta["rule"])
    count = int(single.result["observed_value"])
    found = single.result["details"]["unexpected_rows"][:EXAMPLES]
    return Result(
        suite=validation.suite_name,
        expectation=rule.name,
        column=", ".join(rule.columns),
        severity=str(single.expectation_config.severity.value),
        success=bool(single.success),
        observed=str(count),
        element_count=guard.row_count,
        unexpected_count=count,
        unexpected_pct=count / guard.row_count if guard.row_count else None,
        failed_rows=tuple(found),
    )
