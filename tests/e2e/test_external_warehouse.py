"""The chain over WAREHOUSE_URL: a warehouse on another server, owned by a login that is no superuser."""

from __future__ import annotations

import json
from collections.abc import Iterator

import corner_shop
import psycopg
import pytest
from harness import Stack, external_database, temporary_stack

from stack.chain import CHAIN
from warehouse.connection import SERVICE_ROLES, password_name

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

COMPANY = corner_shop.COMPANY


@pytest.fixture(scope="module")
def warehouse_url() -> Iterator[str]:
    with external_database() as url:
        yield url


@pytest.fixture(scope="module")
def stack(warehouse_url: str) -> Iterator[Stack]:
    with temporary_stack(WAREHOUSE_URL=warehouse_url) as stack:
        companies = stack.state_dir / "companies"
        stack.variables["ORW_COMPANIES_DIR"] = str(companies)
        corner_shop.write_company(companies, stack.state_dir / "landing")
        yield stack


def test_chain_fills_a_warehouse_on_another_server(stack: Stack, warehouse_url: str) -> None:
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
    assert stack.processes() == []
    with psycopg.connect(warehouse_url) as connection:
        found = connection.execute("select sum(line_count), sum(net_sales_amount) from marts.mart_sales_daily")
        assert found.fetchone() == (corner_shop.line_count(), corner_shop.net_sales())
        count = connection.execute("select count(*) from marts.mart_forecast_weekly where is_latest_run").fetchone()
        assert count == (13 * len(corner_shop.PRODUCTS) * len(corner_shop.SHOPS),)
        databases = connection.execute("select datname from pg_database where not datistemplate").fetchall()
    assert sorted(databases) == [("dwh",), ("postgres",)], "Airflow's metadata stay with the checkout"
    # Airflow's own database is on the embedded server, and nothing else.
    here = dict.fromkeys(name for (name,) in stack.query("select datname from pg_database", "postgres"))
    assert "airflow" in here
    assert "warehouse" not in here
    runs = stack.query("select dag_id, state from dag_run", "airflow")
    assert sorted(runs) == sorted((dag_id, "success") for dag_id in CHAIN)


def test_second_checkout_does_not_lock_the_first_one_out(stack: Stack, warehouse_url: str) -> None:
    with temporary_stack(WAREHOUSE_URL=warehouse_url) as second:
        code, output = second.python("warehouse", "init")
        assert code == 1
        assert output.startswith("error: The roles loader, transformer, modeler, advisor, analyst exist")
        assert stack.python("warehouse", "psql", "--role", "loader", "--sql", "select 1") == (0, "1\n")

        secrets = json.loads((stack.state_dir / "secrets.json").read_text())
        names = [password_name(role) for role in SERVICE_ROLES]
        second.variables.update({name.upper(): secrets[name] for name in names})
        assert second.python("warehouse", "init") == (0, "")
        read = ("psql", "--role", "analyst", "--sql", "select count(*) > 0 from marts.mart_kpi_weekly")
        assert second.python("warehouse", *read) == stack.python("warehouse", *read) == (0, "t\n")
