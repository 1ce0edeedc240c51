"""The command line, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from warehouse.settings import get_settings

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

ONE, BAD = "c1,Spring,2024-01-01,2024-02-01", "c2,Summer,2024-13-01,2024-06-01"


def ingest(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ingest", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=get_settings().project_dir)


def test_check_then_load_then_status(shop: Shop) -> None:
    shop.put("a.csv", ONE, BAD)
    checked = ingest("check", "--company", shop.company_id, "--date", "2024-03-01")
    assert checked.returncode == 0, checked.stderr
    assert "nothing written" in checked.stdout
    assert "is not a date between" in checked.stdout
    assert shop.ledger() == []
    loaded = ingest("load", "--company", shop.company_id, "--date", "2024-03-01")
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stderr == ""
    assert shop.ledger() == [("a.csv", "loaded", 2, 1, 1)]
    status = ingest("status", "--company", shop.company_id)
    for text in ("pending", "campaigns", "Refused files, newest first: none", "is not a date between"):
        assert text in status.stdout


def test_refused_file_ends_with_1_and_its_message(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    (shop.landing / "b.csv").write_bytes(b"")
    for command in ("check", "load"):
        done = ingest(command, "--company", shop.company_id, "--source", "crm", "--date", "2024-03-01")
        assert done.returncode == 1
        assert "b.csv" in done.stdout
        assert "empty (0 bytes)" in done.stdout
    assert shop.raw("campaign_id") == [("c1",)]


def test_release(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    batch = str(shop.load().batch_id)
    assert ingest("release", "--batch", batch, "--reason", "seen").returncode == 0
    again = ingest("release", "--batch", batch, "--reason", "seen")
    assert (again.returncode, again.stderr) == (1, f"error: batch {batch} is released already\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["load", "--company", "nobody"], 1, "nobody/sources.yml does not exist"),
        (["load", "--company", "Upper"], 1, "use lower-case letters"),
        (["load"], 2, "--company"),
        (["load", "--company", "x", "--date", "yesterday"], 2, "--date"),
        (["fly"], 2, "invalid choice"),
    ],
    ids=["unknown-company", "bad-company", "no-company", "bad-date", "unknown-command"],
)
@pytest.mark.usefixtures("shop")
def test_errors_are_short_and_clear(arguments: list[str], code: int, message: str) -> None:
    done = ingest(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


BATCHES = "select 1 from ops.batches where company_id = %(company)s"


@pytest.mark.parametrize("command", ["check", "load"])
def test_unknown_source_is_named(shop: Shop, command: str) -> None:
    shop.put("a.csv", ONE)
    done = ingest(command, "--company", shop.company_id, "--source", "erp", "--date", "2024-03-01")
    assert (done.returncode, done.stderr) == (1, f"error: {shop.company_id} has no source 'erp'; there are crm\n")
    assert shop.rows(BATCHES) == []


@pytest.mark.parametrize("command", ["check", "load"])
def test_unknown_file_is_named(shop: Shop, command: str) -> None:
    shop.put("a.csv", ONE)
    done = ingest(command, "--company", shop.company_id, "--file", "typo.csv", "--date", "2024-03-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {shop.company_id}: no file typo.csv up to 2024-03-01 in crm: ")
    assert shop.rows(BATCHES) == []


def test_file_of_a_later_day_is_not_there_yet(shop: Shop) -> None:
    shop.configure({"entity": "campaigns", "files": "*.csv", "file_date": r"(\d{4}-\d{2}-\d{2})"})
    shop.put("2024-03-02.csv", ONE)
    arguments = ["load", "--company", shop.company_id, "--file", "2024-03-02.csv", "--date"]
    assert "no file 2024-03-02.csv up to 2024-03-01" in ingest(*arguments, "2024-03-01").stderr
    assert ingest(*arguments, "2024-03-02").returncode == 0
    assert shop.raw("campaign_id") == [("c1",)]


@pytest.mark.parametrize("command", ["", "init", "load", "check", "status", "release", "dbt-sources"])
def test_help(command: str) -> None:
    done = ingest(*[command][: bool(command)], "--help")
    assert done.returncode == 0
    assert "usage: python -m ingest" in done.stdout
