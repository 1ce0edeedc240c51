"""Counting figures of the rows of a file as they pass by, for the gate that judges them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts import Entity
from ingest.workspace import Workspace, identifier
from warehouse.figures import MAX_VALUES, LoadFigure

log = logging.getLogger(__name__)

# Enough for DuckDB to work on a column at a time, and some megabytes of rows.
CHUNK_ROWS = 200_000
_HELD_ROWS = 500_000
# A count only spares the gate a reading; it must never stop a load.
_FAILURES = (duckdb.Error, pa.ArrowException)


class Counter:
    """Figures of the rows that have passed by."""

    def __init__(self, workspace: Workspace, entity: Entity, wanted: Sequence[LoadFigure]) -> None:
        """Start with nothing.

        Args:
            workspace: Where to count.
            entity: Contract of the rows.
            wanted: What to count.
        """
        # A connection of its own: the rows come out of the other one.
        self._duck = workspace.duck.cursor()
        self._duck.execute("set TimeZone = 'UTC'")
        self._entity = entity
        self._totals = {figure.item: figure for figure in wanted if figure.kind != "rows"}
        self._groups = {figure.item: figure for figure in wanted if figure.kind == "rows"}
        self._amounts: dict[str, float] = {}
        self._held: dict[str, list[Any]] = {item: [] for item in self._groups}

    def watch(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Yield Arrow batches as they come, having counted their rows."""
        chunk: list[Any] = []
        for batch in batches:
            chunk.append(batch)
            if sum(map(len, chunk)) >= CHUNK_ROWS:
                self._count(chunk)
                chunk = []
            yield batch
        if chunk:
            self._count(chunk)

    def rows(self) -> list[tuple[str, str | None, float]]:
        """Return item, value and amount of everything counted; what had too many values is left out."""
        try:
            return self._rows()
        except _FAILURES as error:
            self._give_up(error)
            return []

    def _rows(self) -> list[tuple[str, str | None, float]]:
        amounts = {item: amount for item, amount in self._amounts.items() if math.isfinite(amount)}
        found: list[tuple[str, str | None, float]] = [(item, None, amount) for item, amount in amounts.items()]
        for item in list(self._held):
            self._merge(item)
        for item, parts in self._held.items():
            pairs = [pair for part in parts for pair in zip(*part.to_pydict().values(), strict=True)]
            values = [(item, str(value), float(count)) for value, count in pairs if value is not None]
            # Their sum too, so that no value at all is told from no count.
            found += [(item, None, sum(count for *_, count in values)), *values]
        return found

    def _count(self, batches: Sequence[Any]) -> None:
        if self._totals or self._groups:
            try:
                self._add(pa.Table.from_batches(batches))
            except _FAILURES as error:
                self._give_up(error)

    def _add(self, rows: Any) -> None:
        if not rows.num_rows:
            return
        self._duck.register("counted", rows)
        try:
            self._add_totals(rows.schema.names)
            for item, figure in list(self._groups.items()):
                if figure.value in rows.schema.names:
                    self._add_values(item, rows.column(figure.value))
        finally:
            self._duck.unregister("counted")

    def _give_up(self, error: Exception) -> None:
        log.warning("%s is not counted while loading: %s", self._entity.name, error)
        self._totals, self._groups, self._amounts, self._held = {}, {}, {}, {}

    def _source(self, names: Sequence[str]) -> str:
        absent = [field for field in self._entity.fields if field.name not in names]
        nulls = [f", cast(null as {field.physical_type}) as {identifier(field.name)}" for field in absent]
        return f"(select *{''.join(nulls)} from counted) as r"

    def _add_totals(self, names: Sequence[str]) -> None:
        if not self._totals:
            return
        aggregates = ", ".join(f"cast({f.kind}({f.value}) as double)" for f in self._totals.values())
        amounts = self._duck.execute(f"select {aggregates} from {self._source(names)}").fetchall()[0]
        for (item, figure), amount in zip(self._totals.items(), amounts, strict=True):
            if amount is not None:
                before = self._amounts.get(item, amount if figure.kind == "max" else 0.0)
                self._amounts[item] = max(before, amount) if figure.kind == "max" else before + amount
            elif figure.kind == "sum":
                self._amounts.setdefault(item, 0.0)

    def _add_values(self, item: str, column: Any) -> None:
        found = pc.value_counts(column.combine_chunks()).flatten()
        self._held[item].append(pa.table(dict(zip(("value", "amount"), found, strict=True))))
        if sum(len(part) for part in self._held[item]) > _HELD_ROWS:
            self._merge(item)

    def _merge(self, item: str) -> None:
        if not (parts := self._held[item]):
            return
        merged = pa.concat_tables(parts).group_by("value").aggregate([("amount", "sum")])
        self._held[item] = [merged.rename_columns({"value": "value", "amount_sum": "amount"})]
        if len(merged) > MAX_VALUES:
            log.info("%s has more than %s values, which are not kept", item, MAX_VALUES)
            del self._held[item], self._groups[item]


def write(connection: psycopg.Connection, load_id: int, counter: Counter) -> None:
    """Keep what was counted of a load, in its transaction."""
    rows = counter.rows()
    with (
        connection.cursor() as cursor,
        cursor.copy("copy ops.load_figures (load_id, item, value, amount) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row((load_id, *row))
