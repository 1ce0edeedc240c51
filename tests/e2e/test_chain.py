"""The whole chain through Airflow's scheduler: extracts in, marts out, bad deliveries stopped, nothing left running."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import corner_shop
import psycopg
import pytest
from harness import Stack, temporary_stack

from stack.chain import CHAIN
from stack.runner import INTERRUPTED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

COMPANY = corner_shop.COMPANY


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_stack() as stack:
        companies = stack.state_dir / "companies"
        stack.variables["ORW_COMPANIES_DIR"] = str(companies)
        corner_shop.write_company(companies, stack.state_dir / "landing")
        yield stack


def raw_counts(stack: Stack) -> dict[str, int]:
    tables = stack.query("select table_name from information_schema.tables where table_schema = 'raw' order by 1")
    counts = " union all ".join(f"select '{name}', count(*) from raw.{name}" for (name,) in tables)
    return dict(stack.query(counts))


def runs(stack: Stack) -> list[tuple[str, str]]:
    return stack.query("select dag_id, state from dag_run order by id", "airflow")  # type: ignore[return-value]


def mart_sales(stack: Stack) -> tuple[int, int]:
    return stack.query("select sum(line_count), sum(net_sales_amount) from marts.mart_sales_daily")[0]  # type: ignore[return-value]


def test_first_run_fills_the_warehouse_through_the_scheduler(stack: Stack) -> None:
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
    assert stack.processes() == []
    assert sorted(runs(stack)) == sorted((dag_id, "success") for dag_id in CHAIN)
    assert mart_sales(stack) == (corner_shop.line_count(), corner_shop.net_sales())
    assert stack.query("select count(*) from marts.mart_kpi_weekly") == [(corner_shop.WEEKS,)]
    # Every product that sells gets 13 weeks in each shop, and constant demand is forecast as it is.
    sellers = len(corner_shop.PRODUCTS) * len(corner_shop.SHOPS)
    assert stack.query("select count(*) from marts.mart_forecast_weekly where is_latest_run") == [(13 * sellers,)]
    weekly = dict(
        stack.query("select product_id, round(avg(forecast_stat_quantity)) from marts.mart_forecast_weekly group by 1")
    )
    assert weekly == {item: 7 * units for item, (units, _) in corner_shop.PRODUCTS.items()}
    # What nobody buys is the least healthy of all.
    health = "select count(*), (array_agg(product_id order by health_score))[1] from marts.mart_product_health"
    assert stack.query(health) == [(sellers + len(corner_shop.SHOPS), corner_shop.SLOW_PRODUCT)]
    # Early warning has judged every item, and constant demand is outside of its usual range nowhere.
    items = stack.query("select count(*) from core.dim_planning_item")
    assert stack.query("select count(*) from marts.mart_risk_matrix") == items
    assert stack.query("select count(*) from marts.mart_alerts where rule_id like 'demand%'") == [(0,)]
    assert stack.query("select count(distinct kpi_id) from marts.mart_pdca_monthly") == [(6,)]
    assert "127.0.0.1" in output


def test_interrupted_run_leaves_nothing_behind_and_the_next_one_adds_no_raw_row(stack: Stack) -> None:
    before = raw_counts(stack)
    process = stack.start("run", "--company", COMPANY)
    stack.wait_for("ingest_extracts: running", process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert stack.processes() == []
    # A task that began in the moment in which its run was ended holds its slot, and nobody looks for it.
    left = """
        update task_instance set state = 'running', pool = 'ml_train', start_date = now()
        where id = (
            select task_instance.id from task_instance inner join dag_run using (dag_id, run_id)
            where dag_run.state = 'failed' order by dag_run.id desc limit 1
        )
        returning 1
    """
    assert stack.query(left, "airflow") == [(1,)]
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
    assert stack.processes() == []
    assert stack.query("select count(*) from task_instance where state in ('running', 'queued')", "airflow") == [(0,)]
    assert raw_counts(stack) == before
    done = Counter(dag_id for dag_id, state in runs(stack) if state == "success")
    assert {dag_id: done[dag_id] for dag_id in CHAIN[1:]} == dict.fromkeys(CHAIN[1:], 2)


def test_broken_delivery_stops_at_the_gate_and_marts_keep_their_state(stack: Stack) -> None:
    day = corner_shop.LAST_DAY + timedelta(days=1)
    corner_shop.write_broken_delivery(stack.state_dir / "landing", day)
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 1, output
    assert stack.processes() == []
    assert stack.query("select gate_status from ops.batches order by batch_id desc limit 1") == [("rejected",)]
    failures = "select count(*) from ops.quality_results where not success and severity = 'critical'"
    assert stack.query(failures)[0][0] > 0
    assert mart_sales(stack) == (corner_shop.line_count(), corner_shop.net_sales())
    # What is shown of the log is the reason, and not how Great Expectations loads.
    assert "Failed: ingest_extracts.check_raw" in output
    assert "critical expectation(s) failed" in output
    assert "Skipping registering" not in output


def test_corrected_delivery_is_loaded_beside_a_refused_file_that_the_report_names(stack: Stack) -> None:
    day = corner_shop.LAST_DAY + timedelta(days=1)
    corner_shop.write_day(stack.state_dir / "landing", day)
    broken = stack.state_dir / "landing" / COMPANY / "till" / f"sales_extra_{day}.csv.gz"
    broken.write_bytes(b"\x1f\x8b this is no gzip")
    code, output = stack.run("run", "--company", COMPANY)
    broken.unlink()
    assert code == 1, output
    assert broken.name in output
    # The rest of the delivery is published.
    per_day = len(corner_shop.SHOPS) * len(corner_shop.PRODUCTS)
    assert mart_sales(stack)[0] == corner_shop.line_count() + per_day
    # Both runs of the week know the same last complete week, which still has one row per item.
    weeks = "select count(*), count(distinct (product_id, planning_location_id, week_start_date))"
    ((rows, keys),) = stack.query(f"{weeks} from marts.mart_sku_indicators_weekly")
    assert rows == keys


def test_analyst_reads_marts_and_writes_nothing(stack: Stack) -> None:
    with stack.login("analyst") as connection:
        weeks = "select count(*) from marts.mart_kpi_weekly where is_complete_week"
        assert connection.execute(weeks).fetchone() == (corner_shop.WEEKS,)
        connection.rollback()
        for statement in (
            "set transaction read write; delete from marts.mart_kpi_weekly",
            "set transaction read write; create table marts.mine (a int)",
            "select value from ops.quarantine",
            "select row_data from ops.quarantine",
            "select * from raw.customers",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
            connection.rollback()
