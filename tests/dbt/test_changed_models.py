"""A change of models reaches the rows that are already there, of every company."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from raw_rows import deliver, query, sale

from warehouse import dbt, fingerprint
from warehouse.builds import MODELS_CHANGED, claim_batches, complete_build, full_refresh_reason
from warehouse.layers import build_layer
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

FIRST, SECOND = "corner_shop", "market_hall"
MODEL = "dbt_project/models/core/fct_sales_lines.sql"


@pytest.fixture
def change_model(empty_warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces text of a model, in a copy of the project."""
    shutil.copytree(empty_warehouse.project_dir / "dbt_project", tmp_path / "dbt_project")
    settings = replace(empty_warehouse, project_dir=tmp_path)
    for module in (dbt, fingerprint):
        monkeypatch.setattr(module, "get_settings", lambda: settings)

    def change(before: str, after: str) -> None:
        text = (tmp_path / MODEL).read_text()
        assert before in text
        (tmp_path / MODEL).write_text(text.replace(before, after))

    return change


def build(company: str, day: str) -> None:
    build_id = claim_batches(company, date.fromisoformat(day))
    build_layer("core", build_id, company, date.fromisoformat(day))
    complete_build(build_id)


def customers() -> list[tuple[str, str, str]]:
    return query("select company_id, transaction_id, customer_id from core.fct_sales_lines order by 1, 2")  # type: ignore[return-value]


def test_changed_models_rebuild_the_rows_of_every_company(
    change_model: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "warehouse.layers")
    deliver(FIRST, "2024-01-10", {"sales_lines": [sale("a", "2024-01-01", "tea", 2)]})
    deliver(SECOND, "2024-01-10", {"sales_lines": [sale("x", "2024-01-02", "cup", 1)]})
    build(FIRST, "2024-01-10")
    assert full_refresh_reason() is None

    change_model("coalesce(lines.customer_id, 'unknown')", "coalesce(lines.customer_id, 'nobody')")
    assert full_refresh_reason() == MODELS_CHANGED
    deliver(FIRST, "2024-01-11", {"sales_lines": [sale("b", "2024-01-11", "tea", 1)]})
    build(FIRST, "2024-01-11")
    assert MODELS_CHANGED in caplog.text
    assert customers() == [(FIRST, "a", "nobody"), (FIRST, "b", "nobody"), (SECOND, "x", "nobody")]
    assert full_refresh_reason() is None

    # The build of the other company comes later, takes the batch that is in already, and changes nothing.
    build(SECOND, "2024-01-10")
    assert customers() == [(FIRST, "a", "nobody"), (FIRST, "b", "nobody"), (SECOND, "x", "nobody")]
