"""When a layer is built, skipped or made anew; what dbt itself does then is tested in tests/dbt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from warehouse import builds, layers
from warehouse.builds import NOTHING_COMPLETE, claim_batches, complete_build, full_refresh_reason, unbuilt_batches
from warehouse.connection import Role, connect
from warehouse.outcomes import DbtTestError
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

COMPANY = "layer_test"
DAY = date(2017, 12, 31)
CORE, MARTS = ([*layers.BUILD, "--selector", layer] for layer in ("core", "marts"))
ANEW = "--full-refresh"
SAME = list(layers.SAME_PROJECT)


@pytest.fixture
def commands(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The commands given to dbt, while the warehouse has one accepted batch of a company."""
    given: list[list[str]] = []

    def run(arguments: list[str], *_: Any) -> None:
        given.append(arguments)

    monkeypatch.setattr(layers, "run_dbt", run)
    monkeypatch.setattr(builds, "models_fingerprint", lambda: "first")
    with connect(Role.OWNER, autocommit=True) as connection:
        connection.execute("delete from ops.builds")
        connection.execute(
            "insert into ops.companies (company_id, company_name, currency, timezone, country_code) "
            "values (%s, 'Layers', 'USD', 'UTC', 'US')",
            [COMPANY],
        )
        connection.execute(
            "insert into ops.batches (company_id, business_date, gate_status) values (%s, %s, 'passed')", [COMPANY, DAY]
        )
        yield given
        connection.execute("delete from ops.publications where company_id = %s", [COMPANY])
        connection.execute("delete from ops.companies where company_id = %s", [COMPANY])
        connection.execute("delete from ops.batches where company_id = %s", [COMPANY])
        connection.execute("delete from ops.builds")


def build(**options: Any) -> None:
    build_id = claim_batches(COMPANY, DAY)
    for layer in layers.LAYERS:
        layers.build_layer(layer, build_id, COMPANY, DAY, **options)
    complete_build(build_id)


def test_layers_are_made_anew_when_models_changed(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    assert commands == [[*CORE, ANEW], [*MARTS, ANEW]], "no build was complete yet"
    commands.clear()
    build()
    assert commands == [], "nothing changed"
    build(full_refresh=True)
    assert commands == [[*CORE, ANEW], [*MARTS, ANEW]], "somebody asked for it"
    commands.clear()
    monkeypatch.setattr(builds, "models_fingerprint", lambda: "second")
    monkeypatch.setattr(builds, "fingerprint", lambda: "second")
    build()
    assert commands == [[*CORE, ANEW], [*MARTS, ANEW]]
    commands.clear()
    monkeypatch.setattr(builds, "fingerprint", lambda: "a new batch")
    build()
    assert commands == [[*CORE, *SAME], [*MARTS, *SAME]], "the project is the one that built"
    commands.clear()
    monkeypatch.setattr(layers, "project_fingerprint", lambda: "a mart was edited")
    monkeypatch.setattr(builds, "fingerprint", lambda: "a mart was edited")
    build()
    assert commands == [CORE, MARTS]


def test_build_of_everything_counts_when_it_is_complete(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise DbtTestError("a test failed")

    with monkeypatch.context() as broken:
        broken.setattr(layers, "run_dbt", fail)
        with pytest.raises(DbtTestError):
            layers.build_all(COMPANY)
    assert full_refresh_reason() == NOTHING_COMPLETE
    assert unbuilt_batches() != []
    layers.build_all(COMPANY)
    assert commands == [[*layers.BUILD, ANEW]]
    assert full_refresh_reason() is None
    assert unbuilt_batches() == []
    commands.clear()
    build()
    assert commands == [], "everything is built"
