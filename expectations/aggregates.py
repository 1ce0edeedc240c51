"""Figures of many rows: how to take them from the rows, and from what was counted of the rows while they loaded."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.figures import LoadFigure

# Stands for the relation (item, value, amount) of the loads that are put together.
COUNTED = "{counted}"
_FIRST_DAY = "date '2000-01-01'"


@dataclass(frozen=True)
class Aggregate:
    """A figure of the rows of several loads.

    Attributes:
        rows: Aggregate over alias r, the rows.
        counted: Scalar subselect over COUNTED that gives the same; empty where only the rows tell.
        figures: What it needs to have been counted.
    """

    rows: str
    counted: str = ""
    figures: tuple[LoadFigure, ...] = ()


def mean(name: str, value: str) -> Aggregate:
    """Return the mean of a value over the rows that have one; null without such rows."""
    total = LoadFigure(f"{name} sum", value)
    count = LoadFigure(f"{name} count", f"case when {value} is not null then 1 else 0 end")
    return Aggregate(
        rows=f"avg({value})",
        counted=f"(select {_total(total)} / nullif({_total(count)}, 0) from {COUNTED} as f)",
        figures=(total, count),
    )


def share(name: str, condition: str) -> Aggregate:
    """Return the share of rows for which a condition holds (0-1; 0 without rows)."""
    return shaped("coalesce({}, 0)", mean(name, f"case when {condition} then 1.0 else 0.0 end"))


def shaped(shape: str, aggregate: Aggregate) -> Aggregate:
    """Return an aggregate with an expression around it, in which {} stands for it."""
    counted = shape.replace("{}", aggregate.counted)
    return Aggregate(shape.replace("{}", aggregate.rows), counted, aggregate.figures)


def age_days(column: str, day: str) -> Aggregate:
    """Return the days from the newest row to a day (0 without rows)."""
    newest = LoadFigure(f"newest {column}", f"r.{column} - {_FIRST_DAY}", "max")
    last = f"(select max(f.amount) from {COUNTED} as f where f.item = '{newest.item}')"
    return Aggregate(
        rows=f"coalesce({day} - max(r.{column}), 0)",
        counted=f"coalesce({day} - {_FIRST_DAY} - {last}, 0)",
        figures=(newest,),
    )


def values(column: str) -> LoadFigure:
    """Return the figure "rows by value of a column"."""
    return LoadFigure(f"rows by {column}", column, "rows")


def value_share(column: str, condition: str, joins: str = "") -> Aggregate:
    """Return the share of rows, of those with a value in a column, whose value meets a condition (0-1; 0 without rows).

    Args:
        column: The column.
        condition: SQL over alias r, in which the column is all there is of the row, and over the joins.
        joins: At most one row of each per value.
    """
    figure = values(column)
    of_item = f"where f.item = '{figure.item}' and f.value is not null"
    by_value = f"(select f.value as {column}, f.amount from {COUNTED} as f {of_item}) as r"
    bad = f"sum(r.amount) filter (where {condition})"
    filled = f"avg(case when {condition} then 1.0 else 0.0 end) filter (where r.{column} is not null)"
    return Aggregate(
        rows=f"coalesce({filled}, 0)",
        counted=f"(select coalesce({bad} / nullif(sum(r.amount), 0), 0) from {by_value} {joins})",
        figures=(figure,),
    )


def _total(figure: LoadFigure) -> str:
    return f"sum(f.amount) filter (where f.item = '{figure.item}')"
