"""dbt's source definition says what the contracts say."""

from __future__ import annotations

import yaml

from ingest import dbt_docs
from ingest.contracts import load_entities


def test_committed_file_is_what_the_contracts_make() -> None:
    assert dbt_docs.sources_file().read_text(encoding="utf-8") == dbt_docs.render(), (
        "contracts changed: run `python -m ingest dbt-sources`"
    )


def test_every_column_is_described() -> None:
    tables = {table["name"]: table for table in yaml.safe_load(dbt_docs.render())["sources"][0]["tables"]}
    assert set(tables) == set(load_entities())
    for table in tables.values():
        assert all(column["description"] for column in table["columns"])
    columns = {column["name"]: column["description"] for column in tables["customers"]["columns"]}
    assert columns["email"] == "E-mail address. Personal data."
    assert "household, person, company, reseller" in columns["customer_type"]
