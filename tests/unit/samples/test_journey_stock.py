"""Stock extracts: every place, product and day balances, from the written files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def test_movements_add_up_to_the_closing_stock_of_every_day(extracts: duckdb.DuckDBPyConnection) -> None:
    checked, wrong = extracts.sql(
        """
        with changes as (
            select TO_PLANT as plant, ITEM_NO, day, QTY as change from movements where TO_PLANT is not null
            union all
            select FROM_PLANT, ITEM_NO, day, -QTY from movements where FROM_PLANT is not null
        ),
        pairs as (select distinct plant, ITEM_NO from changes union select distinct PLANT, ITEM_NO from snapshots),
        days as (select distinct CLOSING_DT as day from snapshots),
        daily as (select plant, ITEM_NO, day, sum(change) as change from changes group by all),
        booked as (
            select plant, ITEM_NO, day,
                sum(coalesce(change, 0)) over (partition by plant, ITEM_NO order by day) as closing
            from pairs cross join days left join daily using (plant, ITEM_NO, day)
        )
        select count(*), count(*) filter (booked.closing <> coalesce(snapshots.QTY_OH, 0) or booked.closing < 0)
        from booked left join snapshots
            on snapshots.PLANT = booked.plant and snapshots.ITEM_NO = booked.ITEM_NO and CLOSING_DT = booked.day
        """
    ).fetchall()[0]
    assert checked > 60 * 30 * 3
    assert wrong == 0


def test_no_lot_is_ever_overdrawn(extracts: duckdb.DuckDBPyConnection) -> None:
    lots, lowest = extracts.sql(
        """
        with changes as (
            select TO_PLANT as plant, BATCH, DOC_NO, QTY as change from movements where TO_PLANT is not null
            union all
            select FROM_PLANT, BATCH, DOC_NO, -QTY from movements where FROM_PLANT is not null
        ),
        running as (
            select BATCH, sum(change) over (partition by plant, BATCH order by DOC_NO) as stock
            from changes where BATCH is not null
        )
        select count(distinct BATCH), min(stock) from running
        """
    ).fetchall()[0]
    assert lots > 100
    assert lowest >= 0


def test_age_survives_transfers(extracts: duckdb.DuckDBPyConnection) -> None:
    transferred, ambiguous = extracts.sql(
        """
        with lots as (
            select BATCH, count(distinct FIRST_GR_DT) as dates, bool_or(MVT in (301, 303)) as is_transferred
            from movements where BATCH is not null group by BATCH
        )
        select count(*) filter (is_transferred), count(*) filter (dates > 1) from lots
        """
    ).fetchall()[0]
    assert transferred > 50
    assert ambiguous == 0


def test_receipts_and_their_movements_agree(extracts: duckdb.DuckDBPyConnection) -> None:
    wrong = extracts.sql(
        """
        select count(*) from (select * from receipts where QTY_ARRIVED > QTY_REJ) as receipts
        full join (select * from movements where MVT = 101) as movements on movements.REF_DOC = receipts.GR_NO
        where GR_NO is null or REF_DOC is null or QTY <> QTY_ARRIVED - QTY_REJ or TO_PLANT <> receipts.PLANT
            or receipts.BATCH <> movements.BATCH or FIRST_GR_DT <> GR_TS::date or POSTED_AT <> GR_TS
            or UNIT_VALUE <> LANDED_COST
        """
    ).fetchall()
    assert wrong == [(0,)]


def test_only_expired_lots_are_scrapped(extracts: duckdb.DuckDBPyConnection) -> None:
    scrapped, early = extracts.sql(
        """
        select count(*), count(*) filter (day < BEST_BEFORE)
        from movements join receipts using (BATCH) where MVT = 551
        """
    ).fetchall()[0]
    assert scrapped > 0
    assert early == 0


def test_sold_units_are_the_real_ones(extracts: duckdb.DuckDBPyConnection, landing: Any, real_data: Path) -> None:
    wrong = extracts.sql(
        f"""
        with real as (
            select lpad(product_id::varchar, 10, '0') as ITEM_NO, sum(quantity) as units,
                timezone('America/New_York', timezone('UTC', transaction_timestamp))::date as day
            from '{real_data}/transactions.parquet' where quantity > 0 group by all
        ),
        sold as (select ITEM_NO, day, sum(QTY) as units from movements where MVT = 251 group by all)
        select count(*) from (
            select * from real where day <= date '{landing.through}' and ITEM_NO in (select ITEM_NO from snapshots)
        ) as real full join sold using (ITEM_NO, day)
        where real.units is distinct from sold.units
        """
    ).fetchall()
    assert wrong == [(0,)]


def test_stock_outs_exist_and_match_the_truth(extracts: duckdb.DuckDBPyConnection, landing: Any) -> None:
    at_dcs, at_stores = extracts.sql(
        """
        select count(*) filter (starts_with(PLANT, 'DC')), count(*) filter (starts_with(PLANT, 'ST'))
        from snapshots where QTY_OH = 0
        """
    ).fetchall()[0]
    facts = landing.truth["assortment"]
    assert (at_dcs, at_stores) == (facts["stockout_days_at_dcs"], facts["stockout_days_at_stores"])
    assert facts["stockout_days_without_sale"] > 0
