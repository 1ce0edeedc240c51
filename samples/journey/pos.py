"""Extracts of the cash register system: sales lines per trading day, promotions per week, and its code lists."""

from __future__ import annotations

from pathlib import Path

import duckdb

from samples.journey.files import write_by_day, write_csv, write_parquet

# Fuel is rung up in thousandths of a gallon; a few fuel lines are prepaid amounts with quantity 1.
FUEL_UNITS = 10
# What may be planned for promotions 30 days ahead must be known by then, whatever day of the week it is.
PROMOTION_LEAD_DAYS = 35
_DISPLAYS = {
    "0": "Not on display",
    "1": "Store front",
    "2": "Store rear",
    "3": "Front end cap",
    "4": "Mid-aisle end cap",
    "5": "Rear end cap",
    "6": "Side-aisle end cap",
    "7": "In-aisle",
    "9": "Secondary location display",
    "A": "In-shelf",
}
_MAILERS = {
    "0": "Not in mailer",
    "A": "Interior page feature",
    "C": "Interior page line item",
    "D": "Front page feature",
    "F": "Back page feature",
    "H": "Wrap front feature",
    "J": "Wrap interior coupon",
    "L": "Wrap back feature",
    "P": "Interior page coupon",
    "X": "Free on interior page",
    "Z": "Free on front page, back page or wrap",
}


def write_sales(source: duckdb.DuckDBPyConnection, folder: Path, days: int) -> None:
    """Write every real sales line before day number days, one file per trading day."""
    table = source.sql(
        f"""
        select
            day, basket_id as BASKET_ID, line_number as LINE_NO,
            strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as TRANS_TS,
            store_id as STORE, household_id as HSHD_ID, product_id as UPC, quantity as QTY,
            case when product_type like 'GASOLINE%' and quantity >= {FUEL_UNITS} then 'MGL' else 'EA' end as UOM_CD,
            (net_cents / 100)::decimal(18, 2) as NET_SALES,
            (loyalty_cents / 100)::decimal(18, 2) as LOYALTY_DISC,
            (coupon_cents / 100)::decimal(18, 2) as CPN_DISC,
            (coupon_match_cents / 100)::decimal(18, 2) as CPN_MATCH_DISC
        from sale_lines left join products using (product_id)
        where day < {days}
        order by day, transaction_timestamp, basket_id, line_number
        """
    ).to_arrow_table()
    write_by_day(table, folder, "sales_lines_{date}.csv.gz", write_csv)


def write_promotions(source: duckdb.DuckDBPyConnection, folder: Path, days: int) -> None:
    """Write the real promotions of the planned products, one file per week, five weeks before it begins.

    When they were planned the data do not tell; the first file holds all weeks through the sixth.
    """
    table = source.sql(
        f"""
        with weeks as (
            select
                week, greatest(min(day) - {PROMOTION_LEAD_DAYS}, 0) as day, min(trading_date) as first_date,
                max(trading_date) as last_date
            from sale_lines group by week
        )
        select
            day, week::int as WEEK_NO, product_id as UPC, store_id as STORE, display_location as DISPLAY_CD,
            mailer_location as MAILER_CD, first_date as START_DT, last_date as END_DT
        from promotions join assortment using (product_id) join weeks using (week)
        where day < {days}
        order by day, WEEK_NO, UPC, STORE, DISPLAY_CD, MAILER_CD
        """
    ).to_arrow_table()
    write_by_day(table, folder, "promotions_{date}.parquet", write_parquet)


def write_codes(source: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the code lists for display and mailer places, as the publisher of the data describes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, codes in (("display", _DISPLAYS), ("mailer", _MAILERS)):
        rows = ", ".join(f"('{code}', '{text}')" for code, text in codes.items())
        table = source.sql(f"select * from (values {rows}) as codes(CODE, DESCRIPTION)").to_arrow_table()
        write_csv(table, folder / f"{name}_codes.csv", quoting="needed")
