"""Stock of the fictitious company adds up: from movements, from sales, and never below zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from samples.synth.stock import share_out

_SIGNED = """
    signed as (
        select day, SKU, TO_PLANT as PLANT, QTY, MVT from movements where TO_PLANT is not null
        union all
        select day, SKU, FROM_PLANT, -QTY, MVT from movements where FROM_PLANT is not null
    )
"""


def test_movements_add_up_to_every_snapshot(synth: Any) -> None:
    rows, wrong = synth.extracts.execute(
        f"""
        with {_SIGNED},
        days as (select distinct CLOSING_DT from stock),
        booked as (
            select CLOSING_DT, PLANT, SKU, sum(QTY) as quantity
            from days join signed on day <= CLOSING_DT group by all
        )
        select count(*), count(*) filter (coalesce(QTY_OH, 0) <> coalesce(quantity, 0))
        from stock full join booked using (CLOSING_DT, PLANT, SKU)
        """
    ).fetchone()
    assert rows > 50_000
    assert wrong == 0


def test_sales_leave_stock_at_the_end_of_no_day_below_zero(synth: Any) -> None:
    # The ERP posts sales on Sundays; the registers say on which day the goods left.
    days, lowest = synth.extracts.execute(
        f"""
        with {_SIGNED},
        moved as (
            select day, SKU, PLANT, QTY from signed where MVT <> '251'
            union all
            select TRX_DAY, SKU, STORE, -QTY from sales
        ),
        daily as (select day, SKU, PLANT, sum(QTY) as QTY from moved group by all)
        select count(*), min(on_hand) from (
            select sum(QTY) over (partition by SKU, PLANT order by day) as on_hand from daily
        )
        """
    ).fetchone()
    assert days > 20_000
    assert lowest == 0


def test_posted_sales_are_those_of_the_registers(synth: Any) -> None:
    assert synth.extracts.execute(
        """
        with posted as (select day, FROM_PLANT as STORE, SKU, QTY from movements where MVT = '251'),
        rung as (
            select (date_trunc('week', TRX_DAY) + interval 6 day)::date as day, STORE, SKU, sum(QTY) as rung
            from sales group by all
        )
        select count(*) > 10000, count(*) filter (QTY is distinct from rung)
        from posted full join rung using (day, STORE, SKU)
        """
    ).fetchone() == (True, 0)


def test_returned_goods_go_back_into_stock_when_they_can_be_sold(synth: Any) -> None:
    booked, restocked, returned, sold, are_named = synth.extracts.execute(
        """
        select
            (select sum(QTY) from movements where MVT = '651'),
            (select sum(QTY) from returns where RESTOCKED = 'Y'),
            (select sum(QTY) from returns),
            (select sum(QTY) from returns join sales using (TRX_NO, LINE_NO, SKU, STORE, QTY)),
            (
                select count(distinct RETURN_NO) = count(*) and bool_and(RETURN_NO = 'R' || TRX_NO || '-' || LINE_NO)
                from returns
            )
        """
    ).fetchone()
    assert booked == restocked
    assert 0 < restocked < returned
    assert sold == returned, "every return is of a line that was sold"
    assert are_named


def test_received_lines_are_those_of_the_receipts(synth: Any) -> None:
    lines, wrong, received, booked = synth.extracts.execute(
        """
        with received as (
            select PO_NBR, POS_NR, sum(QTY_ARRIVED) as arrived, sum(QTY_REJ) as rejected from receipts group by all
        )
        select count(*), count(*) filter (RCV_QTY <> coalesce(arrived, 0) or REJ_QTY <> coalesce(rejected, 0)),
            sum(arrived - rejected), (select sum(QTY) from movements where MVT = '101')
        from order_lines full join received using (PO_NBR, POS_NR)
        """
    ).fetchone()
    assert lines > 1_000
    assert wrong == 0
    assert received == booked


def test_what_is_on_order_is_what_open_lines_say(synth: Any) -> None:
    assert synth.extracts.execute(
        """
        select
            (select sum(ORD_QTY) from order_lines where STAT_CD = '10') > 0,
            (select sum(QTY_OO) from stock where CLOSING_DT = (select max(CLOSING_DT) from stock))
            = (select sum(ORD_QTY) from order_lines where STAT_CD = '10')
        """
    ).fetchone() == (True, True)


@pytest.mark.parametrize(
    ("need", "granted"), [([3, 4, 5, 2], [3, 2, 0, 1]), ([1, 1, 1, 1], [1, 1, 1, 1])], ids=["short", "enough"]
)
def test_needs_are_granted_in_turn_per_parent(need: list[int], granted: list[int]) -> None:
    shared = share_out(np.array([0, 0, 0, 2]), np.array(need), np.array([5, 9, 1]))
    assert shared.tolist() == granted
