"""SQL expressions of mappings, taken apart by DuckDB's own parser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import duckdb

# Classes of nodes in DuckDB's trees.
_SAFE = frozenset({"COLUMN_REF", "CONSTANT"})
_BEYOND_ROW = frozenset({"SUBQUERY", "WINDOW", "STAR"})


def parse(statements: Iterable[str]) -> list[Any]:
    """Return the tree of each statement; ``error`` in it tells whether it is SQL."""
    # Reading a statement needs no state, and a connection costs more than all of them.
    with duckdb.connect() as connection:
        found = [
            connection.execute("select json_serialize_sql(?::varchar)", [text]).fetchall()[0][0] for text in statements
        ]
    return [json.loads(tree) for tree in found]


def column_names(tree: Any) -> Iterator[str]:
    """Yield, in lower case, the names of all columns that an expression refers to."""
    return (node["column_names"][-1].lower() for node in _nodes(tree) if node.get("class") == "COLUMN_REF")


def is_fallible(tree: Any) -> bool:
    """Tell whether an expression may fail on one row and can be tried row by row: it must not reach beyond its row."""
    nodes = list(_nodes(tree))
    kinds = {node["class"] for node in nodes if "class" in node}
    names = {node.get("function_name") for node in nodes}
    return not (kinds <= _SAFE or kinds & _BEYOND_ROW or names & _untried_functions())


@cache
def _untried_functions() -> frozenset[str]:
    """Return the functions that DuckDB refuses to try."""
    query = "select distinct function_name from duckdb_functions() where stability = 'VOLATILE'"
    with duckdb.connect() as connection:
        return frozenset(name for (name,) in connection.execute(query).fetchall()) | {"unnest"}


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, list):
        for member in tree:
            yield from _nodes(member)
    elif isinstance(tree, dict):
        yield tree
        for member in tree.values():
            yield from _nodes(member)
