"""Buying extracts: versions of orders and lines agree with receipts, and suppliers behave as drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from samples.journey.assortment import Assortment, select_assortment
from samples.journey.overbuys import plant_overbuys
from samples.journey.prices import base_costs, monthly_list_prices
from samples.journey.purchasing import register_purchasing, write_lines, write_orders, write_receipts
from samples.journey.replay import run_replay
from samples.journey.source import DAYS, day_number, open_source
from samples.journey.suppliers import draw_suppliers, true_parameters
from samples.journey.terms import draw_terms
from samples.journey.truth import planted_slow_movers

SEED = 7
_LAST_LINES = (
    "(select * from line_versions qualify row_number() over (partition by PO_NBR, POS_NR order by day desc) = 1)"
)


def test_received_units_of_a_line_are_those_of_its_receipts(extracts: duckdb.DuckDBPyConnection) -> None:
    lines, wrong = extracts.sql(
        f"""
        with received as (
            select PO_NBR, POS_NR, sum(QTY_ARRIVED) as arrived, sum(QTY_REJ) as rejected from receipts group by all
        )
        select count(*), count(*) filter (
            RCV_QTY <> coalesce(arrived, 0) or REJ_QTY <> coalesce(rejected, 0) or PO_NBR is null
        )
        from {_LAST_LINES} as lines full join received using (PO_NBR, POS_NR)
        """
    ).fetchall()[0]
    assert lines > 300
    assert wrong == 0


def test_units_on_order_follow_from_the_line_versions(extracts: duckdb.DuckDBPyConnection) -> None:
    checked, wrong = extracts.sql(
        """
        with headers as (select distinct PO_NBR, SHIP_TO from order_versions),
        versions as (
            select *, lead(day, 1, date '9999-12-31') over (partition by PO_NBR, POS_NR order by day) as until
            from line_versions join headers using (PO_NBR)
        ),
        expected as (
            select CLOSING_DT, SHIP_TO as PLANT, ITEM_NO, sum(ORD_QTY - RCV_QTY) as units
            from versions join (select distinct CLOSING_DT from snapshots) on CLOSING_DT >= day and CLOSING_DT < until
            where STAT_CD in (10, 30) group by all
        )
        select count(*), count(*) filter (QTY_OO <> coalesce(units, 0) or (QTY_IT > 0 and QTY_OO = 0))
        from snapshots left join expected using (CLOSING_DT, PLANT, ITEM_NO)
        """
    ).fetchall()[0]
    assert checked > 5000
    assert wrong == 0


def test_orders_state_the_sum_of_their_lines(extracts: duckdb.DuckDBPyConnection) -> None:
    orders, wrong = extracts.sql(
        """
        with lines as (select PO_NBR, sum(AMOUNT) as amount from line_versions where STAT_CD = 10 group by PO_NBR)
        select count(*), count(*) filter (round(100 * amount) is distinct from round(100 * GOODS_AMT))
        from order_versions left join lines using (PO_NBR)
        """
    ).fetchall()[0]
    assert orders > 100
    assert wrong == 0


def test_orders_keep_to_the_terms(extracts: duckdb.DuckDBPyConnection, landing: Any) -> None:
    files = sorted(landing.folder.glob("erp/vendor_terms_*.xlsx"))
    types = {"ITEM_NO": str, "VENDOR_NO": str}
    terms = pd.concat([pd.read_excel(path, dtype=types, parse_dates=["VALID_TO"]) for path in files])
    assert len(files) > 1
    extracts.register("terms", terms.drop_duplicates(["VENDOR_NO", "ITEM_NO", "VALID_FROM"], keep="last"))
    unknown, off = extracts.sql(
        """
        with headers as (select distinct PO_NBR, VENDOR_NO::varchar as VENDOR_NO, PO_DT from order_versions)
        select count(*) filter (terms.PRICE is null),
            count(*) filter (lines.PRICE <> round(terms.PRICE, 2) or ORD_QTY < MOQ or ORD_QTY % PACK <> 0)
        from line_versions as lines join headers using (PO_NBR)
        left join terms on terms.VENDOR_NO = headers.VENDOR_NO and terms.ITEM_NO = lines.ITEM_NO
            and PO_DT >= VALID_FROM and (VALID_TO is null or PO_DT < VALID_TO)
        """
    ).fetchall()[0]
    assert (unknown, off) == (0, 0)


@dataclass(frozen=True)
class Year:
    """Buying extracts of a year for 300 products, with the truth behind them."""

    connection: duckdb.DuckDBPyConnection
    suppliers: dict[str, dict[str, Any]]
    planted: list[dict[str, Any]]
    assortment: Assortment


@pytest.fixture(scope="module")
def year(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Year:
    source = open_source()
    assortment = select_assortment(source, 300)
    costs = base_costs(assortment, monthly_list_prices(source, assortment), SEED)
    suppliers = draw_suppliers(SEED)
    terms = draw_terms(assortment, suppliers, costs, SEED)
    overbuys = plant_overbuys(assortment, SEED)
    replay = run_replay(assortment, suppliers, terms, overbuys, SEED, DAYS)
    register_purchasing(source, replay, suppliers)
    folder = tmp_path_factory.mktemp("year")
    write_orders(source, folder, DAYS)
    write_lines(source, folder, DAYS)
    write_receipts(source, folder)
    connection = duckdb.connect()
    connection.execute(
        f"""
        create table orders as
        select distinct PO_NBR, VENDOR_NO::varchar as VENDOR_NO, CNF_DT, bool_or(STAT_CD = 90) as is_cancelled
        from read_csv('{folder}/purchase_orders_*.csv', delim = ';', dateformat = '%m/%d/%Y')
        where CNF_DT < date '2017-11-20' group by all;
        create table lines as
        select PO_NBR, POS_NR, ORD_QTY
        from read_csv('{folder}/purchase_order_lines_*.csv', delim = ';') where STAT_CD = 10;
        create table receipts as
        select *, row_number() over (partition by PO_NBR, POS_NR order by GR_TS) as part
        from read_csv('{folder}/goods_receipts_*.tsv', delim = '\t');
        """
    )
    truth = {str(record["supplier_id"]): dict(record) for record in true_parameters(suppliers)}
    return Year(connection, truth, planted_slow_movers(assortment, overbuys, replay), assortment)


_RATES = {
    "on_time_rate": """
        select orders.VENDOR_NO, count(distinct PO_NBR), count(distinct PO_NBR) filter (GR_TS::date <= CNF_DT)
        from orders join receipts using (PO_NBR) where part = 1 group by 1
    """,
    "cancel_rate": "select VENDOR_NO, count(*), count(*) filter (is_cancelled) from orders group by 1",
    "short_rate": """
        select orders.VENDOR_NO, count(*), count(*) filter (QTY_ARRIVED < ORD_QTY)
        from orders join lines using (PO_NBR) join receipts using (PO_NBR, POS_NR)
        where part = 1 and ORD_QTY >= 2 group by 1
    """,
    "reject_rate": """
        select orders.VENDOR_NO, count(*), count(*) filter (QTY_REJ > 0)
        from orders join receipts using (PO_NBR) group by 1
    """,
}


@pytest.mark.parametrize("rate", _RATES)
def test_suppliers_behave_as_drawn(year: Year, rate: str) -> None:
    rows = [row for row in year.connection.sql(_RATES[rate]).fetchall() if row[1] >= 60]
    assert len(rows) >= 20
    expected = {vendor: float(year.suppliers[vendor][rate]) for vendor, _, _ in rows}
    for vendor, count, hits in rows:
        p = expected[vendor]
        # Four and a half standard errors, and one event for rates near nothing.
        assert abs(hits - count * p) <= 4.5 * sqrt(count * p * (1 - p)) + 1, vendor
    pooled = sum(hits for _, _, hits in rows) / sum(count for _, count, _ in rows)
    wanted = sum(expected[vendor] * count for vendor, count, _ in rows) / sum(count for _, count, _ in rows)
    assert pooled == pytest.approx(wanted, abs=0.01)


def test_second_deliveries_complete_a_line(year: Year) -> None:
    second, incomplete = year.connection.sql(
        """
        with sums as (
            select PO_NBR, POS_NR, sum(QTY_ARRIVED) as arrived, max(part) as parts from receipts group by all
        )
        select count(*), count(*) filter (arrived <> ORD_QTY)
        from sums join lines using (PO_NBR, POS_NR) where parts = 2
        """
    ).fetchall()[0]
    assert second > 50
    assert incomplete == 0


def test_planted_buys_outlast_the_judged_window(year: Year) -> None:
    """Of the buys that arrived in time to be judged, hardly any sells half within the following 125 days."""
    slow = judged = 0
    index = {str(product): position for position, product in enumerate(year.assortment.product_id.tolist())}
    for buy in year.planted:
        day = day_number(date.fromisoformat(buy["decided_on"])) + 30
        if not buy["stocked_quantity"] or day + 125 > DAYS:
            continue
        pair = int(buy["location_id"][2]) - 1
        column = pair * year.assortment.product_count + index[buy["product_id"]]
        sold = int(year.assortment.echelon_demand[day : day + 125, column].sum())
        judged += 1
        slow += sold < 0.5 * buy["stocked_quantity"]
    assert judged >= 10
    assert slow / judged > 0.9
