"""The environment of Airflow's processes: local only, quiet, and secret."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from stack import environment
from stack.supervisor import State, running_state, state_file


@pytest.fixture
def variables(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(environment, "airflow_url", lambda: "postgresql+psycopg2://airflow:x@127.0.0.1:1/airflow")
    return environment.stack_environment(18080)


def test_nothing_listens_beyond_this_machine(variables: dict[str, str]) -> None:
    assert variables["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"


def test_executor_and_database_are_real_ones(variables: dict[str, str]) -> None:
    assert variables["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql")


def test_nothing_phones_home(variables: dict[str, str]) -> None:
    assert variables["GX_ANALYTICS_ENABLED"] == variables["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


def test_keys_are_usable_and_stay_the_same(variables: dict[str, str]) -> None:
    secret = Fernet(variables["AIRFLOW__CORE__FERNET_KEY"]).encrypt(b"text")
    again = environment.stack_environment(18080)
    assert Fernet(again["AIRFLOW__CORE__FERNET_KEY"]).decrypt(secret) == b"text"
    assert len(variables["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert variables["AIRFLOW__API_AUTH__JWT_SECRET"] != variables["AIRFLOW__API__SECRET_KEY"]


def test_passwords_file_is_private(state_dir: Path) -> None:
    environment.write_passwords()
    path = environment.passwords_file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"admin": environment.admin_password()}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param('{"pid": 1}', id="incomplete"),
        pytest.param(json.dumps(vars(State(1, 0.0, 8080, kept=True, ready=True))), id="recycled pid"),
    ],
)
def test_stale_state_file_is_no_running_stack(state_dir: Path, content: str) -> None:
    state_file().parent.mkdir(parents=True, exist_ok=True)
    state_file().write_text(content)
    assert running_state() is None
    state_file().unlink()
    assert running_state() is None
