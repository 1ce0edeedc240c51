"""What the stack sets is what the installed Airflow reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from code_environment import airflow_options

from stack import environment


def test_every_option_of_the_stack_exists(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "airflow_url", lambda: "postgresql+psycopg2://airflow:x@127.0.0.1:1/airflow")
    names = [name for name in environment.stack_environment(18080) if name.startswith("AIRFLOW__")]
    assert names
    for name in names:
        _, section, option = name.lower().split("__")
        assert (section, option) in airflow_options(), name


def test_airflow_has_no_usage_statistics_to_switch_off() -> None:
    assert not [section for section, _ in airflow_options() if "usage" in section]
