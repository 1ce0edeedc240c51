"""Expectations every raw entity shares: what the load ledger says about the delivery, and references to masters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from expectations import counted
from expectations.aggregates import Aggregate, value_share
from expectations.rules import CRITICAL, Guard, Measure, RowRule, Severity
from expectations.scope import Scope
from warehouse.figures import LoadFigure

QUARANTINED_SHARE_WARNING = 0.01
QUARANTINED_SHARE_CRITICAL = 0.2
UNKNOWN_SHARE = 0.02
ENOUGH_EXTRACTS = 3
RECENT_EXTRACTS = 8
# A trading day may end after midnight UTC, so that its local date is one ahead of the business date.
AHEAD_DAYS = 1


@dataclass(frozen=True)
class Reference:
    """A column that should name a known row of another raw entity.

    Attributes:
        column: Referring column.
        entity: Raw entity referred to.
        key: Column referred to, when it has another name.
        maximum: Largest share of unknown references before a warning (0-1).
    """

    column: str
    entity: str
    key: str | None = None
    maximum: float = UNKNOWN_SHARE


@dataclass(frozen=True)
class Delivery:
    """What one entity's suite adds to the shared expectations; attributes as in Guard."""

    entity: str
    key: tuple[str, ...]
    rules: tuple[RowRule, ...] = ()
    measures: tuple[Measure, ...] = ()
    references: tuple[Reference, ...] = ()
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    relations: Mapping[str, str] = field(default_factory=dict)
    rule_joins: tuple[str, ...] = ()
    is_full: bool = False
    has_currency: bool = False
    figures: tuple[LoadFigure, ...] = ()


def raw_guard(delivery: Delivery, scope: Scope) -> Guard:
    """Return the guard of a raw entity: its own rules and the shared ones."""
    table = f"raw.{delivery.entity}"
    measures = [*_quarantine(delivery.entity, scope), *delivery.measures]
    aggregates = dict(delivery.aggregates)
    relations = {"l": _ledger(delivery.entity, scope), **delivery.relations}
    if delivery.is_full:
        measures.append(_completeness(scope))
        relations["f"] = _full_deliveries(delivery.entity, scope)
    if delivery.has_currency:
        own = f"select c.currency from ops.companies as c where c.company_id = '{scope.company_id}'"
        foreign = f"r.currency <> ({own})"
        aggregates["foreign_currency_share"] = value_share("currency", foreign)
        measures.append(_foreign_currency(table, foreign, scope))
    for reference in delivery.references:
        measure, aggregate = _unknown(table, reference, scope)
        measures.append(measure)
        aggregates[measure.name] = aggregate
    guard = Guard(
        name=f"raw_{delivery.entity}",
        table=table,
        key=("source_system", *delivery.key),
        scope=scope.batch,
        history=scope.accepted,
        row_count=scope.row_counts.get(delivery.entity, 0),
        rules=delivery.rules,
        measures=tuple(measures),
        aggregates=aggregates,
        compared=delivery.compared,
        relations=relations,
        rule_joins=delivery.rule_joins,
        reference_joins=tuple(_known(reference, scope) for reference in delivery.references),
        figures=delivery.figures,
    )
    return _without_reading(guard, delivery.entity, scope)


def _without_reading(guard: Guard, entity: str, scope: Scope) -> Guard:
    """Return the guard that takes what was counted while loading for what it would have to read."""
    rules = [rule.figure for rule in guard.rules]
    parts = [figure for aggregate in guard.aggregates.values() for figure in aggregate.figures]
    compared = [figure for name in guard.compared for figure in guard.aggregates[name].figures]
    known = scope.counted
    return replace(
        guard,
        is_clean=not guard.rule_joins and known.has_none(entity, rules),
        counted=counted.relation(scope.company_id, [scope.batch_id or 0], entity)
        if known.covers_batch(entity, parts)
        else "",
        counted_history=counted.relation(scope.company_id, scope.history, entity)
        if known.covers_visible(entity, compared)
        else "",
    )


def not_after_business_date(name: str, column: str, scope: Scope, severity: Severity = CRITICAL) -> RowRule:
    """Return the rule that nothing has happened after the business date."""
    return RowRule(name, f"r.{column} > {scope.day} + {AHEAD_DAYS}", (column,), severity=severity)


def _unknown(table: str, reference: Reference, scope: Scope) -> tuple[Measure, Aggregate]:
    """Share of filled references that name no row the company ever delivered (0-1): measure and its aggregate."""
    name = f"unknown_{reference.column.removesuffix('_id')}_share"
    missing = f"k_{reference.column}.id is null"
    filled = f"r.{reference.column} is not null"
    examples = (
        f"select r.{reference.column}, count(*) as row_count from {table} as r {_known(reference, scope)} "
        f"where {scope.batch} and {filled} and {missing} group by 1 order by 2 desc, 1"
    )
    aggregate = value_share(reference.column, missing, _known(reference, scope))
    return Measure(name, f"b.{name}", maximum=reference.maximum, examples=examples), aggregate


def _known(reference: Reference, scope: Scope) -> str:
    # A join, because a NOT IN over more keys than fit into work_mem would scan them once per row.
    alias = f"k_{reference.column}"
    return (
        f"left join (select distinct k.{reference.key or reference.column} as id from raw.{reference.entity} as k "
        f"where k.company_id = '{scope.company_id}') as {alias} on {alias}.id = r.{reference.column}"
    )


def _ledger(entity: str, scope: Scope) -> str:
    return (
        "select coalesce(sum(l.rows_quarantined) / nullif(sum(l.rows_read), 0), 0) as quarantined_share "
        f"from ops.load_ledger as l where l.batch_id = {scope.batch_id} and l.entity = '{entity}' "
        "and l.status = 'loaded'"
    )


def _quarantine(entity: str, scope: Scope) -> tuple[Measure, Measure]:
    examples = (
        "select q.rule, q.column_name, count(*) as row_count, min(q.source_file) as source_file, "
        f"min(q.row_number) as row_number from ops.quarantine as q where q.batch_id = {scope.batch_id} "
        f"and q.entity = '{entity}' group by 1, 2 order by 3 desc, 1, 2"
    )
    name, value = "quarantined_share", "l.quarantined_share"
    return (
        Measure(name, value, maximum=QUARANTINED_SHARE_WARNING, examples=examples),
        Measure(name, value, maximum=QUARANTINED_SHARE_CRITICAL, severity=CRITICAL, examples=examples),
    )


def _foreign_currency(table: str, foreign: str, scope: Scope) -> Measure:
    examples = (
        f"select r.currency, count(*) as row_count from {table} as r where {scope.batch} and {foreign} "
        "group by 1 order by 2 desc, 1"
    )
    return Measure("foreign_currency_share", "b.foreign_currency_share", maximum=0, examples=examples)


def _completeness(scope: Scope) -> Measure:
    # Half a master looks like a mass delisting to everything downstream.
    band = scope.row_count_band
    meaning = (
        "rows of a full extract by the fewest of the last ones of its series; policy gate.row_count_band "
        f"allows {band:.0%} less"
    )
    return Measure("rows_to_full_delivery", "f.ratio", minimum=1 - band, severity=CRITICAL, meaning=meaning)


def _full_deliveries(entity: str, scope: Scope) -> str:
    """Rows of each full extract to the smallest of those before it; the lowest ratio of the batch, 1 without history.

    Files whose names differ only in digits are one series, and the parts of one day are one extract. A series whose
    sizes differ widely sends changes only and is not judged.
    """
    extracts = (
        "select l.batch_id, l.file_date, l.source_system, regexp_replace(l.source_file, '[0-9]+', '#', 'g') as series, "
        "sum(l.rows_read) as row_count, min(l.load_id) as load_id from ops.load_ledger as l "
        "inner join ops.batches as a on l.batch_id = a.batch_id "
        f"where l.company_id = '{scope.company_id}' and l.entity = '{entity}' and l.status = 'loaded' "
        f"and not l.is_partial and a.business_date <= {scope.day} "
        f"and (a.gate_status in ('passed', 'released') or a.batch_id = {scope.batch_id}) group by 1, 2, 3, 4"
    )
    series = "partition by e.source_system, e.series order by e.file_date nulls first, e.load_id"
    compared = (
        "select e.batch_id, e.row_count, count(*) over w as extract_count, max(e.row_count) over w as highest, "
        f"min(e.row_count) over ({series} rows between {RECENT_EXTRACTS} preceding and 1 preceding) as lowest "
        f"from ({extracts}) as e window w as ({series} rows between unbounded preceding and 1 preceding)"
    )
    return (
        f"select coalesce(min(x.row_count / nullif(x.lowest, 0)), 1) as ratio from ({compared}) as x "
        f"where x.batch_id = {scope.batch_id} and x.extract_count >= {ENOUGH_EXTRACTS} "
        f"and x.lowest >= {1 - scope.row_count_band} * x.highest"
    )
