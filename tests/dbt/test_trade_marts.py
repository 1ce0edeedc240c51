"""Marts of returns, lots, web log, offers and quotations: the replayed journey, against its extracts read by DuckDB."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from raw_rows import query

from expectations.gate import accept
from ingest.load import load_company
from samples.journey.landing import generate
from warehouse.builds import claim_batches
from warehouse.dbt import run_dbt
from warehouse.settings import Settings

COMPANY = "journey"
THROUGH = date(2017, 2, 8)
MARTS = (
    "mart_returns_monthly", "mart_return_reasons_monthly", "mart_stock_expiry", "mart_web_funnel_daily",
    "mart_web_products_weekly", "mart_competitor_prices_weekly", "mart_rfq_responses_monthly",
    "mart_quotations_monthly",
)  # fmt: skip

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(module_warehouse: Settings) -> Path:
    return module_warehouse.landing_dir / COMPANY


@pytest.fixture(scope="module")
def drawn(folder: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was drawn for the sources beside the real sales, which are loaded and built."""
    truth = tmp_path_factory.mktemp("truth") / "journey.json"
    generate(folder, truth, seed=7, through=THROUGH, products=30)
    for source in ("erp", "desk", "market", "web"):
        accept(load_company(COMPANY, THROUGH, source).batch_id)
    run_dbt(["run", "--select", *(f"+{mart}" for mart in MARTS)], COMPANY, THROUGH, claim_batches(COMPANY, THROUGH))
    facts: dict[str, Any] = json.loads(truth.read_text())["drawn"]
    return facts


def extract(statement: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(statement).fetchall()


def test_returns_are_those_of_the_desk(drawn: dict[str, Any], folder: Path) -> None:
    # A line comes again when it is settled: the last word counts, refusals and mistakes came back to nobody.
    expected = extract(
        f"""
        with lines as (
            select * from read_csv('{folder}/desk/returns_*.csv.gz', all_varchar = true)
            qualify row_number() over (partition by RETURN_NO, POS_NR order by CHG_AT desc) = 1
        )
        select REASON, count(*)::int, sum(QTY::int)::int, coalesce(sum(QTY::int) filter (RESTOCK = 'true'), 0)::int
        from lines where STATUS <> 'REFUSED' and DEL_IND is distinct from 'X' group by 1 order by 1
        """
    )
    found = query(
        "select return_reason, sum(return_line_count)::int, sum(returned_quantity)::int, "
        "sum(restockable_quantity)::int from marts_build.mart_return_reasons_monthly group by 1 order by 1"
    )
    assert found == expected
    assert len(found) >= 4
    lines, units = (sum(row[column] for row in expected) for column in (1, 2))
    totals = "select sum(return_line_count)::int, sum(returned_quantity)::int from marts_build.mart_returns_monthly"
    assert query(totals) == [(lines, units)]
    refused = query("select count(*)::int from core.fct_returns where status = 'rejected'")[0][0]
    assert refused > 0
    assert lines + refused == drawn["returns"]["lines"]


@pytest.mark.usefixtures("drawn")
def test_lots_counted_on_sunday_are_carried_on_to_wednesday() -> None:
    # Independent of lots, the stock records tell what lies where.
    pairs, wrong = query(
        """
        with lots as (
            select location_id, product_id, sum(on_hand_quantity) as quantity
            from intermediate.int_lot_balances group by 1, 2
        ),
        stock as (
            select location_id, product_id, on_hand_quantity from core.fct_inventory_daily
            where inventory_date = date '2017-02-08' and on_hand_quantity > 0
        )
        select count(*), count(*) filter (where lots.quantity is distinct from stock.on_hand_quantity)
        from lots full join stock using (location_id, product_id)
        """
    )[0]
    assert pairs > 100
    assert wrong == 0
    assert query("select max(snapshot_date)::text from core.fct_stock_lots") == [("2017-02-05",)]
    moved = "select count(*) > 0 from core.fct_stock_movements where movement_date > date '2017-02-05'"
    assert query(moved) == [(True,)]


@pytest.mark.usefixtures("drawn")
def test_expiry_shows_every_lot_that_expires(folder: Path) -> None:
    days = extract(
        "select BATCH, min(BEST_BEFORE)::date::varchar "
        f"from read_parquet('{folder}/erp/stock_lots_2017-02-05.parquet') where BEST_BEFORE is not null group by 1"
    )
    expected = dict(days)
    found = dict(query("select lot_id, min(expiry_date)::text from marts_build.mart_stock_expiry group by 1"))
    shared = expected.keys() & found.keys()
    assert len(shared) > 20
    assert {lot: found[lot] for lot in shared} == {lot: expected[lot] for lot in shared}
    units = query("select sum(on_hand_quantity), count(*) from marts_build.mart_stock_expiry")
    parts = "from intermediate.int_lot_balances inner join intermediate.int_lots using (company_id, product_id, lot_id)"
    assert units == query(f"select sum(on_hand_quantity), count(*) {parts} where expiry_date is not null")


def test_web_funnel_is_that_of_the_log(drawn: dict[str, Any], folder: Path) -> None:
    devices = query(
        "select device, sum(session_count)::int, sum(order_count)::int "
        "from marts_build.mart_web_funnel_daily group by 1"
    )
    assert {d: {"sessions": s, "orders": o} for d, s, o in devices} == drawn["web_events"]["sessions"]
    columns = ("view", "search", "wishlist", "cart")
    sums = ", ".join(f"sum({name}_count)::int" for name in columns)
    events = query(f"select {sums} from marts_build.mart_web_funnel_daily")[0]
    assert dict(zip(columns, events, strict=True)) == {
        name: count for name, count in drawn["web_events"]["events"].items() if name != "order"
    }
    # Sessions that saw a product and did not order it, from the log itself.
    expected = extract(
        f"""
        with log as (
            select distinct id, type, session, upc from read_json('{folder}/web/web_events_*.jsonl',
                format = 'newline_delimited',
                columns = {{id: 'VARCHAR', type: 'VARCHAR', session: 'VARCHAR', upc: 'VARCHAR'}})
        ),
        visits as (
            select session, upc, bool_or(type = 'view') as saw, bool_or(type = 'order') as bought
            from log where upc is not null group by all
        )
        select count(*) filter (saw), count(*) filter (saw and not bought), count(*) filter (bought) from visits
        """
    )[0]
    products = query(
        "select sum(viewing_session_count)::int, sum(browse_session_count)::int "
        "from marts_build.mart_web_products_weekly"
    )[0]
    assert products == expected[:2]
    assert expected[2] > 100


def test_offers_meet_the_prices_of_the_list(drawn: dict[str, Any], folder: Path) -> None:
    expected = extract(
        f"""
        with offers as (
            select OUR_UPC::bigint as item, SHOP, MATCH::double as match, PRICE::double as price,
                (SEEN_AT::timestamptz at time zone 'America/New_York')::date as day
            from read_csv('{folder}/market/competitor_prices_*.csv.gz', all_varchar = true) where STOCK = 'Y'
        ),
        list as (
            select ITEM_NO::bigint as item, LIST_NO, FROM_DT::date as since, UNTIL_DT::date as until,
                PRICE::double as price
            from read_csv('{folder}/erp/price_list_*.csv', all_varchar = true)
        ),
        met as (
            select offers.*, coalesce(
                (select min(price) from list where list.item = offers.item and LIST_NO = 'ACTION'
                    and since <= day and (until is null or day < until)),
                (select max_by(price, since) from list where list.item = offers.item and LIST_NO = 'STD'
                    and since <= day)
            ) as own
            from offers
        )
        select count(*), count(own), count(*) filter (price < own),
            sum(own * match) / sum(price * match) filter (own is not null)
        from met
        """
    )[0]
    offers, compared = query(
        "select sum(offer_count)::int, sum(compared_offer_count)::int from marts_build.mart_competitor_prices_weekly"
    )[0]
    assert (offers, compared) == expected[:2]
    assert 0 < offers < drawn["competitor_prices"]["observations"]
    cheaper, ratio = query(
        "select count(*) filter (where price < own_price), (sum(own_price * match_confidence) / "
        "sum(price * match_confidence) filter (where own_price is not null))::float "
        "from intermediate.int_competitor_offers"
    )[0]
    assert cheaper == expected[2] > 0
    assert ratio == pytest.approx(expected[3])
    weeks = query(
        "select sum(price_gap_amount)::float, bool_and((price_index > 100) = (price_gap_amount > 0)), min(price_rank), "
        "max(price_rank) from marts_build.mart_competitor_prices_weekly where price_gap_amount <> 0"
    )[0]
    assert weeks[1:] == (True, 1, 4)


def test_suppliers_answer_as_drawn(drawn: dict[str, Any], folder: Path) -> None:
    expected = extract(
        f"""
        with asked as (
            select distinct RFQ_NO, ITEM_NO, VENDOR_NO, SENT_DT::date as sent, DUE_DT::date as due
            from read_csv('{folder}/erp/rfqs_*.csv', delim = ';', all_varchar = true)
        ),
        answers as (
            select RFQ_NO, ITEM_NO, VENDOR_NO, min(QUOTE_DT::date) as quoted, max(PRICE::double) as price,
                bool_or(STAT = 'ACC') as won
            from read_csv('{folder}/erp/quotations_*.csv', delim = ';', all_varchar = true) group by all
        )
        select VENDOR_NO, count(*)::int, count(quoted)::int, count(*) filter (quoted <= due)::int,
            avg(quoted - sent)::double, count(*) filter (won)::int
        from asked left join answers using (RFQ_NO, ITEM_NO, VENDOR_NO) group by 1 order by 1
        """
    )
    found = query(
        "select supplier_id, sum(rfq_line_count)::int, sum(answered_line_count)::int, sum(in_time_line_count)::int, "
        "(sum(response_days_mean * answered_line_count) / nullif(sum(answered_line_count), 0))::float, "
        "sum(accepted_line_count)::int from marts_build.mart_rfq_responses_monthly group by 1 order by 1"
    )
    assert [row[:4] + row[5:] for row in found] == [row[:4] + row[5:] for row in expected]
    assert [row[4] for row in found] == pytest.approx([row[4] for row in expected], abs=1e-3)
    assert sum(row[1] for row in found) == drawn["quotations"]["requests"]
    # The cheapest wins, so nothing was accepted above the best price.
    accepted = "sum(accepted_rfq_count) > 0, sum(accepted_above_best_amount)"
    assert query(f"select {accepted} from marts_build.mart_quotations_monthly") == [(True, 0)]
