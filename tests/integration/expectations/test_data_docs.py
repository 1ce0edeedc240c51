"""Data Docs show the latest validation of every gate, and no file of a gate holds a password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from gate_deliveries import BUSINESS_DATE
from gate_loading import insert, open_batch, record
from gate_trade import GOOD

from expectations import docs
from expectations.run import QualityGateError, check
from warehouse.connection import Role, connect, password_name
from warehouse.secrets import secret
from warehouse.settings import PROJECT_DIR, get_settings

pytestmark = pytest.mark.integration

COMPANY = "gate_docs"


@pytest.fixture(scope="module")
def checked(warehouse: object) -> str:
    """A company whose second delivery of promotions was refused."""
    for end in ("2024-01-14", "2023-01-01"):
        with connect(Role.LOADER) as connection:
            batch = open_batch(connection, COMPANY, BUSINESS_DATE)
            rows = [row | {"end_date": end} for row in GOOD["promotions"](BUSINESS_DATE)]
            insert(connection, COMPANY, batch, "promotions", rows)
            record(connection, COMPANY, batch, "promotions", BUSINESS_DATE, len(rows))
    check("raw", COMPANY, BUSINESS_DATE, batch - 1)
    with pytest.raises(QualityGateError):
        check("raw", COMPANY, BUSINESS_DATE, batch)
    return COMPANY


def test_pages_of_the_latest_validation(checked: str, tmp_path: Path) -> None:
    index, *pages = docs.build(tmp_path / "site")
    assert index.read_text(encoding="utf-8").count(f"{checked}/raw/index.html") == 1
    assert tmp_path / "site" / checked / "raw" / "index.html" in pages
    (page,) = (tmp_path / "site" / checked / "raw" / "validations" / "raw_promotions_rows").rglob("*.html")
    text = page.read_text(encoding="utf-8")
    assert "Failed" in text
    assert "expect_end_not_before_start" in text


def test_pages_replace_older_ones(checked: str, tmp_path: Path) -> None:
    site = tmp_path / "site"
    docs.build(site)
    (site / "stale.html").touch()
    docs.build(site)
    assert not (site / "stale.html").exists()


def test_no_file_holds_a_password(checked: str, tmp_path: Path) -> None:
    docs.build(tmp_path / "site")
    passwords = [quote(secret(password_name(role)), safe="") for role in (Role.LOADER, Role.MODELER)]
    for folder in (get_settings().state_dir / "expectations", tmp_path):
        for path in (path for path in folder.rglob("*") if path.suffix in (".yml", ".json", ".html")):
            text = path.read_text(encoding="utf-8")
            assert not any(password in text for password in passwords), path


def test_command_line_reports_and_fails(checked: str) -> None:
    command = [sys.executable, "-m", "expectations", "check", "raw", "--company", checked]
    command += ["--date", BUSINESS_DATE.isoformat()]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=PROJECT_DIR)
    assert done.returncode == 1
    assert "error: gate raw refused gate_docs 2024-03-15" in done.stderr
    assert "Traceback" not in done.stderr
