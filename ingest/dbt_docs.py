"""dbt's source definition of schema raw, made from the contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest import ddl
from ingest.contracts import Entity, Field, load_entities
from warehouse.settings import get_settings

HEADING = "# Made from ingest/contracts by `python -m ingest dbt-sources`: change the contract, then run that.\n"
WARN_AFTER_DAYS = 2
ERROR_AFTER_DAYS = 14


class _Indented(yaml.SafeDumper):
    """Lists one step further in than their key, as everywhere else in the project."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def sources_file() -> Path:
    """Return the path of the source definition in the dbt project."""
    return get_settings().project_dir / "dbt_project" / "models" / "staging" / "_raw__sources.yml"


def render() -> str:
    """Return the source definition as YAML."""
    source = {
        "name": "raw",
        "description": "Extracts as delivered, typed and checked against their contracts; append-only.",
        "schema": "raw",
        "config": {
            "loaded_at_field": "_loaded_at",
            "freshness": {
                "warn_after": {"count": WARN_AFTER_DAYS, "period": "day"},
                "error_after": {"count": ERROR_AFTER_DAYS, "period": "day"},
            },
        },
        "tables": [_table(entity) for entity in load_entities().values()],
    }
    text = yaml.dump({"sources": [source]}, Dumper=_Indented, sort_keys=False, width=110, allow_unicode=True)
    return HEADING + text


def _table(entity: Entity) -> dict[str, Any]:
    fields = {field.name: field for field in entity.fields}
    return {
        "name": entity.name,
        "description": ddl.table_comment(entity),
        "columns": [
            {"name": name, "description": _with_facts(text, fields.get(name))}
            for name, text in ddl.column_comments(entity).items()
        ],
    }


def _with_facts(text: str, field: Field | None) -> str:
    if field is None:
        return text
    facts = []
    if field.unit:
        facts.append(f"Unit: {field.unit}.")
    if field.vocabulary:
        facts.append(f"One of {', '.join(field.vocabulary)}.")
    if field.is_personal:
        facts.append("Personal data.")
    return " ".join([text, *facts])
