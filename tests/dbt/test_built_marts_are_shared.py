"""What a build leaves to its readers: marts by role and region, and no identifier of a customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import alert_days
import psycopg
import pytest
from psycopg import sql
from raw_rows import deliver, query, sale

from planning.alerts import source
from warehouse import logins
from warehouse.connection import Role, connect, warehouse_url
from warehouse.layers import build_after_alerts, build_all
from warehouse.publish import publish_all
from warehouse.settings import Settings
from warehouse.sharing import DEALER_MARTS, Audience

pytestmark = pytest.mark.integration

COMPANY, DAY = "corner_shop", "2024-01-31"
CUSTOMER = "anna-4711@example.org"
# Tea sells in the North only, pots in the South; a market stall has no region.
PLACES = {"north": "North", "south": "South", "stall": None}


@pytest.fixture(scope="module")
def built(module_warehouse: Settings) -> Settings:
    attributes = {"uom": "EA", "status": "active", "is_stocked": True, "standard_cost": 1, "currency": "USD"}
    count = {"snapshot_date": DAY, "stock_condition": "unrestricted", "on_hand_quantity": 5, "currency": "USD"}
    deliver(
        COMPANY,
        DAY,
        {
            "locations": [
                {"location_id": place, "location_name": place, "location_type": "store", "region": region}
                for place, region in PLACES.items()
            ],
            "products": [{"product_id": "tea", "product_name": "Tea", "list_price": 2} | attributes],
            "customers": [{"customer_id": CUSTOMER, "customer_type": "person", "customer_name": "Anna"}],
            "sales_lines": [
                sale("s1", "2024-01-10", "tea", 1, location_id="north", customer_id=CUSTOMER),
                sale("s2", "2024-01-11", "tea", 2, location_id="north"),
                sale("s3", "2024-01-12", "tea", 4, location_id="south", customer_id=CUSTOMER),
                sale("s4", "2024-01-13", "tea", 8, location_id="stall", customer_id="never registered"),
            ],
            "inventory_snapshots": [
                count | {"location_id": place, "product_id": "tea", "uom": "EA"} for place in PLACES
            ],
        },
    )
    build_all(COMPANY)
    return module_warehouse


@pytest.fixture
def dealer(built: Settings) -> Iterator[psycopg.Connection]:
    """A dealer of the North, logged in."""
    with connect(Role.OWNER) as owner:
        password = logins.grant_access(owner, "dealer_north", Audience.DEALER, [(COMPANY, "North")])
    with psycopg.connect(warehouse_url(Role.OWNER), user="dealer_north", password=password) as connection:
        yield connection
    with connect(Role.OWNER) as owner:
        logins.revoke_access(owner, "dealer_north")


def tables(connection: psycopg.Connection) -> dict[str, int]:
    return dict(
        connection.execute("select relname, oid::bigint from pg_class where relnamespace = 'marts'::regnamespace")
    )


def seen(dealer: psycopg.Connection) -> tuple[object, object]:
    """What the dealer finds in sales and in stock."""
    sales = dealer.execute(
        "select location_id, sum(sold_quantity)::int from marts.mart_sales_daily group by 1"
    ).fetchall()
    stock = dealer.execute("select location_id, on_hand_quantity::int from marts.mart_stock_status").fetchall()
    dealer.rollback()
    return sales, stock


def test_dealer_sees_its_region_in_marts_of_a_new_form_too(dealer: psycopg.Connection) -> None:
    assert seen(dealer) == ([("north", 3)], [("north", 5)])
    with connect(Role.TRANSFORMER) as connection:
        before = tables(connection)
        connection.execute("alter table marts.mart_sales_daily add column of_an_earlier_form integer")
        connection.execute("drop table marts.mart_stock_status")
    publish_all()
    with connect(Role.TRANSFORMER) as connection:
        after = tables(connection)
    assert all(after[mart] != before[mart] for mart in DEALER_MARTS), "both were made anew"
    assert seen(dealer) == ([("north", 3)], [("north", 5)])
    assert query("select sum(sold_quantity)::int from marts.mart_sales_daily") == [(15,)]


def test_every_built_mart_is_protected(built: Settings) -> None:
    rows = query(
        "select relname, relrowsecurity and relforcerowsecurity, has_table_privilege('dealer', oid, 'select'), "
        "has_table_privilege('planner', oid, 'select') from pg_class "
        "where relnamespace = 'marts'::regnamespace and relkind = 'r'"
    )
    assert len(rows) >= len(DEALER_MARTS)
    assert all(is_forced and planner for _, is_forced, _, planner in rows)
    assert {name for name, _, is_open, _ in rows if is_open} == DEALER_MARTS


def test_analyst_finds_no_identifier_of_a_customer(built: Settings) -> None:
    with connect(Role.ANALYST, autocommit=True) as analyst:
        columns = analyst.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where table_schema = any(array['core', 'marts', 'ml']) and data_type = 'text'"
        ).fetchall()
        assert ("core", "dim_customer", "customer_id") in columns
        for schema, table, column in columns:
            statement = sql.SQL("select count(*) from {} where {} = any(%s)").format(
                sql.Identifier(schema, table), sql.Identifier(column)
            )
            found = analyst.execute(statement, [[CUSTOMER, "never registered", "Anna"]]).fetchone()
            assert found == (0,), f"{schema}.{table}.{column}"
        assert analyst.execute("select count(success) from ops.quality_results").fetchone() is not None
        for closed in (
            "ops.quality_results",
            "marts_build.mart_sales_daily",
            "app.masking_key",
            "raw.customers",
            "staging.stg_customers",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"select * from {closed}")  # type: ignore[arg-type]


def test_pseudonyms_join_facts_to_customers_and_need_the_key(built: Settings) -> None:
    ((key,),) = query("select masking_key from app.masking_key")
    expected = hashlib.sha256(f"{key}|{COMPANY}|{CUSTOMER}".encode()).hexdigest()[:16]
    with connect(Role.ANALYST) as analyst:
        rows = analyst.execute(
            """
            select customers.customer_id, sum(lines.quantity)::int
            from core.fct_sales_lines as lines
            inner join core.dim_customer as customers using (customer_key)
            group by 1 order by 2
            """
        ).fetchall()
    # One sale is anonymous, and one of a customer that no master names.
    assert sorted(rows) == sorted([(expected, 5), ("unknown", 10)])
    assert query("select count(distinct customer_id) from core.fct_sales_lines") == [(3,)]


def test_decisions_of_planners_come_back_as_a_source(built: Settings) -> None:
    with connect(Role.OWNER) as owner:
        password = logins.grant_access(owner, "planner_paul", Audience.PLANNER)
    with psycopg.connect(warehouse_url(Role.OWNER), user="planner_paul", password=password) as paul:
        paul.execute(
            """
            insert into app.planner_actions (company_id, action_type, object_type, object_key, new_value, reason)
            values (
                %s, 'override', 'mart_forecast_weekly',
                '{"product_id": "tea", "planning_location_id": "ALL", "week_start_date": "2024-01-08"}',
                '{"override_quantity": 7}', 'a fair'
            )
            """,
            [COMPANY],
        )
    rows = query("select created_by, new_value ->> 'override_quantity', reason from staging.stg_planner_actions")
    assert rows == [("planner_paul", "7", "a fair")]
    with connect(Role.OWNER) as owner:
        logins.revoke_access(owner, "planner_paul")


def test_dates_that_are_not_there_are_not_judged(built: Settings) -> None:
    with connect(Role.ADVISOR) as advisor:
        assert source.unready(advisor, COMPANY, date.fromisoformat(DAY)) is None
        for day in (date(2030, 1, 1), date(2010, 1, 1)):
            assert "core.fct_demand_weekly has nothing of" in (source.unready(advisor, COMPANY, day) or "")
        assert source.unready(advisor, "without stock and sales", date(2030, 1, 1)) is None


def test_session_of_a_planner_shows_in_the_ledger_the_figures_and_the_limits(built: Settings) -> None:
    days = [date(2024, 1, 7) + timedelta(weeks=week) for week in range(4)]
    levels = dict.fromkeys(["tea", "pot", "cup", "jar"], "yellow")
    with connect(Role.OWNER) as owner:
        password = logins.grant_access(owner, "planner_pia", Audience.PLANNER)
    alert_days.evaluate_day(COMPANY, days[0], levels)
    ids = alert_days.alert_ids(COMPANY)
    with psycopg.connect(warehouse_url(Role.OWNER), user="planner_pia", password=password) as pia:
        pia.execute("set transaction read write")
        alert_days.decide(pia, COMPANY, ids["tea"], decision="accept")
        for product in ("pot", "cup", "jar"):
            alert_days.decide(pia, COMPANY, ids[product], decision="reject")
    for day in days[1:3]:
        alert_days.evaluate_day(COMPANY, day, levels)
    # The danger to the tea is over after two weeks without a signal.
    alert_days.evaluate_day(COMPANY, days[3], dict.fromkeys(["pot", "cup", "jar"], "yellow"))
    build_after_alerts(COMPANY, date.fromisoformat(DAY))

    ledger = query(
        "select product_id, status, decision, decided_by, decision_reason, streak::int from marts_build.mart_alerts "
        "order by product_id"
    )
    why = ("planner_pia", "as seen in the shop")
    assert ledger == [
        *((product, "rejected", "reject", *why, 4) for product in ("cup", "jar", "pot")),
        ("tea", "acknowledged", "accept", *why, 3),
    ]
    figures = dict(
        query("select kpi_id, numerator::int || ' of ' || denominator::int from marts_build.mart_pdca_monthly")
    )
    # One of four was right, all four were decided at once, nothing has ended.
    assert figures["precision_pct"] == "1 of 4"
    assert figures["response_hours"] == "0 of 4"
    assert figures["handling_days"] is None
    # All were at 1.2 times the limit, one of them rightly: a limit beyond would lose it, so it stays.
    assert query("select count(*) from plan.alert_limits") == [(0,)]
    with connect(Role.OWNER, autocommit=True) as owner:
        alert_days.forget(owner, COMPANY)
        logins.revoke_access(owner, "planner_pia")
