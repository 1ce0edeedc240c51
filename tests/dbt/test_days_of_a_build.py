"""The days that a build makes anew: none is lost when it breaks off, and data tests look at them alone."""

from __future__ import annotations

from datetime import date

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.outcomes import DbtTestError
from warehouse.settings import Settings

COMPANY = "corner_shop"
FIRST, SECOND = date(2024, 1, 31), date(2024, 2, 1)
TO_DAILY = ["--select", "+fct_sales_daily"]
TEA = {"product_id": "tea", "product_name": "Tea", "uom": "EA", "status": "active", "is_stocked": True}

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def second_build(module_warehouse: Settings) -> str:
    """Two days of sales: the second brings the product, and its build breaks off behind the sales lines."""
    deliver(COMPANY, str(FIRST), {"sales_lines": [sale("old", "2024-01-02", "tea", 1)]})
    build_id = claim_batches(COMPANY, FIRST)
    start_build(build_id)
    run_dbt(["run", *TO_DAILY], COMPANY, FIRST, build_id)
    complete_build(build_id)
    deliver(COMPANY, str(SECOND), {"sales_lines": [sale("new", str(SECOND), "tea", 2)], "products": [TEA]})
    build_id = claim_batches(COMPANY, SECOND)
    start_build(build_id)
    run_dbt(["run", "--select", "+fct_sales_lines"], COMPANY, SECOND, build_id)
    return build_id


def unknown(fact: str) -> list[str]:
    return [row[0] for row in query(f"select sale_date::text from core.{fact} where product_key = -1 order by 1")]


def test_a_build_that_broke_off_loses_no_day(second_build: str) -> None:
    assert (unknown("fct_sales_lines"), unknown("fct_sales_daily")) == ([], ["2024-01-02"])
    start_build(second_build)
    run_dbt(["run", *TO_DAILY], COMPANY, SECOND, second_build)
    assert unknown("fct_sales_daily") == []
    assert query("select count(*) from core.fct_sales_daily") == [(2,)]
    complete_build(second_build)


def test_data_tests_look_at_the_days_made_anew(second_build: str) -> None:
    tests = ["test", "--select", "fct_sales_daily,test_name:primary_key"]
    with connect(Role.TRANSFORMER) as connection:
        # A day that the build does not touch.
        connection.execute(
            """
            insert into core.fct_sales_daily (company_id, sale_date, product_id, line_count)
            values ('corner_shop', '2023-12-31', 'tea', 1)
            """
        )
    run_dbt(tests, COMPANY, SECOND, second_build)
    with pytest.raises(DbtTestError, match="primary_key_fct_sales_daily"):
        run_dbt(tests, COMPANY, SECOND)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("update core.fct_sales_daily set sale_date = '2024-02-01' where channel is null")
    with pytest.raises(DbtTestError, match="primary_key_fct_sales_daily"):
        run_dbt(tests, COMPANY, SECOND, second_build)
