"""The marts of a shop on a Wednesday: figures by hand, comments for BI, and the last word of the reconciliation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.outcomes import DbtTestError
from warehouse.publish import publish
from warehouse.settings import Settings

COMPANY = "corner_shop"
MONDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 31)

pytestmark = pytest.mark.integration


def product(product_id: str, name: str, list_price: int, since: str) -> dict[str, Any]:
    attributes = {"uom": "EA", "status": "active", "is_stocked": True, "standard_cost": 1, "currency": "USD"}
    row = {"product_id": product_id, "product_name": name, "list_price": list_price}
    return row | attributes | {"updated_at": f"{since} 00:00+00"}


def stock(day: str, product_id: str, quantity: int) -> dict[str, Any]:
    key = {"snapshot_date": day, "location_id": "shop", "product_id": product_id, "stock_condition": "unrestricted"}
    return key | {"on_hand_quantity": quantity, "currency": "USD", "uom": "EA"}


@pytest.fixture(scope="module")
def shop_on_wednesday(module_warehouse: Settings) -> Settings:
    """Four whole weeks and three days of one tea a day at 2; ten in stock, six since Tuesday, when pots came."""
    days = [MONDAY + timedelta(days=offset) for offset in range((WEDNESDAY - MONDAY).days + 1)]
    deliver(
        COMPANY,
        str(WEDNESDAY),
        {
            "locations": [{"location_id": "shop", "location_name": "Shop", "location_type": "store"}],
            "products": [
                product("tea", "Tea", 4, "2023-12-01"),
                product("tea", "Tea", 5, "2024-01-15"),
                product("pot", "Pot", 9, "2023-12-01"),
            ],
            "sales_lines": [sale(f"sale-{day}", str(day), "tea", 1) for day in days],
            "inventory_snapshots": [
                stock("2024-01-01", "tea", 10),
                stock("2024-01-30", "tea", 6),
                stock("2024-01-30", "pot", 3),
            ],
        },
    )
    build_id = claim_batches(COMPANY, WEDNESDAY)
    # With the unit tests of the models, which no build of a run has.
    for selector in ("core", "marts", "after_ml", "after_alerts"):
        run_dbt(["build", "--selector", selector], COMPANY, WEDNESDAY, build_id)
    complete_build(build_id)
    assert publish(COMPANY, WEDNESDAY)
    return module_warehouse


def test_marts_show_the_current_week_beside_whole_ones(shop_on_wednesday: Settings) -> None:
    kpi = query(
        """
        select week_start_date::text, closing_date::text, is_complete_week, net_sales_amount::float,
            net_sales_growth_pct::float, stocked_item_count, closing_stock_amount::float
        from marts.mart_kpi_weekly order by 1 desc limit 2
        """
    )
    assert kpi == [
        ("2024-01-29", "2024-01-31", False, 6, None, 2, 9),
        ("2024-01-22", "2024-01-28", True, 14, 0, 1, 10),
    ]
    # Four weeks at 14 over mean stock at the prices of its days, (40 + 40 + 50 + 50) / 4 = 45, times 13 for a year.
    retail = 16.1778
    indicators = query(
        """
        select product_id, week_start_date::text, is_complete_week, planning_location_name, product_status,
            sold_quantity::float, closing_on_hand_quantity::float, turnover_retail::float, backward_cover_days::float,
            stock_status
        from marts.mart_sku_indicators_weekly where week_start_date >= '2024-01-22' order by 1, 2
        """
    )
    assert indicators == [
        ("pot", "2024-01-29", False, "All places", "active", 0, 3, None, None, "in_stock"),
        ("tea", "2024-01-22", True, "All places", "active", 7, 10, retail, 10, "in_stock"),
        ("tea", "2024-01-29", False, "All places", "active", 3, 6, retail, 6, "understocked"),
    ]
    # Stock of the shop since the first of January, of the pots since yesterday: 6 last 6 days at one a day.
    status = query(
        "select product_id, location_name, on_hand_quantity::float, cover_days::float, stock_status, "
        "last_sale_date::text from marts.mart_stock_status order by 1"
    )
    assert status == [
        ("pot", "Shop", 3, None, "in_stock", None),
        ("tea", "Shop", 6, 6, "understocked", "2024-01-31"),
    ]
    # What gets forecast is known from whole weeks alone.
    assert query("select max(week_start_date)::text from core.fct_demand_weekly") == [("2024-01-22",)]
    assert query("select product_id from core.dim_planning_item where is_active") == [("tea",)]


def test_stock_and_sales_marts_of_the_shop(shop_on_wednesday: Settings) -> None:
    # Six teas and three pots whose coming nobody recorded are as old as can be; two days without a sale are no fault.
    ageing = query(
        "select product_id, age_over_365_quantity::float, age_weighted_days::float, days_since_last_sale, is_obsolete "
        "from marts.mart_stock_ageing_weekly where week_start_date = '2024-01-29' order by 1"
    )
    assert ageing == [("pot", 3, 365, None, False), ("tea", 6, 365, 0, False)]
    # Ten teas at a cost of 1 on 29 days and six on 2 are 302 / 31 a day; one a day sells. A first quarter has no class.
    turnover = query(
        "select product_id, turnover_days_cost::float, turnover_class, is_breach, category_peer_count "
        "from marts.mart_turnover_monthly order by 1"
    )
    assert turnover == [("pot", None, "unclassified", False, 2), ("tea", 9.74, "unclassified", False, 2)]
    # Seven of ten a week. Pots came in the fifth week and are new until 12 February.
    sell_through = query(
        "select week_start_date::text, sell_through_1w_pct::float, sell_through_4w_numerator::float, life_stage, "
        "mover_class "
        "from marts.mart_sell_through_weekly order by 1 desc limit 1"
    )
    assert sell_through == [("2024-01-22", 0.7, 28, "old", None)]
    channel = query(
        "select channel, basket_count, average_basket_amount::float, units_per_basket::float, "
        "net_sales_share_pct::float "
        "from marts.mart_channel_weekly where week_start_date = '2024-01-29'"
    )
    assert channel == [("store", 3, 2, 1, 1)]
    stockouts = query(
        "select product_id, stock_days, stockout_days, lost_sales_quantity::float from marts.mart_stockouts_monthly "
        "order by 1"
    )
    assert stockouts == [("pot", 2, 0, 0), ("tea", 31, 0, 0)]
    # No return on record, no orders, no lots, no budget: nothing is said.
    for mart in (
        "mart_returns_monthly", "mart_return_reasons_monthly", "mart_order_fulfillment_monthly", "mart_stock_expiry",
        "mart_budget_monthly", "mart_competitor_prices_weekly", "mart_web_funnel_daily", "mart_quotations_monthly",
    ):  # fmt: skip
        assert query(f"select count(*) from marts.{mart}") == [(0,)]


def test_every_table_and_column_that_bi_sees_has_a_comment(shop_on_wednesday: Settings) -> None:
    places = query(
        """
        select count(*), string_agg(format('%s.%s', attrelid::regclass, attname), ', ') filter (
            where coalesce(col_description(attrelid, attnum), '') = '' or coalesce(obj_description(attrelid), '') = ''
        )
        from pg_attribute inner join pg_class on pg_class.oid = attrelid
        where relnamespace in ('core'::regnamespace, 'marts'::regnamespace) and relkind in ('r', 'v')
            and attnum > 0 and not attisdropped
        """
    )
    ((count, uncommented),) = places
    assert count > 400
    assert uncommented is None


def test_reconciliation_has_the_last_word(shop_on_wednesday: Settings) -> None:
    run_dbt(["test", "--selector", "reconciliation"], COMPANY, WEDNESDAY)
    with connect(Role.OWNER) as connection:
        connection.execute("update marts_build.mart_sales_daily set net_sales_amount = net_sales_amount + 0.01")
    with pytest.raises(DbtTestError, match="assert_sales_reconcile"):
        run_dbt(["test", "--selector", "reconciliation"], COMPANY, WEDNESDAY)
