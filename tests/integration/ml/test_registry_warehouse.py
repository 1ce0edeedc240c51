"""Registry and frames on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import psycopg
import pytest

from ml import cards, registry
from ml.registry import RegistryError
from warehouse import frames
from warehouse.connection import Role, connect

pytestmark = pytest.mark.integration

COMPANY = "registrytest"
USE_CASE = "demand_forecast"
AWKWARD = ["007", 'say "hi"', "two\nlines", "a,b"]


@pytest.fixture
def modeler(warehouse: object) -> Iterator[psycopg.Connection]:
    """A connection whose work is undone."""
    with connect(Role.MODELER) as connection:
        yield connection
        connection.rollback()


def register(connection: psycopg.Connection, through: date = date(2017, 12, 31), **changes: Any) -> str:
    values: dict[str, Any] = {
        "company_id": COMPANY,
        "use_case": USE_CASE,
        "model_name": "toy",
        "trained_through_date": through,
        "window_start_date": date(2017, 1, 2),
        "training_rows": 10,
        "parameters": {"data_fingerprint": "abc", "trees": 5},
        "metrics": {"wql": 0.5, "mase": float("nan")},
        "artifact": {"level": 3},
    }
    return registry.register(connection, **(values | changes))


def statuses(connection: psycopg.Connection) -> dict[str, str]:
    query = "select model_version, status from ml.model_registry where company_id = %s"
    return dict(connection.execute(query, [COMPANY]).fetchall())


def test_training_the_same_again_renews_the_row(modeler: psycopg.Connection) -> None:
    first = register(modeler)
    registry.promote(modeler, first)
    assert register(modeler, metrics={"wql": 0.4}) == first
    assert statuses(modeler) == {first: "champion"}
    champion = registry.champion(modeler, COMPANY, USE_CASE)
    assert champion is not None
    assert champion.metrics == {"wql": 0.4}
    assert registry.load_artifact(champion) == {"level": 3}
    assert not list(champion.artifact_path.parent.glob("*.partial"))


@pytest.mark.parametrize(
    "changes",
    [{"parameters": {"data_fingerprint": "other", "trees": 5}}, {"training_rows": 11}, {"model_name": "other"}],
    ids=["data", "rows", "model"],
)
def test_anything_that_decides_the_outcome_gives_another_version(
    modeler: psycopg.Connection, changes: dict[str, Any]
) -> None:
    assert register(modeler) != register(modeler, **changes)


def test_other_code_gives_another_version(modeler: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    first = register(modeler)
    monkeypatch.setenv("GIT_REVISION", "another")
    assert register(modeler) != first


def test_one_champion_and_figures_that_are_no_numbers_are_null(modeler: psycopg.Connection) -> None:
    first = register(modeler)
    assert registry.champion(modeler, COMPANY, USE_CASE) is None
    assert registry.promote(modeler, first)
    second = register(modeler, date(2018, 1, 7))
    assert registry.promote(modeler, second)
    assert statuses(modeler) == {first: "archived", second: "champion"}
    champion = registry.champion(modeler, COMPANY, USE_CASE)
    assert champion is not None
    assert champion.model_version == second
    assert champion.metrics["mase"] is None


def test_a_past_date_is_served_by_what_was_known_then(modeler: psycopg.Connection) -> None:
    newest = register(modeler, date(2018, 1, 7))
    registry.promote(modeler, newest)
    backfilled = register(modeler, date(2017, 12, 3))
    assert not registry.promote(modeler, backfilled)
    register(modeler, date(2017, 12, 10))  # a candidate that never passed its gate

    def version(as_of: date) -> str | None:
        found = registry.champion(modeler, COMPANY, USE_CASE, as_of=as_of)
        return found.model_version if found else None

    assert version(date(2018, 2, 1)) == newest
    assert version(date(2018, 1, 6)) == backfilled
    assert version(date(2017, 12, 2)) is None


def test_missing_version_and_missing_artifact_are_named(modeler: psycopg.Connection) -> None:
    with pytest.raises(RegistryError, match="toy-1 is not in ml.model_registry"):
        registry.promote(modeler, "toy-1")
    version = register(modeler)
    registry.promote(modeler, version)
    champion = registry.champion(modeler, COMPANY, USE_CASE)
    assert champion is not None
    champion.artifact_path.unlink()
    with pytest.raises(RegistryError, match=f"{version} is missing: restore it or train again"):
        registry.load_artifact(champion)


@pytest.fixture
def scratch(modeler: psycopg.Connection) -> psycopg.Connection:
    modeler.execute(
        "create table ml.scratch (company_id text not null, name text, amount numeric(12, 2), day date, "
        "is_good boolean, pieces bigint, flags text[])"
    )
    return modeler


def test_frames_come_back_as_they_went(scratch: psycopg.Connection) -> None:
    frame = pd.DataFrame(
        {
            "company_id": "c",
            "name": AWKWARD,
            "amount": [1.25, None, -3.5, 0.0],
            "day": pd.to_datetime(["2017-12-31", "2016-02-29", None, "2018-01-01"]),
            "is_good": [True, False, True, False],
            "pieces": [1, 2, 3, 4],
            "flags": [["no sale", 'x"y'], [], ["a\\b"], ["c,d"]],
        }
    )
    assert frames.replace(scratch, "ml.scratch", frame, where={"company_id": "c"}) == (0, 4)
    back = frames.read(
        scratch,
        "select name, amount, day, is_good, pieces from ml.scratch where company_id = %s order by pieces",
        ["c"],
    )
    pd.testing.assert_frame_equal(back, frame[["name", "amount", "day", "is_good", "pieces"]])
    flags = scratch.execute("select flags from ml.scratch order by pieces").fetchall()
    assert [row[0] for row in flags] == frame["flags"].to_list()


def test_nulls_and_empty_results_keep_their_types(scratch: psycopg.Connection) -> None:
    query = "select null::bigint as pieces, null::boolean as is_good, ''::text as name where %s"
    full, empty = frames.read(scratch, query, [True]), frames.read(scratch, query, [False])
    assert full["pieces"].isna().all()
    assert full["is_good"].isna().all()
    assert full["name"].to_list() == [""]
    assert len(empty) == 0
    assert list(empty) == ["pieces", "is_good", "name"]


def test_replace_touches_only_its_rows_and_all_or_nothing(scratch: psycopg.Connection) -> None:
    for company in ("a", "b"):
        rows = pd.DataFrame({"company_id": company, "pieces": [1, 2]})
        frames.replace(scratch, "ml.scratch", rows, where={"company_id": company})
    broken = pd.DataFrame({"company_id": "a", "amount": [1e12]})
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        frames.replace(scratch, "ml.scratch", broken, where={"company_id": "a"})
    assert frames.replace(scratch, "ml.scratch", broken.assign(amount=1), where={"company_id": "a"}) == (2, 1)
    counts = scratch.execute("select company_id, count(*) from ml.scratch group by 1 order by 1").fetchall()
    assert counts == [("a", 1), ("b", 2)]


def test_replace_refuses_rows_outside_of_what_it_deletes(scratch: psycopg.Connection) -> None:
    rows = pd.DataFrame({"company_id": ["a", "b"], "pieces": [1, 2]})
    with pytest.raises(ValueError, match="company_id = 'a'"):
        frames.replace(scratch, "ml.scratch", rows, where={"company_id": "a"})
    with pytest.raises(ValueError, match="refusing to replace all of ml.scratch"):
        frames.replace(scratch, "ml.scratch", rows, where={})


def test_an_artefact_of_other_code_is_named_and_does_not_serve(modeler: psycopg.Connection) -> None:
    version = register(modeler)
    registry.promote(modeler, version)
    champion = registry.champion(modeler, COMPANY, USE_CASE)
    assert champion is not None
    assert registry.serves(champion)
    # A pickle that asks for a name which its module no longer has.
    champion.artifact_path.write_bytes(b"cml.registry\nGone\n.")
    with pytest.raises(
        RegistryError, match=f"of {version} is of another version of the code .*train again with --force"
    ):
        registry.load_artifact(champion)
    assert not registry.serves(champion)
    assert not registry.serves(None)


@dataclass(frozen=True)
class Fitted:
    """An object as an earlier version of the code left it, and as this one does."""

    FORM: ClassVar[int] = 2
    form: int = 1


@pytest.mark.parametrize(("form", "is_read"), [pytest.param(1, False, id="earlier"), pytest.param(2, True, id="same")])
def test_artefact_of_another_form_of_the_code_does_not_serve(
    modeler: psycopg.Connection, form: int, is_read: bool
) -> None:
    registry.promote(modeler, register(modeler, artifact=Fitted(form)))
    champion = registry.champion(modeler, COMPANY, USE_CASE)
    assert registry.serves(champion) is is_read


def test_a_card_tells_what_serves(modeler: psycopg.Connection, tmp_path: Path) -> None:
    version = register(modeler)
    registry.promote(modeler, version)
    modeler.execute(
        "insert into ml.demand_forecast_backtests (model_version, company_id, model_name, demand_class, horizon_week, "
        "is_champion, cutoff_count, series_count, actual_quantity, wql) values "
        "(%s, %s, 'combination', 'all', 0, true, 3, 40, 100, 0.4321)",
        [version, COMPANY],
    )
    for day, observed, state in (("2018-02-04", 0.51, "ok"), ("2018-02-11", 0.87, "drifting")):
        modeler.execute(
            "insert into ml.demand_forecast_monitoring (company_id, business_date, model_version, measure_name, "
            "measure_group, run_id, first_week_date, last_week_date, row_count, observed_value, state) "
            "values (%s, %s, %s, 'wql', 'error', 'run', '2018-01-08', '2018-01-29', 400, %s, %s)",
            [COMPANY, day, version, observed, state],
        )
    modeler.commit()
    try:
        page = next(path for path in cards.write(tmp_path / "cards") if path.name == f"{COMPANY}-demand_forecast.md")
        text = page.read_text()
        for part in (version, "10 rows from 2017-01-02 through 2017-12-31", "0.432100", "`trees`: 5", "drifting"):
            assert part in text
        # Only when it was last looked at.
        assert "0.870000" in text
        assert "0.510000" not in text
    finally:
        for table in ("demand_forecast_backtests", "demand_forecast_monitoring", "model_registry"):
            modeler.execute(f"delete from ml.{table} where company_id = %s", [COMPANY])  # type: ignore[arg-type]
        modeler.commit()
