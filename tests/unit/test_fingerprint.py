"""Which changes of dbt's project make incremental tables anew, and which do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from warehouse import fingerprint
from warehouse.fingerprint import models_fingerprint, project_fingerprint
from warehouse.settings import get_settings

SIMPLE = "models: [{name: stg_sales, description: x, columns: [{name: a, data_type: text}]}]\n"
DESCRIBED = "models: [{name: stg_sales, description: y, columns: [{name: a, data_type: text, data_tests: [unique]}]}]\n"
WIDENED = "models: [{name: stg_sales, description: x, columns: [{name: a, data_type: bigint}]}]\n"
FILES = {
    "dbt_project.yml": "vars: {first_month: 2}\n",
    "macros/newest.sql": "newest",
    "macros/generic_tests/in_range.sql": "in range",
    "models/staging/stg_sales.sql": "select 1 as a",
    "models/staging/stg_sales.yml": SIMPLE,
    "models/intermediate/int_sales.sql": "select 1 as a",
    "models/core/fct_sales.sql": "select 1 as a",
    "models/marts/mart_sales.sql": "select 1 as a",
    "seeds/regions.csv": "a,b",
    "tests/assert_sales.sql": "select 1",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = replace(get_settings(), project_dir=tmp_path)
    monkeypatch.setattr(fingerprint, "get_settings", lambda: settings)
    for name, text in FILES.items():
        path = tmp_path / "dbt_project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "dbt_project"


@pytest.mark.parametrize(
    ("name", "text", "changes_models"),
    [
        ("dbt_project.yml", "vars: {first_month: 1}\n", True),
        ("macros/newest.sql", "newest by arrival", True),
        ("models/staging/stg_sales.sql", "select 2 as a", True),
        ("models/staging/stg_sales.yml", WIDENED, True),
        ("models/intermediate/int_sales.sql", "select 2 as a", True),
        ("models/core/fct_sales.sql", "select 2 as a", True),
        ("seeds/regions.csv", "a,c", True),
        ("models/staging/stg_sales.yml", DESCRIBED, False),
        ("models/marts/mart_sales.sql", "select 2 as a", False),
        ("macros/generic_tests/in_range.sql", "within", False),
        ("tests/assert_sales.sql", "select 2", False),
    ],
    ids=lambda value: value.partition("\n")[0][:40] if isinstance(value, str) else str(value),
)
def test_models_change_with_what_makes_rows(project: Path, name: str, text: str, changes_models: bool) -> None:
    models, everything = models_fingerprint(), project_fingerprint()
    (project / name).write_text(text)
    assert (models_fingerprint() != models) is changes_models
    assert project_fingerprint() != everything


def test_a_file_that_moved_is_a_change(project: Path) -> None:
    before = models_fingerprint()
    (project / "models/core/fct_sales.sql").rename(project / "models/core/fct_sale.sql")
    assert models_fingerprint() != before
