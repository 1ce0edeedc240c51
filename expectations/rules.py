"""Rules of the gates as data, and the SQL that evaluates all rules of one table in two scans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import yaml

from expectations.aggregates import COUNTED, Aggregate
from warehouse.figures import LoadFigure
from warehouse.settings import PROJECT_DIR

Severity = Literal["critical", "warning"]
CRITICAL: Severity = "critical"
WARNING: Severity = "warning"
MASK = "***"


@dataclass(frozen=True)
class RowRule:
    """Rows that must not exist.

    Attributes:
        name: What is expected, as ``expect_...``; recorded as the expectation type.
        broken_when: SQL condition over alias ``r`` that is true for a bad row.
        columns: Columns the rule speaks about, shown beside the natural key of a bad row.
        severity: Effect of the first bad row.
        critical_share: Share of bad rows (0-1) above which a warning turns critical; None for never.
    """

    name: str
    broken_when: str
    columns: tuple[str, ...]
    severity: Severity = WARNING
    critical_share: float | None = None

    @property
    def figure(self) -> LoadFigure:
        """Number of bad rows."""
        return LoadFigure(self.name, f"case when {self.broken_when} then 1 else 0 end")


@dataclass(frozen=True)
class Measure:
    """A figure of the whole delivery that must stay within limits.

    Attributes:
        name: Name of the figure, recorded as the column of the expectation.
        value: SQL expression over ``b`` (aggregates of the rows under judgment), ``h`` (the same aggregates of the
            history) and the guard's further relations. Must not be null: without history it reads as unchanged.
        minimum: Smallest allowed value, None for no limit.
        maximum: Largest allowed value, None for no limit.
        severity: Effect of a value outside the limits.
        examples: SELECT that names offenders, run only after a failure.
        meaning: What the figure is, in words, where its name and limits do not tell; shown with a failure.
    """

    name: str
    value: str
    minimum: float | None = None
    maximum: float | None = None
    severity: Severity = WARNING
    examples: str | None = None
    meaning: str = ""


@dataclass(frozen=True)
class Guard:
    """Everything expected of one table.

    Attributes:
        name: Name of the suite: the layer and table it guards.
        table: Schema-qualified table.
        key: Natural key, which names a bad row to the user.
        scope: SQL condition over alias ``r`` that selects the rows under judgment.
        history: SQL condition over alias ``r`` that selects the accepted rows to compare with.
        rules: Rules on single rows.
        measures: Rules on the delivery as a whole.
        aggregates: Aggregates that measures use as ``b.<name>``.
        compared: Names of the aggregates that measures also use as ``h.<name>``.
        relations: Further one-row sub-selects that measures use, by alias.
        rule_joins: Joins to alias ``r`` that rules need; at most one row of each per row.
        reference_joins: The same for the aggregates.
        row_count: Number of rows under judgment.
        figures: What the relations need to have been counted of rows while they loaded.
        is_clean: True when it was counted that no row breaks a rule.
        counted: Relation of what was counted of the rows under judgment; empty to read them.
        counted_history: The same of the history.
    """

    name: str
    table: str
    key: tuple[str, ...]
    scope: str
    row_count: int
    history: str = "false"
    rules: tuple[RowRule, ...] = ()
    measures: tuple[Measure, ...] = ()
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    relations: Mapping[str, str] = field(default_factory=dict)
    rule_joins: tuple[str, ...] = ()
    reference_joins: tuple[str, ...] = ()
    figures: tuple[LoadFigure, ...] = ()
    is_clean: bool = False
    counted: str = ""
    counted_history: str = ""

    @property
    def all_figures(self) -> tuple[LoadFigure, ...]:
        """What to count of rows while they load, so that they need not be read again."""
        # What reaches beyond the row cannot be counted of it.
        rules = () if self.rule_joins else tuple(rule.figure for rule in self.rules)
        parts = (figure for aggregate in self.aggregates.values() for figure in aggregate.figures)
        return tuple(dict.fromkeys((*rules, *parts, *self.figures)))


def rows_query(guard: Guard) -> str:
    """Return the SELECT of all bad rows: natural key, columns of the rules and the names of the broken rules.

    All rules share this one scan; each expectation then reads the few rows that broke its own rule. Personal values
    are masked here, because results and Data Docs have more readers than the raw table.
    """
    columns = list(guard.key)
    columns += sorted({column for rule in guard.rules for column in rule.columns} - set(guard.key))
    marks = ", ".join(f"case when {rule.broken_when} then '{rule.name}' end" for rule in guard.rules)
    bad = " or ".join(f"({rule.broken_when})" for rule in guard.rules)
    selected = ", ".join(_shown(column) for column in columns)
    return (
        f"select {selected}, array_remove(array[{marks}], null) as broken_rules "
        f"from {guard.table} as r {' '.join(guard.rule_joins)} "
        + ("where false" if guard.is_clean else f"where {guard.scope} and ({bad})")
    )


def profile_query(guard: Guard) -> str:
    """Return the SELECT of one row that holds every measure of the guard."""
    measures = {measure.name: measure.value for measure in guard.measures}
    selected = ", ".join(f"cast({value} as double precision) as {name}" for name, value in measures.items())
    names = tuple(guard.aggregates)
    if guard.counted:
        relations = {"b": _put_together(guard, names, guard.counted)}
    else:
        relations = {"b": _aggregate(guard, names, guard.scope, guard.reference_joins)}
    if guard.compared and guard.counted_history:
        relations["h"] = _put_together(guard, guard.compared, guard.counted_history)
    elif guard.compared:
        relations["h"] = _aggregate(guard, guard.compared, guard.history, ())
    relations.update(guard.relations)
    return f"select {selected} from " + " cross join ".join(f"({query}) as {name}" for name, query in relations.items())


def _put_together(guard: Guard, names: tuple[str, ...], counted: str) -> str:
    selected = (f"{guard.aggregates[name].counted.replace(COUNTED, counted)} as {name}" for name in names)
    return f"select {', '.join(selected) or '1 as one'}"


def _aggregate(guard: Guard, names: tuple[str, ...], condition: str, joins: tuple[str, ...]) -> str:
    selected = ", ".join(f"{guard.aggregates[name].rows} as {name}" for name in names) or "count(*) as row_count"
    return f"select {selected} from {guard.table} as r {' '.join(joins)} where {condition}"


@cache
def personal_columns() -> frozenset[str]:
    """Return the columns that any contract classifies as personal."""
    folder = PROJECT_DIR / "ingest" / "contracts"
    contracts = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    return frozenset(
        column["name"]
        for contract in contracts
        for table in contract["schema"]
        for column in table["properties"]
        if column.get("classification") == "personal"
    )


def _shown(column: str) -> str:
    if column in personal_columns():
        return f"case when r.{column} is not null then '{MASK}' end as {column}"
    return f"r.{column}"


def shift(name: str) -> str:
    """Return the absolute difference of an aggregate from its history, 0 without history."""
    return f"coalesce(abs(b.{name} - h.{name}), 0)"


def factor(name: str) -> str:
    """Return how many times larger or smaller than in history an aggregate is (>= 1; 1 without history)."""
    return f"coalesce(greatest(b.{name} / nullif(h.{name}, 0), h.{name} / nullif(b.{name}, 0)), 1)"
