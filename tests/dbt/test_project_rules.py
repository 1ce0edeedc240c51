"""Rules of the house, held over dbt's manifest: who reads what, what is described, what is tested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from warehouse.fingerprint import IN_PLACE, INCREMENTAL_FOLDERS

ROOMS = ("staging", "intermediate", "core", "marts")
# What each room may read. Marts read the star and what prepares them, never staging of company data.
MAY_READ = {
    "staging": set(),
    "intermediate": {"staging", "intermediate", "core"},
    "core": {"staging", "intermediate", "core"},
    "marts": {"intermediate", "core"},
}
# Outputs of models and of early warning are no company data and have no place in the star: their marts read the staging
# views directly.
OUTPUT_STAGING = {
    "stg_alert_episodes",
    "stg_alert_evaluations",
    "stg_alert_signals",
    "stg_alerts",
    "stg_demand_forecast_backtests",
    "stg_demand_forecast_monitoring",
    "stg_model_registry",
    "stg_model_rollbacks",
    "stg_planner_actions",
    "stg_product_health_scores",
    "stg_risk_scores",
    "stg_slow_mover_scores",
}


def _models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def _room(node: dict[str, Any]) -> str:
    return str(node["fqn"][1])


def test_every_model_lies_in_a_room_and_its_schema(manifest: dict[str, Any]) -> None:
    prefixes = {
        "staging": ("stg_",),
        "intermediate": ("int_",),
        "core": ("dim_", "fct_", "bridge_"),
        "marts": ("mart_",),
    }
    for model in _models(manifest):
        assert _room(model) in ROOMS, model["name"]
        # What readers see as marts is a publication of what is built.
        assert model["schema"] == {"marts": "marts_build"}.get(_room(model), _room(model)), model["name"]
        assert model["name"].startswith(prefixes[_room(model)]), model["name"]


def test_only_staging_reads_sources(manifest: dict[str, Any]) -> None:
    for model in _models(manifest):
        sources = [node for node in model["depends_on"]["nodes"] if node.startswith("source.")]
        # The re-opened dates ask ops which batches a build claimed; no company data come that way.
        data = [node for node in sources if any(schema in node for schema in (".raw.", ".ml.", ".plan."))]
        if model["name"].startswith("int_") and model["name"].endswith("_dates_affected"):
            continue
        assert _room(model) == "staging" or not data, model["name"]


def test_rooms_read_downwards_only(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"]
    for model in _models(manifest):
        for parent in (nodes[name] for name in model["depends_on"]["nodes"] if name.startswith("model.")):
            if parent["name"] in OUTPUT_STAGING and _room(model) == "marts":
                continue
            # The dates its new batches re-open are listed before a staging table takes the batches up.
            if parent["name"] == f"{model['name']}_affected_dates":
                continue
            assert _room(parent) in MAY_READ[_room(model)], f"{model['name']} reads {parent['name']}"


def test_every_model_and_column_is_described(manifest: dict[str, Any]) -> None:
    for model in _models(manifest):
        assert model["description"].startswith("One row per"), model["name"]
        for name, column in model["columns"].items():
            assert column["description"].strip(), f"{model['name']}.{name}"


def test_star_and_marts_have_contracts(manifest: dict[str, Any]) -> None:
    for model in _models(manifest):
        if _room(model) in ("core", "marts"):
            assert model["config"]["contract"]["enforced"], model["name"]
            assert all(column["data_type"] for column in model["columns"].values()), model["name"]


def test_every_table_of_star_and_marts_has_a_tested_key(manifest: dict[str, Any]) -> None:
    keyed = set()
    for node in manifest["nodes"].values():
        if (node.get("test_metadata") or {}).get("name") == "primary_key":
            keyed.add(node["attached_node"])
    missing = [m["name"] for m in _models(manifest) if _room(m) in ("core", "marts") and m["unique_id"] not in keyed]
    assert not missing


@pytest.mark.parametrize("room", ["core", "marts"])
def test_grain_opens_every_table(manifest: dict[str, Any], room: str) -> None:
    for model in _models(manifest):
        if _room(model) == room:
            assert model["raw_code"].startswith("-- Grain: "), model["name"]


def test_personal_columns_stay_in_raw(manifest: dict[str, Any]) -> None:
    from ingest.contracts import load_entities

    personal = {field.name for entity in load_entities().values() for field in entity.fields if field.is_personal}
    assert personal, "the contracts name no personal field"
    for model in _models(manifest):
        assert not personal & set(model["columns"]), model["name"]


def test_incremental_models_belong_to_the_first_layer(manifest: dict[str, Any]) -> None:
    # Whether changed models need a full refresh is judged by these folders, when the first layer is built.
    folders = {Path(folder).name for folder in INCREMENTAL_FOLDERS if folder.startswith("models/")}
    incremental = [model for model in _models(manifest) if model["config"]["materialized"] == "incremental"]
    assert incremental
    for model in incremental:
        # A mart that is made in place counts with them, by what its file says.
        assert _room(model) in folders or IN_PLACE in model["raw_code"], model["name"]
