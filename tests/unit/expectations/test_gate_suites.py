"""Suites are well formed: names, severities, columns and keys agree with the contracts and the DDL."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from expectations.context import profile_suite, rows_suite
from expectations.counted import Counted
from expectations.counting import wanted
from expectations.rules import MASK, Guard, personal_columns, profile_query, rows_query
from expectations.sale_prices import HIGHEST
from expectations.scope import Scope
from expectations.suites import MODELS, RAW
from warehouse.policy import Policy

PROJECT = Path(__file__).resolve().parents[3]
SCOPE = Scope(
    company_id="any",
    business_date=date(2024, 3, 15),
    batch_id=7,
    history=(5, 6),
    row_counts=dict.fromkeys(RAW, 1000),
    policies=Policy().texts() | {"gate.row_count_band": "0.4"},
)
GUARDS = {f"raw-{entity}": build(SCOPE) for entity, build in RAW.items()} | {
    name: build(SCOPE) for name, (_, build) in MODELS.items()
}
every_guard = pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)


def contract(entity: str) -> list[dict[str, Any]]:
    text = (PROJECT / "ingest" / "contracts" / f"{entity}.yaml").read_text(encoding="utf-8")
    properties: list[dict[str, Any]] = yaml.safe_load(text)["schema"][0]["properties"]
    return properties


def ddl_columns(table: str) -> set[str]:
    ddl = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "warehouse" / "ddl" / "ml").glob("*.sql"))
    found = re.search(rf"create table if not exists {re.escape(table)} \((.*?)\n\);", ddl, re.DOTALL)
    assert found is not None
    added = re.search(rf"alter table {re.escape(table)}\n(.*?);", ddl, re.DOTALL)
    later = re.findall(r"add column if not exists (\w+)", added[1]) if added else []
    return {line.split()[0] for line in found[1].strip().splitlines()} | set(later)


def columns_of(guard: Guard) -> set[str]:
    if guard.table.startswith("ml."):
        return ddl_columns(guard.table)
    return {field["name"] for field in contract(guard.table.removeprefix("raw."))} | {"source_system"}


def test_every_contract_has_a_suite() -> None:
    assert set(RAW) == {path.stem for path in (PROJECT / "ingest" / "contracts").glob("*.yaml")}


@pytest.mark.parametrize("entity", RAW)
def test_raw_guard_names_its_table_and_natural_key(entity: str) -> None:
    guard = RAW[entity](SCOPE)
    key = [field["name"] for field in contract(entity) if field.get("primaryKey")]
    assert (guard.name, guard.table) == (f"raw_{entity}", f"raw.{entity}")
    assert list(guard.key) == ["source_system", *key]


@every_guard
def test_rules_speak_of_columns_that_exist(guard: Guard) -> None:
    known = columns_of(guard)
    for rule in guard.rules:
        used = set(re.findall(r"\br\.(\w+)", rule.broken_when)) - {"company_id"}
        assert used <= known, rule.name
        assert set(rule.columns) <= known, rule.name
        assert set(rule.columns) & used, f"{rule.name} does not show what it judges"


@every_guard
def test_names_and_severities(guard: Guard) -> None:
    names = [rule.name for rule in guard.rules]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"expect_[a-z0-9_]+", name) for name in names)
    pairs = [(measure.name, measure.severity) for measure in guard.measures]
    assert len(pairs) == len(set(pairs))
    assert any(severity == "critical" for severity in [*(r.severity for r in guard.rules), *(s for _, s in pairs)])
    for measure in guard.measures:
        assert measure.minimum is not None or measure.maximum is not None


@every_guard
def test_critical_limits_are_wider_than_warnings(guard: Guard) -> None:
    by_severity = {(measure.name, measure.severity): measure for measure in guard.measures}
    for (name, severity), measure in by_severity.items():
        warning = by_severity.get((name, "warning"))
        if severity == "critical" and warning is not None:
            assert measure.maximum is not None
            assert warning.maximum is not None
            assert measure.maximum > warning.maximum


@every_guard
def test_suites_hold_one_expectation_per_rule_and_severity(guard: Guard) -> None:
    profile, rows = profile_suite(guard), rows_suite(guard)
    assert profile.name == guard.name
    assert rows.name == f"{guard.name}_rows"
    assert [(e.column, e.severity.value) for e in profile.expectations] == [
        (measure.name, measure.severity) for measure in guard.measures
    ]
    limited = [(rule.name, "critical") for rule in guard.rules if rule.critical_share is not None]
    assert [(e.meta["rule"], e.severity.value) for e in rows.expectations] == [
        (rule.name, rule.severity) for rule in guard.rules
    ] + limited
    # The share becomes a number of rows: one in a hundred of the thousand rows of the batch.
    for rule in guard.rules:
        if rule.critical_share == 0.01:
            queries = [e.unexpected_rows_query for e in rows.expectations if e.meta["rule"] == rule.name]
            assert [" > 10 order by" in query for query in queries] == [False, True]


@every_guard
def test_personal_values_never_leave_the_warehouse(guard: Guard) -> None:
    selected = rows_query(guard).split(" from ")[0].split("array_remove")[0] if guard.rules else ""
    examples = " ".join(measure.examples or "" for measure in guard.measures)
    for column in personal_columns():
        assert f"r.{column} " not in examples
        assert f"r.{column}," not in selected
    assert personal_columns() >= {"customer_name", "email", "postcode", "contact_name", "contact_email"}


def test_personal_columns_of_a_rule_are_masked() -> None:
    assert f"case when r.email is not null then '{MASK}' end as email" in rows_query(RAW["customers"](SCOPE))


@pytest.mark.parametrize("entity", RAW)
def test_rows_query_reads_the_batch_only(entity: str) -> None:
    guard = RAW[entity](SCOPE)
    assert f" from raw.{entity} as r {' '.join(guard.rule_joins)} where r._batch_id = 7 and" in rows_query(guard)


@pytest.mark.parametrize("entity", RAW)
def test_figures_of_a_load_can_be_counted_by_its_reader(entity: str) -> None:
    """Else the gate would read the rows, and nobody would notice."""
    nulls = ", ".join(f"cast(null as {field['physicalType']}) as {field['name']}" for field in contract(entity))
    guard = RAW[entity](SCOPE)
    columns = {field["name"] for field in contract(entity)}
    for figure in guard.all_figures:
        if figure.kind == "rows":
            assert figure.value in columns
        else:
            duckdb.sql(f"select {figure.kind}({figure.value}) from (select {nulls}) as r").fetchall()
    assert guard.rule_joins or {rule.figure for rule in guard.rules} <= set(guard.all_figures)


def test_counted_batch_is_not_read() -> None:
    figures = RAW["sales_lines"](SCOPE).all_figures
    known = Counted(
        {"sales_lines": {figure.item: 0.0 for figure in figures}},
        {"sales_lines": {figure.item for figure in figures}},
        highest={"sales_lines": {HIGHEST.item: 1000.0}},
    )
    guard = RAW["sales_lines"](replace(SCOPE, counted=known))
    assert "raw.sales_lines" not in profile_query(guard)
    assert rows_query(guard).endswith("from raw.sales_lines as r  where false")


def test_counted_batch_is_read_for_prices_above_the_floor_only() -> None:
    queries = [
        profile_query(
            RAW["sales_lines"](replace(SCOPE, counted=Counted(highest={"sales_lines": {HIGHEST.item: price}})))
        )
        for price in (1000.0, 1000.01)
    ]
    assert [" as list_price" in query for query in queries] == [False, True]


def test_figures_do_not_outlive_their_definition() -> None:
    names = [
        {figure.item for figure in RAW["sales_lines"](replace(SCOPE, business_date=day)).all_figures}
        for day in (date(2024, 3, 15), date(2024, 3, 16))
    ]
    changed = names[0] ^ names[1]
    assert {item.partition(" ")[0] for item in changed} == {"expect_sale_not_after_business_date"}


def test_load_counts_what_its_gate_asks_for_whatever_the_thresholds() -> None:
    numbers = {name: text for name, text in SCOPE.policies.items() if text.replace(".", "", 1).isdigit()}
    assert "gate.row_count_band" in numbers
    other = replace(
        SCOPE, policies=SCOPE.policies | {name: f"{float(text) / 2 + 0.1}" for name, text in numbers.items()}
    )
    assert wanted(other.company_id, other.business_date) == {
        name: build(other).all_figures for name, build in RAW.items()
    }


def test_history_is_the_accepted_batches_of_the_company() -> None:
    query = profile_query(RAW["sales_lines"](SCOPE))
    assert "r.company_id = 'any' and r._batch_id = any (array[5, 6]::bigint[])" in query


def test_band_comes_from_the_policy() -> None:
    limits = {measure.name: measure.minimum for measure in RAW["products"](SCOPE).measures}
    assert limits["rows_to_full_delivery"] == pytest.approx(0.6)


def test_importing_the_gates_does_not_import_great_expectations() -> None:

    code = "import sys, expectations.run; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=PROJECT).returncode == 0
