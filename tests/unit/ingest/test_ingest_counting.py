"""Counting rows as they pass by: whatever goes wrong with it, the rows pass."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from ingest import counting
from ingest.contracts import load_entities
from ingest.counting import Counter
from ingest.workspace import Workspace
from warehouse.figures import LoadFigure

PRODUCTS = LoadFigure("rows by product_id", "product_id", "rows")
PRICES = LoadFigure("price", "r.price")


def batch(**columns: list[Any]) -> Any:
    return pa.RecordBatch.from_pydict(columns)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        (
            [batch(product_id=["A", "B"], price=[1, 2]), batch(product_id=["A", None], price=[3, None])],
            [
                (PRICES.item, None, 6.0),
                (PRODUCTS.item, None, 3.0),
                (PRODUCTS.item, "A", 2.0),
                (PRODUCTS.item, "B", 1.0),
            ],
        ),
        ([batch(product_id=["A"], price=["cheap"])], []),
        ([batch(product_id=[["A"]], price=[1])], []),
        ([batch(product_id=["A"], price=[1]), batch(product_id=[2], price=[1])], []),
    ],
    ids=["good", "sum-fails", "count-fails", "putting-together-fails"],
)
def test_rows_pass_whatever_comes_of_counting(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, batches: list[Any], expected: list[Any]
) -> None:
    monkeypatch.setattr(counting, "CHUNK_ROWS", 1)
    counter = Counter(workspace, load_entities()["competitor_prices"], [PRICES, PRODUCTS])
    assert list(counter.watch(batches)) == batches
    assert sorted(counter.rows(), key=str) == sorted(expected, key=str)
