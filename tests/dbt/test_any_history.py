"""Whatever batches came in whatever order: the incremental tables and all that follows equal a full rebuild.

Each drawn history is a company of its own, so that all of them share the builds: one per batch, and the full one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from histories import BATCHES, FIRST_DAY, History, draw_histories
from raw_rows import deliver, query
from table_contents import contents

from warehouse import thresholds
from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.policy import Policy
from warehouse.settings import Settings
from warehouse.suspect_policy import Suspect

COMPANIES = 100
# Few orders are evidence, and days around them count that are fewer than those of a history.
SUSPECT = Suspect(usual_days=3, usual_sale_days=1, burst_orders=2, burst_factor=0.5, shared_days=1, shared_customers=2,
                  price_factor=3, return_hours=40)  # fmt: skip
POLICY = Policy(suspect=SUSPECT)
STRICT = Policy(suspect=SUSPECT.model_copy(update={"limit": 0.9, "usual_days": 2}))
# Where demand is planned moves between builds, and takes the past along.
LEVELS = ("store", "dc", "company")

BUILD = "all@all"
PUBLISHED = """
    insert into ops.publications
        (company_id, business_date, project_fingerprint, batches, company, policies, model_statuses)
    values ('all', current_date, '', '{}', '{}', '{}', '{}')
"""

# What is drawn reaches back to the first week more often than not: at last a day comes that all goes on from.
NEW_DAY = (
    "passed",
    {
        "sales_lines": [
            {
                "transaction_id": "last", "line_number": 1, "sale_date": "2024-02-09", "sold_at": "2024-02-09 12:00+00",
                "location_id": "l0", "product_id": "p0", "channel": "store", "quantity": 2, "net_amount": 7,
                "uom": "EA", "currency": "USD",
            }
        ],
        "inventory_snapshots": [
            {
                "snapshot_date": "2024-02-09", "location_id": "l0", "product_id": "p1", "on_hand_quantity": 4,
                "stock_condition": "unrestricted", "uom": "EA", "currency": "USD",
            }
        ],
        "stock_movements": [
            {
                "movement_id": "last", "movement_date": "2024-02-09", "moved_at": "2024-02-09 12:00+00",
                "product_id": "p0", "to_location_id": "l1", "quantity": 3, "movement_type": "receipt", "uom": "EA",
            }
        ],
    },
)  # fmt: skip
REDONE_IN_PART = "count(*) filter (where from_date > first_week_date and from_date < 'infinity') > 100"


pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def load(companies: dict[str, History], number: int) -> list[str]:
    """Deliver one batch of every company, all at once, and claim them."""
    day = FIRST_DAY + timedelta(days=12 + number)
    claimed = []
    for company, history in companies.items():
        place, last = int(company[1:]), min(number, BATCHES - 1)
        status, rows = history[number] if number < BATCHES else NEW_DAY
        dated = {entity: [row | {"_file_date": day} for row in listed] for entity, listed in rows.items()}
        # Other thresholds change verdicts of days that no batch touches.
        limit = POLICY if company < "c50" or number < BATCHES - 2 else STRICT
        deliver(company, str(day), dated, status, limit)
        # What moves makes all anew: most companies keep their places, and show what is redone in part.
        level = LEVELS[(place + (last // 2 if place % 4 == 0 else 0)) % len(LEVELS)]
        with connect(Role.LOADER) as connection:
            thresholds.write(connection, company, limit.texts() | {"planning.location_level": level})
        claimed.append(claim_batches(company, day))
    return claimed


def build(claimed: list[str], number: int, *options: str) -> None:
    """Run the models over what all companies claimed, as one build."""
    day = FIRST_DAY + timedelta(days=12 + number)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("update ops.batches set build_id = %s where build_id = any(%s)", [BUILD, claimed])
    start_build(BUILD)
    run_dbt(["run", *options], "all", day, BUILD)
    complete_build(BUILD)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("update ops.batches set build_id = 'done' where build_id = %s", [BUILD])
        # What is published is not redone by the next build; the second is not.
        if number != 1:
            connection.execute(PUBLISHED)


@pytest.fixture(scope="module")
def both(module_warehouse: Settings) -> tuple[dict[str, History], Any, Any]:
    companies = {f"c{number:02}": history for number, history in enumerate(draw_histories(COMPANIES))}
    for number in range(BATCHES):
        build(load(companies, number), number)
    # Nothing of theirs has to be made anew whole, so that tables are read from the weeks on that they say they need.
    sellers = query("select distinct company_id from intermediate.int_locations_selling where location_id = 'l0'")
    build(load({company: companies[company] for (company,) in sellers if company in companies}, BATCHES), BATCHES)
    incremental = contents(companies)
    # Else the builds would have redone all items whole.
    assert query(f"select {REDONE_IN_PART} from intermediate.int_planning_items_affected") == [(True,)]
    run_dbt(["run", "--full-refresh"], "all", FIRST_DAY)
    return companies, incremental, contents(companies)


def test_incremental_tables_equal_a_full_rebuild(both: tuple[dict[str, History], Any, Any]) -> None:
    companies, incremental, full = both
    differing = {
        company: sorted(".".join(table) for table in found.keys() | full[company].keys()
                        if found.get(table) != full[company].get(table))
        for company, found in incremental.items()
        if found != full[company]
    }  # fmt: skip
    first = next(iter(differing), None)
    assert not differing, f"{differing}; the history of {first}: {companies[first] if first else None}"


def test_the_histories_are_worth_it(both: tuple[dict[str, History], Any, Any]) -> None:
    """They reach the facts, re-open days, delete and reject: a comparison of empty tables would show nothing."""
    assert query("select count(*) > 100 from core.fct_sales_lines") == [(True,)]
    assert query("select count(*) > 100 from core.fct_inventory_daily") == [(True,)]
    for fact in ("fct_web_sessions", "fct_competitor_prices_daily", "fct_stock_lots"):
        assert query(f"select count(*) > 100 from core.{fact}") == [(True,)], fact
    # A quarter of the companies keeps no documents of returns.
    assert query("select count(*) > 50 from core.fct_returns") == [(True,)]
    assert query("select count(*) > 20 from staging.stg_shipments where is_deleted") == [(True,)]
    repeated = (
        "select count(*) > 50 from (select 1 from raw.sales_lines where is_deleted is not true group by company_id,"
    )
    assert query("select count(*) > 50 from intermediate.int_stock_budgeted_monthly") == [(True,)]
    assert query(f"{repeated} transaction_id, line_number having count(distinct _batch_id) > 1) as keys") == [(True,)]
    assert query("select count(*) > 20 from staging.stg_sales_lines where is_deleted") == [(True,)]
    assert query("select count(*) > 20 from ops.batches where gate_status = 'rejected'") == [(True,)]
    for evidence in ("burst", "shared", "price", "return"):
        found = f"select count(*) > 0 from core.fct_suspect_transactions where {evidence}_score > 0.5"
        assert query(found) == [(True,)], evidence
    assert query("select count(*) > 20 from core.fct_sales_lines where is_suspect") == [(True,)]
    assert query("select count(*) > 20 from core.fct_suspect_transactions where not is_suspect") == [(True,)]
    # Their purchases are too rare to wait for: test_late_purchases.py has them.
    booked = "select count(*) filter (where is_documented) > 20, count(*) filter (where not is_documented) > 10"
    assert query(f"{booked} from intermediate.int_returns_booked") == [(True, True)]
    unknown = "select count(*) filter (where product_key = -1) > 0, count(*) filter (where product_key <> -1) > 0"
    assert query(f"{unknown} from core.fct_sales_lines") == [(True, True)]
