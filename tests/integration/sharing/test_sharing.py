"""Who sees what, found out by logging in as each: every mart, the rows of dealers, the decisions of planners."""

from __future__ import annotations

import psycopg
import pytest
from people import MALL, SHOP, TOTAL, People, create_mart, refused
from psycopg import sql
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege

from warehouse import schemas, sharing
from warehouse.connection import Role, connect
from warehouse.settings import Settings
from warehouse.sharing import Audience

pytestmark = pytest.mark.integration

EVERYBODY = {Audience.PURCHASING, Audience.SALES, Audience.WAREHOUSE, Audience.PLANNER}
# Who reads the marts of a folder of dbt_project/models/marts; a new folder is decided on here.
READERS = {
    "company": {Audience.SALES, Audience.PLANNER},
    "forecasting": {Audience.SALES, Audience.PLANNER},
    "inventory": {Audience.PURCHASING, Audience.WAREHOUSE, Audience.PLANNER},
    "logistics": {Audience.WAREHOUSE, Audience.PLANNER},
    "operations": EVERYBODY,
    "planning": {Audience.PLANNER},
    "purchasing": {Audience.PURCHASING, Audience.PLANNER},
    "sales": {Audience.SALES, Audience.PLANNER},
}
DEALER_READS = {"mart_stock_status", "mart_sales_daily"}
KEY = '{"product_id": "tea", "planning_location_id": "ALL", "week_start_date": "2024-01-08"}'
VALUE = '{"override_quantity": 14}'
OVERRIDE = """
insert into app.planner_actions (company_id, action_type, object_type, object_key, new_value, reason)
values (%s, 'override', 'mart_forecast_weekly', %s, %s, %s)
"""


def counts(connection: psycopg.Connection, names: set[str]) -> dict[str, int]:
    """Rows of each mart that may be read at all."""
    found = {}
    for name in sorted(names):
        try:
            row = connection.execute(sql.SQL("select count(*) from marts.{}").format(sql.Identifier(name))).fetchone()
        except InsufficientPrivilege:
            continue
        assert row
        found[name] = row[0]
    return found


@pytest.mark.parametrize("audience", sorted(EVERYBODY))
def test_each_role_reads_its_marts_and_no_other(
    people: People, marts: set[str], warehouse: Settings, audience: Audience
) -> None:
    paths = (warehouse.project_dir / "dbt_project" / "models" / "marts").rglob("*.sql")
    expected = {path.stem for path in paths if audience in READERS[path.parent.name]}
    assert len(expected) > 1
    with people.connect(audience) as connection:
        assert counts(connection, marts) == dict.fromkeys(expected, TOTAL)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MODELER, Role.TRANSFORMER, Role.OWNER])
def test_service_roles_read_every_row(marts: set[str], role: Role) -> None:
    with connect(role, autocommit=True) as connection:
        assert counts(connection, marts) == dict.fromkeys(marts, TOTAL)


def test_every_mart_is_under_forced_row_level_security(marts: set[str]) -> None:
    with connect(Role.OWNER) as owner:
        rows = owner.execute(
            "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r' "
            "and relrowsecurity and relforcerowsecurity"
        ).fetchall()
    assert {row[0] for row in rows} == marts


def test_dealer_sees_its_own_regions_in_every_mart_it_may_read(people: People, marts: set[str]) -> None:
    with people.connect(Audience.DEALER, (SHOP, "North")) as north:
        assert counts(north, marts) == dict.fromkeys(DEALER_READS, 2)
        for name in DEALER_READS:
            rows = north.execute(f"select distinct company_id, region from marts.{name}").fetchall()  # type: ignore[arg-type]
            assert rows == [(SHOP, "North")]
    with people.connect(Audience.DEALER, (SHOP, "South"), (MALL, "North")) as both:
        assert counts(both, marts) == dict.fromkeys(DEALER_READS, 3 + 5)
    with people.connect(Audience.DEALER) as nobody:
        assert counts(nobody, marts) == dict.fromkeys(DEALER_READS, 0)


def test_dealer_finds_no_way_around(people: People) -> None:
    with people.connect(Audience.DEALER, (SHOP, "North")) as dealer:
        # A condition that fails on a foreign row would tell that there is one.
        leaky = (
            "select count(*) from marts.mart_stock_status where 1 / (case when region = 'South' then 0 else 1 end) = 1"
        )
        assert dealer.execute(leaky).fetchone() == (2,)
        assert dealer.execute("select count(*) from marts.mart_stock_status where region = 'South'").fetchone() == (0,)
        shown = dealer.execute("select login from app.dealer_regions").fetchall()
        assert {login for (login,) in shown} == {dealer.info.user}
        statistics = dealer.execute(
            "select count(*) from pg_stats where schemaname = 'marts' and tablename = 'mart_stock_status'"
        )
        assert statistics.fetchone() == (0,), "the most common values would name foreign regions"
        dealer.execute("set role dealer")
        assert dealer.execute("select count(*) from marts.mart_stock_status").fetchone() == (0,)
        dealer.execute("reset role")
        dealer.execute("set row_security = off")
        refused(dealer, "select count(*) from marts.mart_stock_status")
        dealer.execute("set row_security = on")
        # Read-only is where a session starts; the rights do not hang on it.
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            dealer.execute("create table marts.mine ()")
        dealer.execute("set default_transaction_read_only = off")
        for role in (Role.ANALYST, Role.TRANSFORMER, Audience.PLANNER):
            refused(dealer, f"set role {role}")
        refused(dealer, "alter table marts.mart_stock_status disable row level security")
        refused(dealer, "create temporary table mine ()")
        refused(dealer, "create function marts.f() returns int language sql as 'select 1'")
        refused(dealer, "update marts.mart_stock_status set region = 'North'")
        refused(dealer, "insert into app.dealer_regions values (%s, %s, 'South')", dealer.info.user, SHOP)
        refused(dealer, "delete from app.dealer_regions")


def test_new_mart_is_closed_until_it_is_known_and_to_dealers_then_too(people: People) -> None:
    with connect(Role.TRANSFORMER, autocommit=True) as transformer:
        create_mart(transformer, "mart_new", {"company_id": "text", "region": "text"})
        try:
            opened = [people.connect(Audience.PLANNER), people.connect(Audience.DEALER, (SHOP, "North"))]
            for connection in opened:
                refused(connection, "select * from marts.mart_new")
            sharing.protect(transformer)
            for connection in opened:
                refused(connection, "select * from marts.mart_new")
            # Even granted by mistake, it shows nobody a row.
            transformer.execute("grant select on marts.mart_new to dealer")
            assert opened[1].execute("select count(*) from marts.mart_new").fetchone() == (0,)
            sharing.protect(transformer)
            refused(opened[1], "select * from marts.mart_new")
            assert transformer.execute("select count(*) from marts.mart_new").fetchone() == (TOTAL,)
        finally:
            transformer.execute("drop table marts.mart_new")


def test_protection_that_is_right_locks_nothing_and_one_that_is_wrong_is_mended(people: People) -> None:
    with connect(Role.TRANSFORMER) as transformer, connect(Role.ANALYST) as reader:
        # A reader in the middle of its work would have to be waited for.
        reader.execute("select count(*) from marts.mart_stock_status")
        transformer.execute("set lock_timeout = '1s'")
        sharing.protect(transformer)
    with connect(Role.TRANSFORMER) as transformer:
        transformer.execute("alter table marts.mart_stock_status no force row level security")
        transformer.execute("drop policy dealer_reads_own_regions on marts.mart_stock_status")
        transformer.execute("create policy open on marts.mart_stock_status using (true)")
        transformer.execute("grant insert on marts.mart_stock_status to dealer")
        transformer.execute("alter policy dealer_reads_own_regions on marts.mart_sales_daily using (true)")
    with people.connect(Audience.DEALER, (SHOP, "North")) as dealer:
        assert counts(dealer, DEALER_READS) == dict.fromkeys(DEALER_READS, TOTAL)
        with connect(Role.TRANSFORMER) as transformer:
            sharing.protect(transformer)
        assert dealer.execute("select count(*) from marts.mart_stock_status").fetchone() == (2,)
        dealer.execute("set default_transaction_read_only = off")
        refused(dealer, "insert into marts.mart_stock_status (company_id) values ('x')")
        schemas.initialize(force=True)
        assert counts(dealer, DEALER_READS) == dict.fromkeys(DEALER_READS, 2)


@pytest.mark.parametrize("audience", Audience)
def test_no_role_reads_what_lies_behind_the_marts(people: People, audience: Audience) -> None:
    with people.connect(audience) as connection:
        connection.execute("set default_transaction_read_only = off")
        for table in (
            "raw.customers",
            "core.dim_location",
            "ops.quarantine",
            "ml.model_registry",
            "marts_build.mart_kpi_weekly",
        ):
            refused(connection, f"select * from {table}")
        refused(connection, "select * from app.masking_key")
        refused(connection, "create table public.mine ()")
        if audience is not Audience.DEALER:
            refused(connection, "select * from app.dealer_regions")
        if audience is not Audience.PLANNER:
            refused(connection, "select * from app.planner_actions")
            refused(connection, OVERRIDE, SHOP, KEY, VALUE, "not a planner")
        row = connection.execute("select current_setting('statement_timeout')").fetchone()
        assert row == ("5min",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(
            '{"product_id": "tea", "week_start_date": "2024-01-08"}', '{"override_quantity": 1}', id="no-place"
        ),
        pytest.param(KEY.replace("2024-01-08", "8 January"), '{"override_quantity": 1}', id="no-date"),
        pytest.param(KEY, '{"quantity": 1}', id="other-name"),
        pytest.param(KEY, '{"override_quantity": "many"}', id="text"),
        pytest.param(KEY, '{"override_quantity": -1}', id="negative"),
        pytest.param(KEY, '{"override_quantity": 1e20}', id="too-many"),
        pytest.param(KEY, "[7]", id="list"),
    ],
)
def test_override_of_a_forecast_without_effect_is_refused(people: People, key: str, value: str) -> None:
    with people.connect(Audience.PLANNER) as planner:
        with pytest.raises(psycopg.errors.CheckViolation, match="forecast_override_names_a_week_and_a_quantity"):
            planner.execute(OVERRIDE, [MALL, key, value, "a slip"])
        planner.execute(OVERRIDE, [MALL, KEY, None, "taken back"])


def test_planner_writes_decisions_down_and_never_changes_them(people: People) -> None:
    with people.connect(Audience.PLANNER) as planner:
        login = planner.info.user
        planner.execute(OVERRIDE, [SHOP, KEY, VALUE, "a fair is in town"])
        # Whatever hat a session puts on, the login is written down.
        planner.execute("set role planner")
        planner.execute(OVERRIDE, [SHOP, KEY, VALUE, "still me"])
        planner.execute("reset role")
        rows = planner.execute(
            "select created_by, reason from app.planner_actions where company_id = %s order by action_id", [SHOP]
        ).fetchall()
        assert rows == [(login, "a fair is in town"), (login, "still me")]
        columns = "insert into app.planner_actions (company_id, action_type, object_type, object_key, reason, "
        values = f"values ('{SHOP}', 'override', 'mart_x', '{{}}', 'mine', "
        for column, value in (("created_by", "'boss'"), ("created_at", "'2020-01-01'"), ("action_id", "1")):
            refused(
                planner, f"{columns}{column}) {'overriding system value ' * (column == 'action_id')}{values}{value})"
            )
        refused(planner, "update app.planner_actions set reason = 'other'")
        refused(planner, "delete from app.planner_actions")
        refused(planner, "truncate app.planner_actions")
        refused(planner, "insert into marts.mart_stock_status (company_id) values ('x')")
        refused(planner, "insert into ops.policies values ('x', 'y', 'z')")
        with pytest.raises(ForeignKeyViolation):
            planner.execute(OVERRIDE, ["no_such_company", KEY, VALUE, "a slip"])
        with pytest.raises(psycopg.errors.CheckViolation):
            planner.execute(OVERRIDE, [SHOP, KEY, VALUE, " "])
    with people.connect(Audience.PLANNER) as colleague:
        assert colleague.execute(
            "select count(*) from app.planner_actions where company_id = %s", [SHOP]
        ).fetchone() == (2,)
    with connect(Role.TRANSFORMER) as transformer:
        counted = transformer.execute("select count(*) from app.planner_actions where company_id = %s", [SHOP])
        assert counted.fetchone() == (2,)
        refused(transformer, "delete from app.planner_actions")
    with connect(Role.ANALYST) as analyst:
        refused(analyst, "select * from app.planner_actions")
