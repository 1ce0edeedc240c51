"""A company of its own for each test, in a temporary folder, loaded into the session's warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from ingest.load import load_company
from ingest.report import LoadReport
from warehouse.connection import Role, connect
from warehouse.settings import Settings

BUSINESS_DATE = date(2024, 3, 1)
CAMPAIGNS = {"entity": "campaigns", "files": "*.csv"}
HEADER = "campaign_id,campaign_name,start_date,end_date\n"
_numbers = count(1)


@dataclass(frozen=True)
class Shop:
    """A company under test.

    Attributes:
        company_id: Its id.
        landing: Where its files go.
        connection: Connection of the warehouse's owner, to look at everything.
    """

    company_id: str
    folder: Path
    landing: Path
    connection: psycopg.Connection

    def configure(self, *feeds: dict[str, Any], **source: Any) -> None:
        """Write sources.yml with one source, crm."""
        company = {"name": "Shop", "currency": "EUR", "timezone": "UTC", "country": "FR"}
        place = source or {"location": str(self.landing)}
        content = {"company": company, "sources": {"crm": {"feeds": list(feeds or [CAMPAIGNS])} | place}}
        (self.folder / "sources.yml").write_text(yaml.safe_dump(content))

    def put(self, name: str, *lines: str, header: str = HEADER) -> Path:
        """Write a file into the landing zone."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def load(self, day: date = BUSINESS_DATE, **options: Any) -> LoadReport:
        """Load everything."""
        return load_company(self.company_id, day, **options)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query in which %(company)s is this company."""
        return self.connection.execute(query, {"company": self.company_id}).fetchall()

    def raw(self, columns: str, entity: str = "campaigns") -> list[tuple[Any, ...]]:
        """Return columns of the raw rows of this company, in order of batch, file and row."""
        return self.rows(
            f"select {columns} from raw.{entity} where company_id = %(company)s "
            "order by _batch_id, _loaded_at, _source_file, _row_number"
        )

    def ledger(self) -> list[tuple[Any, ...]]:
        """Return file, status, rows read, loaded and quarantined of every attempt."""
        return self.rows(
            "select source_file, status, rows_read, rows_loaded, rows_quarantined from ops.load_ledger "
            "where company_id = %(company)s order by load_id"
        )


@pytest.fixture
def owner(warehouse: Settings) -> Iterator[psycopg.Connection]:
    with connect(Role.OWNER, autocommit=True) as connection:
        yield connection


@pytest.fixture
def shop(owner: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    company_id = f"shop_{next(_numbers)}"
    monkeypatch.setenv("ORW_COMPANIES_DIR", str(tmp_path / "companies"))
    folder, landing = tmp_path / "companies" / company_id, tmp_path / "landing"
    folder.mkdir(parents=True)
    landing.mkdir()
    (folder / "policy.yml").write_text("stock: {overstock_cover_days: 90}\n")
    made = Shop(company_id, folder, landing, owner)
    made.configure()
    return made
