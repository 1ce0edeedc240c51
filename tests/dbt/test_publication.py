"""What readers of the marts see: one state or the next, of one company at a time, and any past state again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
import pytest
from mart_readers import State, current, readers
from raw_rows import deliver, query, sale

from warehouse import builds, past, publish, thresholds
from warehouse.batches import set_gate_status
from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.fingerprint import project_fingerprint
from warehouse.merging import UnpublishableMartError
from warehouse.policy import Policy
from warehouse.settings import Settings

SHOP, KIOSK = "corner_shop", "kiosk"
FIRST, SECOND = date(2024, 1, 31), date(2024, 2, 1)
SHOP_READS = "company_id = 'corner_shop'"

pytestmark = pytest.mark.integration


def goods(name: str) -> dict[str, list[dict[str, object]]]:
    days = [FIRST - timedelta(days=back) for back in range(30)]
    product = {"product_id": "tea", "product_name": name, "uom": "EA", "status": "active", "is_stocked": True}
    stock = {"location_id": "shop", "product_id": "tea", "stock_condition": "unrestricted", "uom": "EA"}
    return {
        "locations": [{"location_id": "shop", "location_name": "Shop", "location_type": "store"}],
        "products": [product | {"standard_cost": 1, "list_price": 2, "currency": "USD"}],
        "sales_lines": [sale(f"sale-{day}", str(day), "tea", 1) for day in days],
        "inventory_snapshots": [stock | {"snapshot_date": str(days[-1]), "on_hand_quantity": 40, "currency": "USD"}],
    }


def build(*companies: str, day: date) -> None:
    ids = [claim_batches(company, day) for company in companies]
    for company, build_id in zip(companies, ids, strict=True):
        start_build(build_id)
        run_dbt(["run"], company, day, build_id)
        complete_build(build_id)


def hold_back(company: str, day: date) -> int:
    """A batch that the gate rejects: two rows loaded, one of three quarantined, one expectation not met."""
    batch_id = deliver(company, str(day), {"sales_lines": [sale("bad", str(day), "tea", 1000)]}, "rejected")
    with connect(Role.LOADER) as connection:
        connection.execute(
            "update ops.load_ledger set entity = 'sales_lines', status = 'rejected', rows_read = 3, rows_loaded = 2, "
            "rows_quarantined = 1 where batch_id = %s",
            [batch_id],
        )
        connection.execute(
            "insert into ops.quarantine (batch_id, company_id, source_system, entity, source_file, rule, reason) "
            "values (%s, %s, 'test', 'sales_lines', 'delivery', 'type', 'no number')",
            [batch_id, company],
        )
        judge(connection, company, batch_id, success=False)
    return batch_id


def judge(connection: psycopg.Connection, company: str, batch_id: int, *, success: bool) -> None:
    connection.execute(
        """
        insert into ops.quality_results (
            run_id, company_id, business_date, batch_id, checkpoint_name, suite_name, expectation_type, severity,
            success
        ) values ('manual', %s, %s, %s, 'raw', 'raw_sales_lines', 'volume', 'critical', %s)
        """,
        [company, SECOND, batch_id, success],
    )


def ask() -> subprocess.CompletedProcess[str]:
    """What a person is told who publishes by hand."""
    return subprocess.run([sys.executable, "-m", "warehouse", "publish"], capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class History:
    """What was seen of two companies over two days."""

    first: State
    built: State
    second: State
    kiosk_first: State
    kiosk_before_its_own: State
    polls: list[State]
    errors: list[BaseException]


@pytest.fixture(scope="module")
def history(module_warehouse: Settings) -> History:
    deliver(SHOP, str(FIRST), goods("Tea"))
    deliver(KIOSK, str(FIRST), goods("Kiosk tea"))
    build(SHOP, KIOSK, day=FIRST)
    for company in (SHOP, KIOSK):
        assert publish.publish(company, FIRST)
    first, kiosk_first = current(SHOP), current(KIOSK)
    corrected = {"sales_lines": [sale("sale-2024-01-31", str(FIRST), "tea", 5), sale("new", str(SECOND), "tea", 2)]}
    held_back = hold_back(SHOP, SECOND)
    deliver(SHOP, str(SECOND), corrected)
    deliver(KIOSK, str(SECOND), corrected)
    with connect(Role.LOADER) as connection:
        thresholds.write(connection, SHOP, Policy().texts() | {"stock.understock_cover_days": "80"})
    build(SHOP, KIOSK, day=SECOND)
    built = current(SHOP)
    with readers(SHOP, 3) as working:
        assert publish.publish(SHOP, SECOND)
    polls = [seen for reader in working for seen in reader.seen]
    errors = [error for reader in working for error in reader.errors]
    # What is decided later was not known then.
    set_gate_status(held_back, "released", "it was right after all")
    with connect(Role.LOADER) as connection:
        judge(connection, SHOP, held_back, success=True)
    return History(first, built, current(SHOP), kiosk_first, current(KIOSK), polls, errors)


def test_readers_see_one_state_or_the_next(history: History) -> None:
    assert history.errors == []
    assert history.built == history.first, "what is only built is not seen"
    changed = {mart for mart in history.first if history.first[mart] != history.second[mart]}
    assert {"mart_sales_daily", "mart_kpi_weekly", "mart_stock_status", "mart_sku_indicators_weekly"} <= changed
    mixed = [poll for poll in history.polls if poll not in (history.first, history.second)]
    assert mixed == []
    assert history.first in history.polls
    assert history.second in history.polls


def test_a_company_is_published_by_itself(history: History) -> None:
    assert history.kiosk_before_its_own == history.kiosk_first
    assert publish.publish(KIOSK, SECOND)
    # Both companies sold the same; their thresholds differ.
    sold = "select company_id, sum(net_sales_amount) from marts.mart_sales_daily group by 1 order by 1"
    assert query(sold) == [(SHOP, 72), (KIOSK, 72)]


@pytest.mark.usefixtures("history")
def test_a_publication_has_the_date_that_the_marts_contain() -> None:
    done = publish.publish(KIOSK, FIRST)
    assert done
    recorded = f"select business_date, batches from ops.publications where publication_id = {done.publication_id}"
    batches = "select range_agg(int8range(batch_id, batch_id, '[]')) from ops.batches where company_id = 'kiosk'"
    assert query(recorded) == [(SECOND, query(batches)[0][0])]


@pytest.mark.usefixtures("history")
def test_published_rows_are_the_built_ones_and_counted() -> None:
    for mart, rows in query("select mart_name, row_count from ops.published_marts where " + SHOP_READS):
        assert query(f"select count(*) from marts.{mart} where {SHOP_READS}") == [(rows,)], mart
    for (mart,) in query("select tablename from pg_tables where schemaname = 'marts'"):
        difference = f"(table marts_build.{mart} except table marts.{mart}) union all "
        difference += f"(table marts.{mart} except table marts_build.{mart})"
        assert query(f"select * from ({difference}) as d where {SHOP_READS}") == [], mart


@pytest.mark.parametrize(("day", "understocked"), [(FIRST, 0), (SECOND, 1)], ids=["first-day", "second-day"])
def test_a_past_state_is_built_again(history: History, day: date, understocked: int) -> None:
    done = past.rebuild(SHOP, day)
    assert [mart for mart in done.marts if not mart.is_equal] == []
    assert len(done.marts) == len(history.first)
    assert (done.business_date, done.same_models) == (day, True)
    # Stock of 40 at some one a day lasts longer than the 7 days of then, and less than the 80 of the second day.
    status = "select count(*) from marts_build_as_of.mart_stock_status where stock_status = 'understocked'"
    assert query(status) == [(understocked,)]
    quality = (
        "select files_held_back_count, rows_held_back, main_rules, critical_failed_count, verdict, quality_status "
    )
    quality += "from marts_build_as_of.mart_data_quality_daily where entity = 'sales_lines'"
    assert query(quality) == ([(1, 2, "type 1", 1, "held_back", "bad")] if day == SECOND else [])
    fresh = "select business_date, age_days, expected_source from marts_build_as_of.mart_data_freshness"
    assert query(fresh) == [(day, 0, "none")]
    assert query("select count(*) from pg_tables where schemaname = 'core_as_of'") == [(0,)]


@pytest.mark.usefixtures("history")
def test_a_state_before_the_first_publication_is_unknown() -> None:
    with pytest.raises(past.NothingPublishedError, match="the first is of 2024-01-31"):
        past.rebuild(SHOP, date(2024, 1, 30))


def test_a_mart_in_a_new_form_waits_for_its_readers(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("alter table marts_build.mart_kpi_weekly add column note text default 'new'")
    monkeypatch.setattr(publish, "LOCK_SECONDS", 1)
    monkeypatch.setattr(publish, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(publish, "ATTEMPTS", 1)
    before = query("select count(*) from ops.publications")
    with connect(Role.ANALYST) as reader:
        reader.execute("select * from marts.mart_kpi_weekly")
        with pytest.raises(publish.PublicationError, match="somebody has been reading"):
            publish.publish(SHOP, SECOND)
        assert query("select count(*) from ops.publications") == before
    assert publish.publish(SHOP, SECOND)
    with connect(Role.ANALYST) as connection:
        rows = connection.execute("select company_id, max(note) from marts.mart_kpi_weekly group by 1 order by 1")
        assert rows.fetchall() == [(SHOP, "new"), (KIOSK, "new")], "a new table needs the rows of every company"
    assert query("select obj_description('marts.mart_kpi_weekly'::regclass) like 'One row per%'") == [(True,)]


@pytest.mark.usefixtures("history")
def test_the_project_that_built_is_known_not_the_one_that_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    edited = "edited after the build"
    monkeypatch.setattr(builds, "project_fingerprint", lambda: edited)
    done = publish.publish(KIOSK, SECOND)
    assert done
    recorded = "select project_fingerprint from ops.publications where publication_id = "
    assert query(f"{recorded}{done.publication_id}") == [(project_fingerprint(),)]
    assert builds.is_built(project_fingerprint())
    start_build("edited")
    assert not builds.is_built(edited), "its tests may fail"
    complete_build("edited")
    assert builds.is_built(edited)
    with connect(Role.OWNER) as connection:
        connection.execute("delete from ops.builds where build_id = 'edited'")


@pytest.fixture
def mart_without_a_key(history: History) -> Iterator[None]:
    key = "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index "
    ((name, definition),) = query(key + "where indrelid = 'marts_build.mart_kpi_weekly'::regclass and indisunique")
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(f"drop index {name}")
    yield
    with connect(Role.TRANSFORMER) as connection:
        connection.execute(definition)


@pytest.mark.usefixtures("mart_without_a_key")
def test_a_mart_without_a_key_is_not_published() -> None:
    before = current(SHOP)
    with pytest.raises(UnpublishableMartError, match="mart_kpi_weekly has no unique index"):
        publish.publish(SHOP, SECOND)
    assert current(SHOP) == before
    asked = ask()
    assert (asked.returncode, asked.stderr[:34]) == (1, "error: mart_kpi_weekly has no uniq")
    assert "Traceback" not in asked.stderr


@pytest.mark.usefixtures("history")
def test_what_is_no_model_is_taken_away() -> None:
    left = ["marts.mart_renamed", "marts_build.mart_renamed", "marts_build.mart_x__dbt_backup"]
    with connect(Role.TRANSFORMER) as connection:
        for table in left:
            connection.execute(f"create table {table} as select 'corner_shop' as company_id")
        connection.execute("insert into ops.published_marts values ('corner_shop', 'mart_renamed', 1, 1, 1)")
        connection.execute("create view marts_build.of_somebody as select * from marts_build.mart_renamed")
    with pytest.raises(publish.PublicationError, match=r"view marts_build.of_somebody depends on .*mart_renamed: drop"):
        publish.publish(SHOP, SECOND)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("drop view marts_build.of_somebody")
    assert publish.publish(SHOP, SECOND, ["mart_stock_status"])
    assert [table for table in left if query(f"select to_regclass('{table}')") == [(None,)]] == []
    assert publish.publish(SHOP, SECOND)
    assert [table for table in left if query(f"select to_regclass('{table}')") != [(None,)]] == []
    assert query("select * from ops.published_marts where mart_name = 'mart_renamed'") == []


@pytest.mark.usefixtures("history")
def test_the_command_says_what_is_missing() -> None:
    with connect(Role.OWNER, autocommit=True) as owner:
        owner.execute("alter table ops.published_marts rename to gone")
        try:
            asked = ask()
        finally:
            owner.execute("alter table ops.gone rename to published_marts")
    assert asked.returncode == 1
    assert asked.stderr.startswith("error: the warehouse lacks what this version needs")


@pytest.mark.usefixtures("history")
def test_a_build_under_way_or_failed_is_not_shown() -> None:
    deliver(SHOP, "2024-02-02", {"sales_lines": [sale("later", "2024-02-02", "tea", 1)]})
    build_id = claim_batches(SHOP, date(2024, 2, 2))
    for day in (SECOND, date(2024, 2, 2), date(2024, 2, 3)):
        assert publish.publish(SHOP, day) is None
    counted = "select company_id, count(*) from ops.publications group by 1"
    before = dict(query(counted))
    asked = ask()
    assert asked.returncode == 1
    assert f"{SHOP} is not published: build {build_id} is under way, or failed" in asked.stdout
    assert asked.stderr.startswith(f"error: {SHOP}: a build is under way, or failed")
    assert dict(query(counted)) == {SHOP: before[SHOP], KIOSK: before[KIOSK] + 1}, "the other company is shown"
