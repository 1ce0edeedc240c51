"""What was counted of the rows of a batch, and of its history, while they loaded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from warehouse.figures import LoadFigure

_LOADS = """
select l.load_id, l.entity, l.source_system, l.batch_id from ops.load_ledger as l
where l.company_id = %(company)s and l.batch_id = any(%(batches)s) and l.status = 'loaded' and l.rows_loaded > 0
"""
_TOTALS = f"""
select x.entity, f.item, sum(f.amount), max(f.amount)
from ({_LOADS}) as x inner join ops.load_figures as f on f.load_id = x.load_id
group by 1, 2
having count(distinct x.load_id) = (select count(*) from ({_LOADS}) as y where y.entity = x.entity)
"""
# Only of days: that is what is counted over loads, and there are few.
_REPEATED = f"""
select distinct x.entity, x.item from (
    select x.entity, f.item from ({_LOADS}) as x
    inner join ops.load_figures as f on f.load_id = x.load_id
    where f.item like %(days)s and f.value is not null
    group by x.entity, f.item, x.source_system, f.value having count(distinct x.load_id) > 1
) as x
"""


_FORGET = """
delete from ops.load_figures as f using ops.load_ledger as l, ops.batches as old, ops.batches as accepted
where f.load_id = l.load_id and l.batch_id = old.batch_id and old.gate_status <> 'pending'
    and old.company_id = accepted.company_id and old.business_date < accepted.business_date - %s::integer
    and accepted.batch_id = %s
"""


@dataclass(frozen=True)
class Counted:
    """Items that are known of all loads with rows, by entity. A load that was not counted hides them.

    Attributes:
        batch: Items of the batch under judgment, each with the sum of its amounts.
        visible: Items of the batch and of its history.
        repeated: Items of which several loads of one source have the same value: their rows may be versions of one.
        highest: Items of the batch, each with the highest amount of a load.
    """

    batch: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    visible: Mapping[str, Collection[str]] = field(default_factory=dict)
    repeated: Mapping[str, Collection[str]] = field(default_factory=dict)
    highest: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def covers_batch(self, entity: str, figures: Sequence[LoadFigure]) -> bool:
        """Tell whether the batch need not be read for figures."""
        return all(figure.item in self.batch.get(entity, ()) for figure in figures)

    def covers_visible(self, entity: str, figures: Sequence[LoadFigure]) -> bool:
        """Tell whether neither the batch nor its history need be read for figures."""
        return all(figure.item in self.visible.get(entity, ()) for figure in figures)

    def tells_rows(self, entity: str, figure: LoadFigure) -> bool:
        """Tell whether the rows of a value in batch and history are the sum of those of the loads."""
        return self.covers_visible(entity, [figure]) and figure.item not in self.repeated.get(entity, ())

    def has_none(self, entity: str, figures: Sequence[LoadFigure]) -> bool:
        """Tell whether figures of the batch are known, and all 0."""
        items = self.batch.get(entity, {})
        return all(items.get(figure.item) == 0 for figure in figures)


def read(connection: psycopg.Connection, company_id: str, batch_id: int, history: Sequence[int]) -> Counted:
    """Read what is known of a batch and its history."""
    names = {"company": company_id, "days": "rows by %\\_date %"}
    batch, visible, repeated = (
        connection.execute(query, names | {"batches": batches}).fetchall()
        for query, batches in (
            (_TOTALS, [batch_id]),
            (_TOTALS, [*history, batch_id]),
            (_REPEATED, [*history, batch_id]),
        )
    )
    totals: dict[str, dict[str, float]] = {}
    highest: dict[str, dict[str, float]] = {}
    for entity, item, total, most in batch:
        totals.setdefault(entity, {})[item] = total
        highest.setdefault(entity, {})[item] = most
    return Counted(totals, _by_entity(visible), _by_entity(repeated), highest)


def forget(connection: psycopg.Connection, batch_id: int, days: int) -> None:
    """Delete what was counted of judged batches of the same company that are older than a batch by more days.

    A gate that judges an earlier day anew reads the rows.
    """
    connection.execute(_FORGET, [days, batch_id])


def relation(company_id: str, batches: Sequence[int], entity: str) -> str:
    """Return the subselect of all that was counted of an entity in batches: item, value and amount."""
    ids = ", ".join(map(str, batches))
    return (
        "(select f.item, f.value, f.amount from ops.load_figures as f "
        "inner join ops.load_ledger as l on l.load_id = f.load_id "
        f"where l.company_id = '{company_id}' and l.batch_id = any (array[{ids}]::bigint[]) "
        f"and l.entity = '{entity}' and l.status = 'loaded')"
    )


def _by_entity(rows: Sequence[tuple[object, ...]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entity, item, *_ in rows:
        found.setdefault(str(entity), set()).add(str(item))
    return found
