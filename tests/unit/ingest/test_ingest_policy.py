"""policy.yml: what it may say, errors that name file, key and what is allowed, and defaults known in one place."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
import yaml

from ingest.companies import CompanyError, load_company_config
from warehouse import policy
from warehouse.kpi_policy import KpiId
from warehouse.settings import PROJECT_DIR

SOURCES = {
    "company": {"name": "Shop", "currency": "EUR", "timezone": "UTC", "country": "FR"},
    "sources": {"crm": {"location": "in", "feeds": [{"entity": "campaigns", "files": "*.csv"}]}},
}
SHIPPED = sorted((PROJECT_DIR / "companies").glob("*/policy.yml"))


@pytest.fixture
def folder(state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORW_COMPANIES_DIR", str(tmp_path))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "sources.yml").write_text(yaml.safe_dump(SOURCES))
    return tmp_path / "shop"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_shipped_policies_state_every_documented_key(path: Path) -> None:
    stated = {f"{section}.{key}" for section, values in yaml.safe_load(path.read_text()).items() for key in values}
    found = policy.parse(yaml.safe_load(path.read_text())).texts()
    assert stated <= found.keys()
    unstated = {name for name in found if name.startswith("forecast.drift_")}
    assert found.keys() - stated == {"forecast.champion_margin"} | unstated


def test_shipped_policies_are_found() -> None:
    assert [path.parent.name for path in SHIPPED] == ["adventureworks", "journey", "online_retail", "scms", "synth"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_shipped_policies_expect_feeds_that_the_company_has(path: Path) -> None:
    sources = yaml.safe_load(path.with_name("sources.yml").read_text())["sources"].values()
    delivered = {feed["entity"] for source in sources for feed in source["feeds"]}
    assert yaml.safe_load(path.read_text())["freshness"]["expected_days"].keys() <= delivered


def test_stated_values_and_defaults_become_texts(folder: Path) -> None:
    (folder / "policy.yml").write_text("stock: {overstock_cover_days: 60.5}\nplanning: {location_level: dc}\n")
    found = load_company_config("shop").policy
    assert (found["stock.overstock_cover_days"], found["planning.location_level"]) == ("60.5", "dc")
    assert (found["stock.understock_cover_days"], found["supplier.in_full_pct"]) == ("7", "0.98")


def test_values_by_name_become_json_that_dbt_reads(folder: Path) -> None:
    (folder / "policy.yml").write_text(
        "ageing: {no_sale_days_by_category: {MEAT: 14, DELI: 28}, season_ends: {SS24: 2024-09-30}}"
    )
    found = load_company_config("shop").policy
    assert json.loads(found["ageing.no_sale_days_by_category"]) == {"MEAT": 14, "DELI": 28}
    assert json.loads(found["ageing.season_ends"]) == {"SS24": "2024-09-30"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("stok: {overstock_cover_days: 9}", "stok: there is no such key; policy.yml has planning, forecast, "),
        (
            "stock: {overstock_cover_day: 90}",
            "stock.overstock_cover_day: there is no such key; stock has overstock_cover_days, understock_cover_days",
        ),
        ("stock: {1: 2}", "stock.1: there is no such key; stock has overstock_cover_days"),
        (
            "stock: {overstock_cover_days: ninety}",
            "stock.overstock_cover_days: 'ninety' is not allowed; it takes a number of days, 0 or more",
        ),
        ("stock: {overstock_cover_days: '90'}", "stock.overstock_cover_days: '90' is not allowed"),
        ("stock: {overstock_cover_days: .inf}", "stock.overstock_cover_days: inf is not allowed"),
        ("stock:", "stock: None is not allowed; it takes the keys overstock_cover_days, understock_cover_days"),
        ("stock: [90]", "stock: [90] is not allowed; it takes the keys overstock_cover_days"),
        (
            "planning: {active_weeks: 26.5}",
            "planning.active_weeks: 26.5 is not allowed; it takes a whole number, 1 or more",
        ),
        ("planning: {active_weeks: true}", "planning.active_weeks: True is not allowed"),
        (
            "ageing: {no_sale_days_by_category: {MEAT: 0}}",
            "ageing.no_sale_days_by_category.MEAT: 0 is not allowed; it takes whole numbers, 1 or more, by category_1",
        ),
        ("ageing: {season_ends: {SS24: soon}}", "ageing.season_ends.SS24: 'soon' is not allowed; it takes days"),
        ("sell_through: {retire_share: 0.2}", "sell_through: high_mover_share, potential_share and "),
        ("sell_through: {retire_pct: 0.5}", "sell_through: retire_pct (0.5) must lie below high_mover_pct (0.5)"),
        ("turnover: {strategic_share: 0.7}", "turnover: cash_cow_share (0.7) must lie below strategic_share (0.7)"),
        ("planning: {active_weeks: }", "planning.active_weeks: None is not allowed"),
        (
            "planning: {location_level: warehouse}",
            "planning.location_level: 'warehouse' is not allowed; it takes one of store, dc, company",
        ),
        ("gate: {row_count_band: 50}", "gate.row_count_band: 50 is not allowed; it takes a number from 0 to 1"),
        (
            "slow_movers: {medium_probability: 0.7}",
            "slow_movers: medium_probability (0.7) must lie below high_probability (0.6)",
        ),
        (
            "stock: {overstock_cover_days: 5}",
            "stock: understock_cover_days (7) must lie below overstock_cover_days (5)",
        ),
        (
            "supplier_score: {on_time_weight: 0.4}",
            "supplier_score: on_time_weight, in_full_weight, quality_weight, confirmation_weight, lead_time_weight, "
            "price_stability_weight, price_weight must add up to 1, not 1.1",
        ),
        (
            "supplier_score: {watch_score: 90}",
            "supplier_score: watch_score (90) must lie below approved_score (85), and that below preferred_score (95)",
        ),
        ("supply_risk: {weights: []}", "supply_risk.weights: [] is not allowed; it takes a list of effective_from, "),
        ("supply_risk: {high_index: 30}", "supply_risk: medium_index (30) must lie below high_index (30)"),
    ],
)
def test_wrong_policy_names_file_key_and_what_is_allowed(folder: Path, content: str, message: str) -> None:
    (folder / "policy.yml").write_text(content)
    with pytest.raises(CompanyError, match=rf"shop/policy.yml: {re.escape(message)}"):
        load_company_config("shop")


USUAL = {
    "lead_time": 0.2,
    "lateness": 0.15,
    "lateness_trend": 0.1,
    "concentration": 0.2,
    "price": 0.1,
    "logistics": 0.1,
    "overdue": 0.15,
}


def test_risk_weights_of_several_days_become_one_text() -> None:
    epidemic = USUAL | {"lead_time": 0.05, "logistics": 0.25}
    weights = [
        {"effective_from": date(2000, 1, 1)} | USUAL,
        {"effective_from": date(2020, 3, 1)} | epidemic,
    ]
    text = policy.parse({"supply_risk": {"weights": weights}}).texts()["supply_risk.weights"]
    assert json.loads(text) == [
        {"effective_from": "2000-01-01"} | USUAL,
        {"effective_from": "2020-03-01"} | epidemic,
    ]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([{"logistics": 0.4}], "supply_risk.weights.0: lead_time, .*overdue must add up to 1, not 1.3"),
        ([{"weather": 0.1}], "supply_risk.weights.0.weather: there is no such key; .* is part of a list of effective_"),
        ([{"logistics": -0.1}], "supply_risk.weights.0.logistics: -0.1 is not allowed; it takes a list of effective_"),
        ([{"effective_from": "soon"}], "supply_risk.weights.0.effective_from: 'soon' is not allowed"),
        ([{}, {}], "supply_risk: weights must be in the order of effective_from, each day once"),
    ],
)
def test_wrong_risk_weights_are_told(weights: list[dict[str, object]], message: str) -> None:
    entries = [{"effective_from": date(2000, 1, 1)} | USUAL | changed for changed in weights]
    with pytest.raises(policy.PolicyError, match=message):
        policy.parse({"supply_risk": {"weights": entries}})


def test_targets_become_json_that_dbt_reads() -> None:
    found = policy.parse({"kpi": {"targets": {"stockout_pct": 0.05, "forecast_bias": 0}}}).texts()
    assert json.loads(found["kpi.targets"]) == {"stockout_pct": 0.05, "forecast_bias": 0}
    assert policy.Policy().texts()["kpi.targets"] == "{}"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"kpi": {"targets": {"stockouts": 0.05}}},
            "kpi.targets.stockouts.*is not allowed; it takes numbers by KPI: ",
        ),
        ({"kpi": {"targets": {"stockout_pct": "low"}}}, "kpi.targets.stockout_pct: 'low' is not allowed"),
        ({"kpi": {"targets": {"stockout_pct": float("nan")}}}, "kpi.targets.stockout_pct: nan is not allowed"),
        ({"freshness": {"expected_days": {"sales_lines": 0}}}, "freshness.expected_days.sales_lines: 0 is not allowed"),
        ({"freshness": {"late_factor": 3}}, r"freshness: late_factor \(3\) must lie below stale_factor \(3\)"),
    ],
)
def test_wrong_targets_and_expectations_are_told(section: dict[str, object], message: str) -> None:
    with pytest.raises(policy.PolicyError, match=message):
        policy.parse(section)


def test_targets_may_be_set_for_the_kpis_of_the_catalogue() -> None:
    macro = (PROJECT_DIR / "dbt_project" / "macros" / "kpi_definitions.sql").read_text()
    listed = re.findall(r"^    \('(\w+)',", macro, re.MULTILINE)
    assert len(listed) >= 20
    assert listed == list(get_args(KpiId))


def test_all_problems_are_told_at_once(folder: Path) -> None:
    (folder / "policy.yml").write_text("stock: {a: 1}\ngate: {row_count_band: x}\n")
    with pytest.raises(CompanyError, match=r"stock.a: .*\n.*policy.yml: gate.row_count_band: "):
        load_company_config("shop")


def test_every_key_that_is_read_exists() -> None:
    names = set(policy.Policy().texts())
    sections = "|".join(policy.Policy.model_fields)
    pattern = re.compile(rf"""["'`]((?:{sections})\.[a-z_]+)["'`]""")
    for room in ("expectations", "ml", "dbt_project/models", "docs"):
        for path in (PROJECT_DIR / room).rglob("*"):
            if path.suffix in (".py", ".sql", ".md"):
                assert set(pattern.findall(path.read_text())) <= names, path
