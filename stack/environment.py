"""The environment in which Airflow's processes and our tasks run on one machine."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path

from warehouse.connection import airflow_url
from warehouse.secrets import secret
from warehouse.settings import get_settings

HOST = "127.0.0.1"
USER = "admin"
STACK_MARKER = "ORW_STACK"


def airflow_home() -> Path:
    """Return the folder of Airflow's own files: logs, passwords, configuration."""
    return get_settings().state_dir / "airflow"


def log_dir() -> Path:
    """Return the folder with one log file per process."""
    return get_settings().state_dir / "logs"


def admin_password() -> str:
    """Return the password with which USER opens Airflow's UI and API."""
    return secret("airflow_admin_password")


def marker() -> str:
    """Return the value of STACK_MARKER that all processes of this state folder carry."""
    return str(get_settings().state_dir)


def passwords_file() -> Path:
    """Return the file from which Airflow's simple auth manager reads passwords."""
    return airflow_home() / "passwords.json"


def write_passwords() -> None:
    """Write the passwords file, readable by this account only."""
    airflow_home().mkdir(parents=True, exist_ok=True)
    descriptor = os.open(passwords_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump({USER: admin_password()}, handle)


def stack_environment(port: int) -> dict[str, str]:
    """Return the environment of Airflow's processes.

    Args:
        port: TCP port on 127.0.0.1 of the API server, which also serves the UI and the tasks.
    """
    return os.environ | _airflow(port) | _project() | _quiet()


def _project() -> dict[str, str]:
    settings = get_settings()
    path = os.environ.get("PYTHONPATH")
    return {
        STACK_MARKER: marker(),
        "ORW_STATE_DIR": str(settings.state_dir),
        "PYTHONPATH": os.pathsep.join([str(settings.project_dir), *([path] if path else [])]),
        # dbt and the other programs of the environment are started by name.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    }


def _airflow(port: int) -> dict[str, str]:
    settings = get_settings()
    home = airflow_home()
    sections: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": os.environ.get("ORW_DAGS_DIR") or settings.project_dir / "dags",
            "plugins_folder": home / "plugins",
            "executor": "LocalExecutor",
            # Pools limit the work itself. A worker may notice the end of its task late, so there are more than tasks.
            "parallelism": 4,
            "load_examples": False,
            "dags_are_paused_at_creation": True,
            "fernet_key": _fernet_key(),
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": passwords_file(),
            "execution_api_server_url": f"http://{HOST}:{port}/execution/",
            "hostname_callable": "stack.environment.host",
            "killed_task_cleanup_time": 5,
        },
        "database": {"sql_alchemy_conn": airflow_url()},
        "logging": {
            "base_log_folder": home / "logs",
            "dag_processor_child_process_log_directory": home / "logs" / "dag_processing",
            "colored_console_log": False,
        },
        "api": {
            "host": HOST,
            "port": port,
            "base_url": f"http://{HOST}:{port}",
            "workers": 1,
            "secret_key": _signing_key("airflow_api_secret_key"),
            "expose_config": False,
        },
        "api_auth": {"jwt_secret": _signing_key("airflow_jwt_secret")},
        # A worker looks after its task's process only so often, and is not free before.
        "workers": {"min_heartbeat_interval": 1},
        "scheduler": {
            # The default of a second is waited after almost every task; a loop costs about 20 ms.
            "scheduler_idle_sleep_time": 0.3,
            "parsing_cleanup_interval": 3600,
            "enable_health_check": False,
        },
        "dag_processor": {
            "parsing_processes": 1,
            "min_file_process_interval": 60,
            "refresh_interval": 60,
            "print_stats_interval": 600,
        },
    }
    return {"AIRFLOW_HOME": str(home)} | {
        f"AIRFLOW__{section}__{name}".upper(): str(value)
        for section, options in sections.items()
        for name, value in options.items()
    }


def _fernet_key() -> str:
    """Return a key of the length that Fernet wants, whatever the secret's own length."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret("airflow_fernet_key").encode()).digest()).decode()


def _signing_key(name: str) -> str:
    """Return a key as long as the signature that it makes."""
    return hashlib.sha512(secret(name).encode()).hexdigest()


def _quiet() -> dict[str, str]:
    """Switch off what phones home and what proxies or forks would break."""
    quiet = {
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "NO_PROXY": f"{HOST},localhost",
        "no_proxy": f"{HOST},localhost",
        "PYTHONUNBUFFERED": "1",
    }
    if sys.platform == "darwin":
        quiet |= {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES", "no_proxy": "*"}
    return quiet


def host() -> str:
    """Return the name under which Airflow records this machine: looking the real one up may wait for a resolver."""
    return HOST
