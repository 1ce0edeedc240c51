"""What opening a batch does and asks for, and how long a batch stays open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingest import ddl, load
from ingest.companies import CompanyError
from ingest.contracts import Field, load_entities
from ingest.status import read_status
from warehouse import batches, policy

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

ONE = "c1,Spring,2024-01-01,2024-02-01"


def test_batch_goes_on_until_the_gate_has_judged(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    first = shop.load().batch_id
    assert first is not None
    assert shop.load().batch_id == first
    assert batches.pending_batches(shop.company_id, date(2024, 3, 2)) == [first]
    batches.set_gate_status(first, "rejected", "too few rows")
    assert batches.pending_batches(shop.company_id, date(2024, 3, 2)) == []
    second = shop.load().batch_id
    assert second != first
    # The file counts as not loaded since its batch was rejected, so the second batch has it, and only one may count.
    files = "select status from ops.load_ledger where company_id = %(company)s and rows_loaded > 0 order by batch_id"
    assert shop.rows(files) == [("rejected",), ("loaded",)]
    names, (sums,) = read_status(shop.company_id)["Files and rows by entity"]
    told = dict(zip(names, sums, strict=True))
    assert (told["loaded"], told["rejected"], told["rows_loaded"]) == (1, 1, 1)
    with pytest.raises(batches.BatchError, match="loaded again in a later batch"):
        batches.release(first, "checked by hand")
    assert second is not None
    batches.release(second, "checked by hand")
    states = shop.rows(
        "select gate_status, gate_reason, finished_at is not null from ops.batches "
        "where company_id = %(company)s order by batch_id"
    )
    assert states == [("rejected", "too few rows", True), ("released", "checked by hand", True)]
    with pytest.raises(batches.BatchError, match="released already"):
        batches.release(second, "again")
    with pytest.raises(batches.BatchError, match="there is no batch -1"):
        batches.set_gate_status(-1, "passed", "")


def test_company_and_policies_are_registered_and_renewed(shop: Shop) -> None:
    query = (
        "select policy_name, policy_value from ops.policies where company_id = %(company)s "
        "and policy_name in ('planning.location_level', 'stock.overstock_cover_days') order by 1"
    )
    shop.put("a.csv", ONE)
    shop.load()
    assert shop.rows(query) == [("planning.location_level", "company"), ("stock.overstock_cover_days", "90")]
    shop.connection.execute("insert into ops.policies values (%s, 'gone.long_since', '1')", [shop.company_id])
    (shop.folder / "policy.yml").write_text("planning: {location_level: dc}\nstock: {overstock_cover_days: 45}\n")
    shop.load()
    assert shop.rows(query) == [("planning.location_level", "dc"), ("stock.overstock_cover_days", "45")]
    names = shop.rows("select policy_name from ops.policies where company_id = %(company)s")
    assert {name for (name,) in names} == policy.Policy().texts().keys()
    query = "select company_name, currency, timezone, country_code from ops.companies where company_id = %(company)s"
    assert shop.rows(query) == [("Shop", "EUR", "UTC", "FR")]


def test_country_without_holidays_is_named(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    path = shop.folder / "sources.yml"
    path.write_text(path.read_text().replace("country: FR", "country: XX"))
    expected = rf"{shop.company_id}: no holidays are known for country XX: correct company.country in sources.yml"
    with pytest.raises(CompanyError, match=expected):
        shop.load()
    for table in ("ops.companies", "ops.batches"):
        assert shop.rows(f"select 1 from {table} where company_id = %(company)s") == []


@pytest.fixture
def grown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """A field that the contract of receipts has got since the tables were made."""
    field = Field("dock", "text", "Dock of the arrival.")
    receipts = load_entities()["receipts"]
    entities = load_entities() | {"receipts": replace(receipts, fields=(*receipts.fields, field))}
    monkeypatch.setattr(ddl, "load_entities", lambda: entities)
    yield field
    shop.connection.execute("alter table raw.receipts drop column if exists dock")


def test_contract_that_grew_gets_its_column(shop: Shop, grown: Field) -> None:
    with pytest.raises(CompanyError, match=r"lacks raw.receipts.dock: run `python -m ingest init`"):
        load.open_batch(shop.company_id, date(2024, 3, 1))
    assert ddl.create_raw_tables() == ["raw.receipts.dock"]
    assert ddl.create_raw_tables() == []
    comment = shop.rows(
        "select col_description('raw.receipts'::regclass, attnum), format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'raw.receipts'::regclass and attname = 'dock'"
    )
    assert comment == [(grown.description, "text")]
