"""What people type wrong is answered before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingest import companies
from stack import preparation, runner
from stack.processes import StackError
from warehouse.settings import PROJECT_DIR


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["run", "--date", "2017-13-45"], "'2017-13-45' is no date: write it as YYYY-MM-DD"),
        (["backfill", "--from", "abc", "--to", "2017-01-01"], "'abc' is no date: write it as YYYY-MM-DD"),
        (["up", "--port", "80800"], "'80800' is no port: give a number from 1 to 65535"),
        (["status", "--company", "nope"], "nope"),
        (["backfill", "--from", "2017-01-05", "--to", "2017-01-01"], "exchange FROM and TO"),
    ],
)
def test_wrong_arguments_end_at_once(tmp_path: Path, arguments: list[str], answer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        check=False,
        cwd=PROJECT_DIR,
        env=os.environ | {"ORW_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert answer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state").exists()


def test_dates_before_the_first_extract_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "first_business_date", lambda _: date(2017, 1, 1))
    preparation.require_extracts("journey", date(2017, 1, 1))
    with pytest.raises(StackError, match="no extract dated 2016-12-31 or before: the first is of 2017-01-01"):
        preparation.require_extracts("journey", date(2016, 12, 31))


def test_undated_deliveries_fit_any_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companies, "first_business_date", lambda _: None)
    preparation.require_extracts("adventureworks", date(1999, 1, 1))


def test_backfill_wants_a_range_that_runs_forward() -> None:
    with pytest.raises(StackError, match="exchange FROM and TO"):
        runner.backfill("journey", date(2017, 1, 5), date(2017, 1, 1))


@pytest.mark.parametrize("variable", ["DATE", "FROM", "TO", "PORT", "COMPANY", "ROLE", "SQL"])
def test_make_hands_on_what_was_typed(tmp_path: Path, variable: str) -> None:
    mark = tmp_path / "executed"
    typed = f"2017-01-01'; touch {mark}; echo '\"$(shell touch {mark})"
    given = {"FROM": "2017-01-01", "TO": "2017-01-01", "DATE": "2017-01-01"} | {variable: typed}
    for target in ("run", "up", "backfill", "psql"):
        # Targets end in the fake programs; nothing real is called.
        fakes = {"BIN": str(tmp_path / "bin"), "STAMP": str(tmp_path / "stamp")}
        _fake_programs(tmp_path)
        subprocess.run(
            ["make", "-C", str(PROJECT_DIR), target, *(f"{k}={v}" for k, v in (given | fakes).items())],
            check=False,
            capture_output=True,
        )
        assert not mark.exists()


def _fake_programs(folder: Path) -> None:
    program = folder / "bin" / "python"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (folder / "stamp").touch()
