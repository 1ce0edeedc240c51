"""The Great Expectations project of a gate: built anew from code for every run, kept for the Data Docs."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.rules import WARNING, Guard, RowRule, profile_query, rows_query
from expectations.scope import Scope
from warehouse.connection import Role, sqlalchemy_url
from warehouse.settings import get_settings

if TYPE_CHECKING:
    import great_expectations as gx

# Written into the project's files in place of the URL, which holds a password.
URL_VARIABLE = "ORW_GATE_URL"
DATA_SOURCE = "warehouse"
# Tables that were just loaded have no statistics yet, and the planner would join a million rows one by one.
PLANNER = "enable_nestloop=off"
WHOLE_TABLE = "all"
MEASURE, ROWS = "measure", "rows"


class EvaluationError(RuntimeError):
    """An expectation could not be evaluated at all; the message names it and quotes the database."""


def project_dir(company_id: str, checkpoint: str) -> Path:
    """Return the folder of the latest validation of a checkpoint."""
    return get_settings().state_dir / "expectations" / company_id / checkpoint


def evaluate(checkpoint: str, scope: Scope, guards: Sequence[Guard], role: Role) -> list[Any]:
    """Evaluate every expectation of the guards.

    Args:
        checkpoint: Name of the gate.
        scope: What is judged.
        guards: What is expected, one per table.
        role: Login that reads the tables.

    Returns:
        The suites' ExpectationSuiteValidationResult objects, in the order of the guards.

    Raises:
        EvaluationError: an expectation could not be evaluated.
    """
    target = project_dir(scope.company_id, checkpoint)
    with _project(target) as folder:
        context = open_project(folder, {URL_VARIABLE: sqlalchemy_url(role)})
        gate = _checkpoint(context, checkpoint, guards)
        outcome = gate.run(run_id=None)
    results = list(outcome.run_results.values())
    for result in results:
        for single in result.results:
            _refuse_exceptions(result.suite_name, single)
    return results


def open_project(folder: Path, variables: dict[str, str]) -> gx.data_context.FileDataContext:
    """Open or create the Great Expectations project in folder, silent and without telemetry."""
    # Both work only before the import: it reads the variable, and reports every function that it registers.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="file", project_root_dir=folder, runtime_environment=variables)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # Read and parsed again for every setting that is looked up, some 200 times in a gate; without it only the
    # environment is substituted, which is all we use.
    (Path(context.root_directory) / context.variables.config_variables_file_path).unlink(missing_ok=True)
    return context


def profile_suite(guard: Guard) -> gx.ExpectationSuite:
    """Return the suite on the delivery as a whole: one expectation per measure."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    return gx.ExpectationSuite(
        guard.name,
        expectations=[
            gxe.ExpectColumnMaxToBeBetween(
                column=measure.name,
                min_value=measure.minimum,
                max_value=measure.maximum,
                severity=measure.severity,
                meta={"kind": MEASURE, "rule": measure.name},
            )
            for measure in guard.measures
        ],
    )


def rows_suite(guard: Guard) -> gx.ExpectationSuite:
    """Return the suite on single rows: one expectation per rule, and a critical one per limit to bad rows."""
    import great_expectations as gx

    expectations = [_unexpected_rows(guard, rule, rule.severity, 0) for rule in guard.rules]
    expectations += [
        _unexpected_rows(guard, rule, "critical", int(rule.critical_share * guard.row_count))
        for rule in guard.rules
        if rule.critical_share is not None and rule.severity == WARNING
    ]
    return gx.ExpectationSuite(f"{guard.name}_rows", expectations=expectations)


def _unexpected_rows(guard: Guard, rule: RowRule, severity: str, allowed: int) -> Any:
    import great_expectations.expectations as gxe

    columns = ", ".join(dict.fromkeys((*guard.key, *rule.columns)))
    broken = f"from {{batch}} where '{rule.name}' = any (broken_rules)"
    query = f"select {columns} {broken}"
    if allowed:
        query += f" and (select count(*) {broken}) > {allowed}"
    return gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=f"{query} order by {', '.join(guard.key)}",
        description=f"{rule.name} (more than {allowed} rows)" if allowed else rule.name,
        severity=severity,
        meta={"kind": ROWS, "rule": rule.name},
    )


def _checkpoint(context: gx.data_context.FileDataContext, name: str, guards: Sequence[Guard]) -> gx.Checkpoint:
    import great_expectations as gx

    pairs = [pair for guard in guards for pair in _suites(guard)]
    source = context.data_sources.add_postgres(
        DATA_SOURCE,
        connection_string=f"${{{URL_VARIABLE}}}",
        create_temp_table=True,
        # Temporary tables live in their session, so all queries share one connection.
        kwargs={"pool_size": 1, "max_overflow": 0, "connect_args": {"options": f"-c timezone=UTC -c {PLANNER}"}},
        # All at once: each one added later would have the whole project written again.
        assets=[
            {"type": "query", "name": suite.name, "query": query, "batch_definitions": [{"name": WHOLE_TABLE}]}
            for suite, query in pairs
        ],
    )
    definitions = []
    for suite, _ in pairs:
        batch = source.get_asset(suite.name).get_batch_definition(WHOLE_TABLE)
        definition = gx.ValidationDefinition(name=suite.name, data=batch, suite=context.suites.add(suite))
        definitions.append(context.validation_definitions.add(definition))
    # Its run adds it to the project; added before, it would be read back and compared first.
    return gx.Checkpoint(name=name, validation_definitions=definitions, result_format={"result_format": "COMPLETE"})


def _suites(guard: Guard) -> list[tuple[gx.ExpectationSuite, str]]:
    """Return the suites of a guard, each with the query that selects what it judges."""
    pairs = [(profile_suite(guard), profile_query(guard))]
    if guard.rules:
        pairs.append((rows_suite(guard), rows_query(guard)))
    return pairs


@contextmanager
def _project(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of target when the block has succeeded."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_exceptions(suite: str, single: Any) -> None:
    info = single.exception_info or {}
    # Either one record, or one record per metric that failed.
    records = [info] if "raised_exception" in info else list(info.values())
    for record in records:
        if record.get("raised_exception"):
            rule = (single.expectation_config.meta or {}).get("rule")
            raise EvaluationError(f"{suite}: {rule} could not be evaluated: {record.get('exception_message')}")
