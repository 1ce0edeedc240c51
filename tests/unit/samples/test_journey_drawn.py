"""What the sample draws beside the real data: tied to real sales and replayed stock, and as the truth file says."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import pytest

from samples.journey.source import open_source

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query(landing: Any) -> Query:
    """Query over the written files, and over the real data beside them."""
    folder = landing.folder
    source = open_source()
    texts = "all_varchar = true"
    source.execute(
        f"""
        create view web_log as from read_json('{folder}/web/*.jsonl', format = 'newline_delimited', filename = true);
        create view returns as from read_csv('{folder}/desk/*.csv.gz');
        create view last_returns as
        from returns qualify row_number() over (partition by RETURN_NO, POS_NR order by CHG_AT desc) = 1;
        create view seen_prices as from read_csv('{folder}/market/*.csv.gz');
        create view price_list as from read_csv('{folder}/erp/price_list_*.csv', types = {{'ITEM_NO': 'varchar'}});
        create view lots as from read_parquet('{folder}/erp/stock_lots_*.parquet');
        create view movements as
        select *, POSTED_AT::date as day
        from read_csv('{folder}/erp/stock_movements_*.csv.gz', types = {{'ITEM_NO': 'varchar'}});
        create view receipts as
        from read_csv('{folder}/erp/goods_receipts_*.tsv', delim = '\t', {texts});
        create view shipments as
        from read_csv('{folder}/tms/shipments_*.csv', delim = ';', types = {{'PO_NBR': 'varchar'}})
        qualify row_number() over (partition by SHPT_NO order by CHG_AT desc, STAT) = 1;
        create view rfqs as from read_csv('{folder}/erp/rfqs_*.csv', delim = ';', {texts});
        create view quotations as from read_csv('{folder}/erp/quotations_*.csv', delim = ';', {texts});
        """
    )
    return lambda text: source.sql(text).fetchall()


def assert_rate(hits: int, count: int, rate: float) -> None:
    """Four and a half standard errors, and one event for rates near nothing."""
    assert abs(hits - count * rate) <= 4.5 * sqrt(count * rate * (1 - rate)) + 1, (hits, count, rate)


def test_lots_are_what_the_movements_leave(query: Query) -> None:
    checked, wrong = query(
        """
        with changes as (
            select TO_PLANT as PLANT, ITEM_NO, BATCH, day, QTY as change from movements where TO_PLANT is not null
            union all
            select FROM_PLANT, ITEM_NO, BATCH, day, -QTY from movements where FROM_PLANT is not null
        ),
        expected as (
            select CLOSING_DT, PLANT, ITEM_NO, BATCH, sum(change) as units
            from changes join (select distinct CLOSING_DT from lots) on day <= CLOSING_DT group by all having units <> 0
        )
        select count(*), count(*) filter (lots.QTY_OH is distinct from units)
        from expected full join lots using (CLOSING_DT, PLANT, ITEM_NO, BATCH)
        """
    )[0]
    assert checked > 1000
    assert wrong == 0


def test_lots_carry_the_dates_and_the_supplier_of_their_receipt(query: Query) -> None:
    checked, wrong, early = query(
        """
        select count(*), count(*) filter (
            lots.BEST_BEFORE::varchar is distinct from receipts.BEST_BEFORE or lots.VENDOR_NO <> receipts.VENDOR_NO
            or FIRST_GR_DT <> GR_TS::date
        ), count(*) filter (MADE_DT > FIRST_GR_DT)
        from lots join receipts on receipts.BATCH = lots.BATCH
        """
    )[0]
    assert checked > 500
    assert (wrong, early) == (0, 0)


def test_returns_come_from_real_lines_and_give_back_no_more_than_was_paid(query: Query) -> None:
    checked, wrong = query(
        """
        select count(*), count(*) filter (
            real.basket_id is null or returns.QTY > real.quantity or round(100 * REFUND) > real.net_cents
            or RETURN_TS::date <= real.trading_date or real.store_id <> STORE
            or (STATUS = 'PAID') <> (REFUND is not null)
        )
        from returns left join sale_lines as real
            on returns.BASKET_ID = real.basket_id and LINE_NO = real.line_number and UPC = real.product_id
        """
    )[0]
    assert checked > 1000
    assert wrong == 0


def test_returns_stand_as_the_truth_says(query: Query, landing: Any) -> None:
    truth = landing.truth["drawn"]["returns"]
    found = query(
        """
        select count(*) filter (DEL_IND is null), count(*) filter (DEL_IND = 'X'), sum(QTY) filter (DEL_IND is null),
            sum(round(100 * REFUND)) filter (STATUS = 'PAID')
        from last_returns
        """
    )[0]
    assert found == (truth["lines"], truth["deleted_lines"], truth["units"], truth["refunded_cents"])
    assert truth["deleted_lines"] > 5
    # Lines of January that had their thirty days.
    rates = query(
        """
        select department, count(*), count(RETURN_NO)
        from sale_lines join products using (product_id) left join last_returns
            on last_returns.BASKET_ID = sale_lines.basket_id and LINE_NO = line_number
        where day < 30 and quantity between 1 and 20 and net_cents > 0 group by 1
        """
    )
    for department, lines, returned in rates:
        assert_rate(returned, lines, truth["rates"].get(department, 0))


def test_web_orders_are_real_baskets_ordered_before_they_were_paid(query: Query) -> None:
    orders, wrong = query(
        """
        select count(*), count(*) filter (
            sale_lines.basket_id is null or household <> household_id or store <> store_id or qty <> quantity
            or ts::timestamp > transaction_timestamp
        )
        from (select distinct * exclude (filename) from web_log) as log
        left join sale_lines on basket = basket_id and upc = product_id where type = 'order'
        """
    )[0]
    assert orders > 2000
    assert wrong == 0


def test_the_log_repeats_the_end_of_each_day(query: Query, landing: Any) -> None:
    lines, events = query("select count(*), count(distinct id) from web_log")[0]
    days = (landing.through - landing.through.replace(month=1, day=1)).days
    assert lines - events == 5 * days
    changed = query("select id from (select distinct * exclude (filename) from web_log) group by 1 having count(*) > 1")
    assert changed == []
    assert (
        dict(query("select type, count(distinct id) from web_log group by 1"))
        == landing.truth["drawn"]["web_events"]["events"]
    )


def test_visitors_order_as_often_as_drawn(query: Query, landing: Any) -> None:
    truth = landing.truth["drawn"]["web_events"]
    rows = query("select device, count(distinct session), count(distinct basket) from web_log group by 1")
    assert {device: {"sessions": n, "orders": k} for device, n, k in rows} == truth["sessions"]
    for device, sessions, orders in rows:
        assert_rate(orders, sessions, truth["conversion_by_device"][device])


def test_regular_prices_are_those_of_the_item_master(query: Query, landing: Any) -> None:
    checked, wrong = query(
        f"""
        with items as (
            select ITEM_NO, LIST_PRICE, filename[-17:-8]::date as changed
            from read_csv('{landing.folder}/erp/item_master_*.csv.gz', all_varchar = true, filename = true)
        )
        select count(*), count(*) filter (LIST_PRICE::decimal(18, 2) is distinct from PRICE::decimal(18, 2))
        from price_list asof join items on items.ITEM_NO = price_list.ITEM_NO and FROM_DT >= changed
        where LIST_NO = 'STD'
        """
    )[0]
    assert checked >= 30
    assert wrong == 0


def test_promotion_prices_are_seen_in_the_real_sales(query: Query) -> None:
    promotions, wrong = query(
        """
        with paid as (
            select FROM_DT, ITEM_NO, PRICE, median(net_cents / quantity) as cents
            from price_list
            join sale_lines on product_id = ITEM_NO::int and trading_date between FROM_DT and UNTIL_DT - 1
            where LIST_NO = 'ACTION' and quantity > 0 and net_cents > 0 group by all
        )
        select count(*), count(*) filter (abs(PRICE - cents / 100) > 0.0051) from paid
        """
    )[0]
    assert promotions > 10
    assert wrong == 0


def test_competitors_ask_what_their_index_says(query: Query, landing: Any) -> None:
    truth = landing.truth["drawn"]["competitor_prices"]
    assert query("select count(*) from seen_prices") == [(truth["observations"],)]
    ratios = query(
        """
        select SHOP, avg(ln(REGULAR / own.PRICE)), count(*), count(*) filter (PROMO), count(*) filter (STOCK)
        from seen_prices asof join (from price_list where LIST_NO = 'STD') as own
            on own.ITEM_NO::int = OUR_UPC and SEEN_AT::date >= own.FROM_DT
        where own.PRICE >= 2 group by 1
        """
    )
    assert len(ratios) == 3
    for shop, log_ratio, count, promoted, stocked in ratios:
        indexes = truth["price_index"][shop].values()
        assert min(indexes) - 0.01 <= 2.718281828**log_ratio <= max(indexes) + 0.01
        assert_rate(promoted, count, truth["promotion_rate"])
        assert_rate(stocked, count, truth["in_stock_rate"])


def test_shipments_arrive_when_orders_and_stock_say(query: Query, landing: Any) -> None:
    unknown = query(
        """
        with arrived as (select PO_NBR, GR_TS::date as day from receipts group by all),
        sent as (select PO_NBR, DLV_DT as day from shipments where DIR = 'inbound' and STAT = 'D')
        select count(*) from arrived full join sent using (PO_NBR, day) where arrived.day is null or sent.day is null
        """
    )
    assert unknown == [(0,)]
    moved, wrong = query(
        """
        with moved as (
            select day, FROM_PLANT, TO_PLANT, MVT, sum(QTY) as units from movements where MVT in (301, 303) group by all
        )
        select count(*), count(*) filter (abs(units * 0.6 - WEIGHT_KG) > 0.051 or WEIGHT_KG is null)
        from moved full join (from shipments where DIR = 'transfer') as sent
            on sent.FROM_PLANT = moved.FROM_PLANT and sent.TO_PLANT = moved.TO_PLANT and DLV_DT = day
            and (SERVICE = 'express') = (MVT = 303)
        """
    )[0]
    assert moved > 500
    assert wrong == 0
    rates = landing.truth["drawn"]["shipments"]["on_time_rate_by_carrier"]
    for carrier, due, in_time in query(
        "select CARR_NO, count(*), count(*) filter (DLV_DT <= PROM_DT) from shipments "
        "where STAT = 'D' and (DIR = 'transfer' or SHIP_DT < DLV_DT) group by 1"
    ):
        assert_rate(in_time, due, rates[carrier])


def test_the_cheapest_answer_to_a_request_wins(query: Query) -> None:
    awarded, wrong = query(
        """
        with answers as (
            select RFQ_NO, ITEM_NO, VENDOR_NO, PRICE::decimal(18, 2) as PRICE, max(STAT = 'ACC') as is_accepted
            from quotations group by all
        ),
        decided as (select * from rfqs where STAT <> 'OPEN')
        select count(*) filter (STAT = 'WON'), count(*) filter (
            (STAT = 'NOANS') <> (PRICE is null) or (STAT = 'WON') <> coalesce(is_accepted, false)
            or (STAT = 'WON' and PRICE > (select min(a.PRICE) from answers as a
                where a.RFQ_NO = decided.RFQ_NO and a.ITEM_NO = decided.ITEM_NO))
        )
        from decided left join answers using (RFQ_NO, ITEM_NO, VENDOR_NO)
        """
    )[0]
    assert awarded >= 30
    assert wrong == 0
