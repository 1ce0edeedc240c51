"""sources.yml: what it gives, and errors that name file and key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.companies import CompanyError, latest_business_date, load_company_config
from ingest.deliveries import find_deliveries
from warehouse.settings import SettingsError

COMPANY = {"name": "Corner Shop", "currency": "EUR", "timezone": "Europe/Paris", "country": "FR"}
FEED = {"entity": "campaigns", "files": "*.csv", "file_date": r"(\d{4}-\d{2}-\d{2})"}


@pytest.fixture
def folder(state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORW_COMPANIES_DIR", str(tmp_path))
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def write(folder: Path, sources: dict[str, Any]) -> None:
    (folder / "sources.yml").write_text(yaml.safe_dump(sources))
    (folder / "policy.yml").write_text("stock: {overstock_cover_days: 90}\n")


def with_feed(**changes: Any) -> dict[str, Any]:
    return {"company": COMPANY, "sources": {"crm": {"location": "in", "feeds": [FEED | changes]}}}


def test_company_section(folder: Path) -> None:
    write(folder, with_feed())
    config = load_company_config("shop")
    assert (config.company_id, config.name, config.currency) == ("shop", "Corner Shop", "EUR")
    assert (config.timezone, config.country, list(config.sources)) == ("Europe/Paris", "FR", ["crm"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"entity": "orders"}, r"sources.crm.feeds.0: entity 'orders' has no contract"),
        ({"filez": "x"}, r"sources.crm.feeds.0.filez: Extra inputs"),
        ({"columns": {"campaign_id": "ID"}}, r"required fields of campaigns are not mapped: start_date, end_date"),
        ({"columns": {"colour": "C"}}, r"campaigns has no field colour"),
        ({"columns": {"campaign_id": {"sql": "a", "constant": 1}}}, r"columns.campaign_id: needs a column name"),
        ({"columns": {"start_date": {"sql": "a", "format": "%d"}}}, r"columns.start_date: format goes with column"),
        ({"file_date": r"\d+"}, r"file_date: needs a group"),
        ({"file_date": "("}, r"file_date: is no regular expression"),
        ({"files": "/etc/*.csv"}, r"files: must be relative"),
        ({"encoding": "klingon"}, r"encoding: no encoding is called 'klingon'"),
        ({"header": False}, r"list the column names in names"),
        ({"delimiter": "||"}, r"delimiter: String should have at most 1"),
        ({"lookups": {"src": {"files": "x.csv"}}}, r"'src' cannot be an alias"),
        ({"query": "select 1"}, r"needs exactly one of files, table and query"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_wrong_feed_names_file_and_key(folder: Path, changes: dict[str, Any], message: str) -> None:
    write(folder, with_feed(**changes))
    with pytest.raises(CompanyError, match=rf"shop/sources.yml: .*{message}"):
        load_company_config("shop")


def test_source_needs_one_place(folder: Path) -> None:
    write(folder, {"company": COMPANY, "sources": {"crm": {"feeds": [FEED]}}})
    with pytest.raises(CompanyError, match=r"sources.crm: needs either location or database"):
        load_company_config("shop")


def test_unknown_company_lists_known_ones(folder: Path) -> None:
    write(folder, with_feed())
    with pytest.raises(CompanyError, match=r"shopp/sources.yml does not exist; companies are shop"):
        load_company_config("shopp")


def test_company_id_cannot_leave_the_folder(folder: Path) -> None:
    with pytest.raises(SettingsError, match="lower-case letters"):
        load_company_config("../shop")


def test_latest_date_of_all_file_names(folder: Path, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    landing.mkdir()
    write(folder, {"company": COMPANY, "sources": {"crm": {"location": str(landing), "feeds": [FEED]}}})
    with pytest.raises(CompanyError, match="no file with a date in its name yet; looked in crm"):
        latest_business_date("shop")
    for day in ("2024-02-29", "2024-03-01", "2024-01-31"):
        (landing / f"campaigns_{day}.csv").touch()
    assert latest_business_date("shop") == date(2024, 3, 1)


def test_business_date_of_undated_extracts(folder: Path) -> None:
    write(folder, with_feed() | {"company": COMPANY | {"business_date": date(2020, 5, 4)}})
    assert latest_business_date("shop") == date(2020, 5, 4)


def test_missing_location_names_place_and_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"location": "${SHOP_DATA}/crm", "feeds": [FEED]}
    write(folder, {"company": COMPANY, "sources": {"crm": source}})
    monkeypatch.delenv("SHOP_DATA", raising=False)
    config = load_company_config("shop")
    with pytest.raises(CompanyError, match=r"sources.crm.location: variable SHOP_DATA is not set"):
        list(find_deliveries(config, "crm", date(2024, 1, 1)))
    monkeypatch.setenv("SHOP_DATA", "/nowhere")
    with pytest.raises(CompanyError, match=r"source crm: /nowhere/crm does not exist.*the variable SHOP_DATA"):
        list(find_deliveries(config, "crm", date(2024, 1, 1)))


def test_default_of_a_variable(folder: Path, tmp_path: Path) -> None:
    source = {"location": "${SHOP_DATA:-" + str(tmp_path) + "}", "feeds": [FEED]}
    write(folder, {"company": COMPANY, "sources": {"crm": source}})
    assert load_company_config("shop").location("crm") == str(tmp_path)


def test_files_after_the_business_date_wait(folder: Path, tmp_path: Path) -> None:
    write(folder, {"company": COMPANY, "sources": {"crm": {"location": str(tmp_path), "feeds": [FEED]}}})
    for day in ("2024-03-02", "2024-03-01", "2024-02-28"):
        (tmp_path / f"{day}.csv").touch()
    found = find_deliveries(load_company_config("shop"), "crm", date(2024, 3, 1))
    assert [delivery.file.name for delivery in found] == ["2024-02-28.csv", "2024-03-01.csv"]


def test_no_file_matches(folder: Path, tmp_path: Path) -> None:
    write(folder, {"company": COMPANY, "sources": {"crm": {"location": str(tmp_path), "feeds": [FEED]}}})
    with pytest.raises(CompanyError, match=r"no file in .* matches \*.csv"):
        list(find_deliveries(load_company_config("shop"), "crm", date(2024, 3, 1)))
