"""Running a gate: evaluate, record, and stop the chain on a critical failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from expectations import context, results
from expectations.rules import CRITICAL, Guard
from expectations.scope import Scope, ScopeError, model_scope, raw_scope
from expectations.suites import MODELS, RAW
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

CHECKPOINTS = ("raw", *MODELS)
LISTED_FAILURES = 5


class QualityGateError(Exception):
    """Critical expectations failed; the message names suite, expectation, column, counts and examples."""


def check(
    checkpoint: str, company_id: str, business_date: date, batch_id: int | None = None, run_id: str = "manual"
) -> dict[str, Any]:
    """Run a checkpoint, and record every result in ops.quality_results.

    Args:
        checkpoint: ``raw`` for a loaded batch; ``demand_forecast``, ``slow_movers`` or ``product_health`` for what a
            model wrote for the date.
        company_id: Company.
        business_date: Date of the run.
        batch_id: Batch of raw to judge; None for the latest one of the company and date. Models ignore it.
        run_id: Name of the run, recorded with the results.

    Returns:
        ``checkpoint``, ``company_id``, ``business_date``, ``batch_id``, numbers of expectations ``evaluated``,
        ``failed_critical`` (0, or this raises) and ``failed_warning``, ``skipped`` (raw entities of which the batch
        holds nothing), ``seconds``.

    Raises:
        QualityGateError: a critical expectation failed. The results are recorded all the same.
        ScopeError: there is no such checkpoint or batch.
        EvaluationError: an expectation could not be evaluated; nothing is recorded.
    """
    started = time.monotonic()
    if checkpoint not in CHECKPOINTS:
        raise ScopeError(f"there is no checkpoint {checkpoint!r}: use one of {', '.join(CHECKPOINTS)}")
    role = Role.LOADER if checkpoint == "raw" else Role.MODELER
    scope, guards = _plan(checkpoint, company_id, business_date, batch_id, run_id)
    found = _evaluate(checkpoint, scope, guards, role) if guards else []
    warnings = _judge(checkpoint, scope, found)
    return {
        "checkpoint": checkpoint,
        "company_id": company_id,
        "business_date": business_date.isoformat(),
        "batch_id": scope.batch_id,
        "evaluated": len(found),
        "failed_critical": 0,
        "failed_warning": warnings,
        "skipped": [entity for entity in RAW if entity not in scope.row_counts] if checkpoint == "raw" else [],
        "seconds": round(time.monotonic() - started, 3),
    }


def _plan(
    checkpoint: str, company_id: str, business_date: date, batch_id: int | None, run_id: str
) -> tuple[Scope, list[Guard]]:
    if checkpoint == "raw":
        with connect(Role.LOADER) as connection:
            scope = raw_scope(connection, company_id, business_date, batch_id, run_id)
        return scope, [guard(scope) for entity, guard in RAW.items() if entity in scope.row_counts]
    table, guard = MODELS[checkpoint]
    with connect(Role.MODELER) as connection:
        scope = model_scope(connection, company_id, business_date, table, run_id)
    return scope, [guard(scope)]


def _evaluate(checkpoint: str, scope: Scope, guards: Sequence[Guard], role: Role) -> list[results.Result]:
    """Evaluate and record, so that the results stand whatever they say."""
    validations = context.evaluate(checkpoint, scope, guards, role)
    with connect(role) as connection:
        found = results.collect(connection, guards, validations)
        results.write(connection, scope, checkpoint, found)
    return found


def _judge(checkpoint: str, scope: Scope, found: Sequence[results.Result]) -> int:
    """Log what failed and return the number of warnings, unless something critical failed."""
    failed = [result for result in found if not result.success]
    for result in failed:
        log.log(logging.ERROR if result.severity == CRITICAL else logging.WARNING, "%s", results.describe(result))
    critical = [result for result in failed if result.severity == CRITICAL]
    if critical:
        raise QualityGateError(_message(checkpoint, scope, critical))
    return len(failed)


def _message(checkpoint: str, scope: Scope, critical: Sequence[results.Result]) -> str:
    batch = f", batch {scope.batch_id}" if scope.batch_id is not None else ""
    head = (
        f"gate {checkpoint} refused {scope.company_id} {scope.business_date}{batch}: "
        f"{len(critical)} critical expectation(s) failed"
    )
    lines = [results.describe(result) for result in critical[:LISTED_FAILURES]]
    if len(critical) > LISTED_FAILURES:
        lines.append(f"and {len(critical) - LISTED_FAILURES} more: see ops.quality_results, run_id {scope.run_id}")
    text = "\n- ".join([head, *lines])
    if checkpoint != "raw" or scope.batch_id is None:
        return text
    return (
        f"{text}\nIf the delivery is right after all, such as that of a holiday, let the batch in: "
        f'.venv/bin/python -m ingest release --batch {scope.batch_id} --reason "..."'
    )
