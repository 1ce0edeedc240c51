"""docker-compose.yml held against the code: services, images, environment, health checks, mounts, secrets, ports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from code_environment import PACKAGES, PROJECT, airflow_options, names_read

from stack import environment
from warehouse.settings import get_settings

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = {name for name in SERVICES if name not in ("postgres", "redis")}

# What other programs read, and no code of ours.
FOREIGN = re.compile(r"AIRFLOW__\w+|GX_\w+|DBT_\w+|PYTHON\w+|POSTGRES_\w+|REDISCLI_AUTH|DO_NOT_TRACK|DUMB_INIT_SETSID")
# What the code reads and the containers do without.
NOT_DEPLOYED = {
    "REAL_DATA": "third-party data sets, for tests",
    "ORW_DAGS_DIR": "tests of the local stack bring DAGs of their own",
    "ORW_FORECAST_THREADS": "a forecast takes the processors that nothing else uses",
    "PATH": "the system's",
    "PYTHONPATH": "set, and read by Python itself",
    "AIRFLOW_FERNET_KEY": "the local stack derives Airflow's key from it; here it is the key",
}
# Names that locations knows without the environment.
LOCATIONS = {"LANDING", "REAL_DATA"}


def variables(service: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[service].get("environment", {})
    return found


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_services_of_the_production_form() -> None:
    assert set(SERVICES) == {
        "postgres",
        "redis",
        "init",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
        "worker",
    }
    commands = {name: SERVICES[name]["command"] for name in AIRFLOW - {"init"}}
    assert commands == {
        "api-server": "api-server",
        "scheduler": "scheduler",
        "dag-processor": "dag-processor",
        "triggerer": "triggerer",
        "worker": "celery worker",
    }


def test_images_are_pinned_to_the_versions_of_the_lock() -> None:
    lock = (PROJECT / "uv.lock").read_text(encoding="utf-8")
    found = re.search(r'name = "apache-airflow"\nversion = "([^"]+)"', lock)
    assert found is not None
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert re.fullmatch(r"redis:\d+\.\d+-\w+", SERVICES["redis"]["image"])
    for name in AIRFLOW:
        build = SERVICES[name]["build"]["dockerfile_inline"]
        assert re.findall(r"^FROM (.+)$", build, re.MULTILINE) == [f"apache/airflow:{found[1]}"]
        assert "uv sync --frozen --no-dev" in build
        assert not re.search(r":latest|\bpip install (?!--no-cache-dir \"uv)", build)


def test_every_file_the_image_copies_exists() -> None:
    build = SERVICES["worker"]["build"]["dockerfile_inline"]
    (copied,) = re.findall(r"^COPY --chown=\S+ (.+) \./$", build, re.MULTILINE)
    assert all((PROJECT / name).is_file() for name in copied.split())


def test_lock_holds_what_the_containers_need() -> None:
    lock = (PROJECT / "uv.lock").read_text(encoding="utf-8")
    for package in ("apache-airflow-providers-celery", "celery", "redis", "psycopg2-binary"):
        assert f'name = "{package}"\n' in lock


@pytest.mark.parametrize("service", sorted(AIRFLOW))
def test_every_variable_of_ours_is_read_by_the_code(service: str) -> None:
    ours = {name for name in variables(service) if not FOREIGN.fullmatch(name)}
    assert ours - names_read() == set()


def test_every_variable_the_code_reads_is_set() -> None:
    deployed = {name for service in SERVICES for name in variables(service)}
    assert names_read() - deployed - NOT_DEPLOYED.keys() == set()
    assert NOT_DEPLOYED.keys() <= names_read(), "a reason is stated for a variable that nothing reads"


def test_every_variable_of_the_companies_is_set() -> None:
    for path in (PROJECT / "companies").glob("*/sources.yml"):
        used = set(re.findall(r"^[^#]*\$\{(\w+)\}", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert used - LOCATIONS - variables("worker").keys() == set(), path


def test_airflow_options_exist() -> None:
    for service in AIRFLOW:
        for name in variables(service):
            if name.startswith("AIRFLOW__"):
                _, section, option = name.lower().split("__")
                assert (section, option) in airflow_options(), name


def test_workers_and_init_alone_know_the_warehouse() -> None:
    secret_names = {name for name in names_read() if name.startswith("WAREHOUSE_")}
    for service in AIRFLOW:
        expected = secret_names if service in ("init", "worker") else set()
        assert {name for name in variables(service) if name.startswith("WAREHOUSE_")} == expected
    assert "//postgres:" in variables("init")["WAREHOUSE_URL"]
    assert "//analyst:${WAREHOUSE_ANALYST_PASSWORD:?" in variables("worker")["WAREHOUSE_URL"]


def test_all_airflow_services_share_their_keys_and_databases() -> None:
    shared = [
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
        "AIRFLOW__CELERY__BROKER_URL",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    ]
    for name in shared:
        assert len({variables(service)[name] for service in AIRFLOW}) == 1
    for service in AIRFLOW:
        assert variables(service)["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
        assert variables(service)["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://api-server:8080/execution/"


def test_addresses_name_services() -> None:
    for service in AIRFLOW:
        for value in variables(service).values():
            for host in re.findall(r"(?:@|http://)([a-z-]+):\d+", value):
                assert host in SERVICES or host == "localhost"


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"init"}))
def test_health_is_checked(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    assert SERVICES[service]["restart"] == "unless-stopped"


def test_init_ends_and_the_others_wait_for_it() -> None:
    assert SERVICES["init"]["restart"].startswith("on-failure")
    assert SERVICES["init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for service in AIRFLOW - {"init"}:
        conditions = {name: wait["condition"] for name, wait in SERVICES[service]["depends_on"].items()}
        expected = {
            "postgres": "service_healthy",
            "redis": "service_healthy",
            "init": "service_completed_successfully",
        }
        assert conditions == expected | ({"api-server": "service_healthy"} if service == "worker" else {})


def test_init_prepares_everything_with_programs_that_exist() -> None:
    steps = SERVICES["init"]["command"][2].strip().splitlines()
    assert SERVICES["init"]["command"][:2] == ["bash", "-ec"]
    assert [step.split()[:3] for step in steps if step.startswith("python -m")] == [
        ["python", "-m", "warehouse"],
        ["python", "-m", "ingest"],
    ]
    for package in ("warehouse", "ingest"):
        assert re.search(r"[\"']init[\"']", (PROJECT / package / "__main__.py").read_text(encoding="utf-8"))
    assert "airflow db migrate" in steps
    (pools,) = [step.removeprefix("airflow pools import ") for step in steps if "pools" in step]
    content = json.loads((PROJECT / Path(pools).relative_to("/opt/orw/project")).read_text(encoding="utf-8"))
    # The file format of `airflow pools import`.
    assert all({"slots", "description"} <= pool.keys() for pool in content.values())
    assert "from stack.environment import write_passwords; write_passwords()" in steps[-1]
    assert callable(environment.write_passwords)


def test_passwords_file_is_where_init_writes_it() -> None:
    written = environment.passwords_file().relative_to(get_settings().state_dir)
    stated = variables("api-server")["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
    assert stated == f"{variables('init')['ORW_STATE_DIR']}/{written}"
    assert variables("api-server")["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(":")[0] == environment.USER


def mounts(service: str) -> Iterator[tuple[str, str, str]]:
    for mount in SERVICES[service]["volumes"]:
        source, target, *mode = mount.split(":")
        yield source, target, mode[0] if mode else "rw"


@pytest.mark.parametrize("service", sorted(AIRFLOW))
def test_code_is_mounted_read_only_and_complete(service: str) -> None:
    from_checkout = {source: (target, mode) for source, target, mode in mounts(service) if source.startswith(".")}
    assert {source.removeprefix("./") for source in from_checkout} == {*PACKAGES, "companies", "dbt_project"}
    for source, (target, mode) in from_checkout.items():
        assert (PROJECT / source).is_dir()
        assert target == f"/opt/orw/project/{source.removeprefix('./')}"
        assert mode == "ro"
    assert variables(service)["PYTHONPATH"] == "/opt/orw/project"
    assert variables(service)["AIRFLOW__CORE__DAGS_FOLDER"] == "/opt/orw/project/dags"


@pytest.mark.parametrize("service", sorted(AIRFLOW))
def test_what_is_written_lies_on_volumes(service: str) -> None:
    volumes = {target: source for source, target, _ in mounts(service) if not source.startswith(".")}
    assert set(volumes.values()) == set(COMPOSE["volumes"]) - {"postgres"}
    for name in ("ORW_STATE_DIR", "ORW_LANDING_DIR", "ORW_ARTIFACTS_DIR", "AIRFLOW__LOGGING__BASE_LOG_FOLDER"):
        assert variables(service)[name] in volumes
        assert variables(service)[name] in SERVICES[service]["build"]["dockerfile_inline"]


def test_database_lies_where_postgres_18_keeps_it() -> None:
    assert list(mounts("postgres")) == [("postgres", "/var/lib/postgresql", "rw")]


def test_both_databases_are_created() -> None:
    script = COMPOSE["configs"]["airflow-database"]["content"]
    assert SERVICES["postgres"]["configs"][0]["target"].startswith("/docker-entrypoint-initdb.d/")
    assert variables("postgres")["POSTGRES_DB"] == "warehouse"
    assert "create database airflow owner airflow;" in script
    assert variables("init")["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("/airflow")
    assert variables("init")["WAREHOUSE_URL"].endswith("/warehouse")


def test_secrets_come_from_the_environment() -> None:
    secret_name = re.compile(r"PASSWORD$|SECRET(_KEY)?$|_KEY$|REDISCLI_AUTH$")
    required = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
    for service in SERVICES:
        for name, value in variables(service).items():
            if secret_name.search(name):
                assert required.fullmatch(value), f"{service}: {name}"
    for text in texts(COMPOSE):
        for password in re.findall(r"://[^:/@\s]*:([^@]+)@", text):
            assert required.fullmatch(password), text


def test_documentation_names_every_secret() -> None:
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    guide = (PROJECT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{([A-Z_]+):\?", text)):
        assert name in guide


def test_ports_are_open_to_this_machine_only() -> None:
    published = {service: SERVICES[service]["ports"] for service in SERVICES if "ports" in SERVICES[service]}
    assert published == {"postgres": ["127.0.0.1:5432:5432"], "api-server": ["127.0.0.1:8080:8080"]}
