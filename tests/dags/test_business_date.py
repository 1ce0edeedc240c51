"""The company and business date of a run, however it was started."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from dags.common.business_date import company_and_date, partition_key, run_partition
from warehouse.settings import SettingsError


def context(key: str | None, **params: str | None) -> dict[str, Any]:
    # As in Airflow, there is no logical date to fall back on: "ds" and "logical_date" are absent.
    return {"dag_run": SimpleNamespace(partition_key=key), "params": params}


@pytest.mark.parametrize(
    ("key", "params"),
    [
        pytest.param("journey@2017-12-31", {"company": None, "business_date": None}, id="partition"),
        pytest.param("journey@2017-12-31", {"company": "other", "business_date": "2001-01-01"}, id="partition wins"),
        pytest.param(None, {"company": "journey", "business_date": "2017-12-31"}, id="by hand"),
        pytest.param("2017-12-31", {"company": "journey", "business_date": None}, id="date key and company"),
    ],
)
def test_company_and_date(key: str | None, params: dict[str, str | None]) -> None:
    assert company_and_date(context(key, **params)) == ("journey", date(2017, 12, 31))
    assert run_partition(context(key, **params)) == "journey@2017-12-31"


@pytest.mark.parametrize(
    ("key", "params"),
    [
        pytest.param(None, {"company": None, "business_date": None}, id="nothing"),
        pytest.param(None, {"company": "journey", "business_date": None}, id="no date"),
        pytest.param("2017-12-31", {"company": None, "business_date": None}, id="no company"),
        pytest.param("@2017-12-31", {}, id="empty company"),
        pytest.param("journey@", {}, id="empty date"),
    ],
)
def test_incomplete_run_says_what_to_enter(key: str | None, params: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match="partition key <company>@<YYYY-MM-DD>"):
        company_and_date(context(key, **params))


def test_company_that_could_be_a_path_is_refused() -> None:
    with pytest.raises(SettingsError, match="lower-case"):
        company_and_date(context("../etc@2017-12-31"))


def test_impossible_date_is_refused() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        company_and_date(context("journey@2017-02-30"))


def test_key_round_trip() -> None:
    key = partition_key("journey", date(2017, 1, 2))
    assert company_and_date(context(key)) == ("journey", date(2017, 1, 2))
