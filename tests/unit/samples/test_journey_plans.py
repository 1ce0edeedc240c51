"""Plans of the ERP: lanes that end with a tombstone, budgets from drawn targets, a calendar of real trading days."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from samples.journey.freight import write_lanes
from samples.journey.plans import write_budgets, write_calendar
from samples.journey.source import DAYS, open_source
from samples.journey.suppliers import draw_suppliers

SEED = 7


@pytest.fixture(scope="module")
def plans(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Lanes, calendar and budgets of the whole year."""
    folder = tmp_path_factory.mktemp("plans")
    source = open_source()
    source.execute(
        "create table stock_places as select * from (values (0, 'DC1'), (1, 'DC2'), (2, 'DC3'), (3, 'ST00001')) "
        "as t(place, plant)"
    )
    write_lanes(source, draw_suppliers(SEED), folder, DAYS, SEED)
    write_calendar(folder)
    return folder, write_budgets(source, folder, DAYS, SEED)


def test_a_lane_leaves_the_full_list_with_a_tombstone(plans: tuple[Path, dict[str, Any]]) -> None:
    lists = duckdb.sql(
        f"select filename[-14:-5], count(*), count(*) filter (DEL_IND = 'X') "
        f"from read_csv('{plans[0]}/lanes_*.csv', filename = true) group by 1 order by 1"
    ).fetchall()
    # Forty suppliers and three DCs, and from each DC to the three other places.
    whole = 40 * 3 + 3 * 3
    assert [row[1:] for row in lists] == [(whole, 0)] * 6 + [(whole, 1)] + [(whole - 1, 0)] * 5


def test_budgets_are_real_sales_times_the_drawn_factor(plans: tuple[Path, dict[str, Any]], real_data: Path) -> None:
    folder, truth = plans
    source = open_source()
    for name, day, months in (("first", "2017-01-01", 12), ("revised", "2017-07-01", 6)):
        sales = {
            (department, month): cents
            for department, month, cents in source.sql(
                "select department, month(trading_date), sum(net_cents) "
                "from sale_lines join products using (product_id) group by all"
            ).fetchall()
        }
        rows = source.sql(f"select DEPT, PERIOD, SALES from read_csv('{folder}/budget_{day}.csv')").fetchall()
        budget = {(department, int(period[5:])): amount for department, period, amount in rows}
        factors = {(row["department"], row["month"]): row["factor"] for row in truth["factors"][name]}
        assert len({month for _, month in factors}) == months
        for key, factor in factors.items():
            assert budget[key] == pytest.approx(float(sales[key]) * factor / 100, abs=0.011)
        for month in {month for _, month in factors}:
            parts = sum(amount for (department, m), amount in budget.items() if m == month and department != "TOTAL")
            assert budget["TOTAL", month] == pytest.approx(parts)


def test_the_calendar_closes_on_the_day_without_trade(plans: tuple[Path, dict[str, Any]], real_data: Path) -> None:
    rows = duckdb.sql(
        f"select CAL_DT::varchar, OPEN_FLG from read_csv('{plans[0]}/calendar_2017-01-01.csv')"
    ).fetchall()
    traded = {day for (day,) in open_source().sql("select distinct trading_date::varchar from sale_lines").fetchall()}
    assert {day for day, is_open in rows if is_open == "Y"} == traded
