"""Extract of the ERP: regular prices as they change, and the promotion prices seen in the real sales of a week."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.arrays import Floats
from samples.journey.assortment import Assortment
from samples.journey.files import write_by_day, write_csv
from samples.journey.prices import MONTHS
from samples.journey.source import FIRST_DAY, day_number

PROMOTION_SHARE, PROMOTION_LINES = 0.9, 5
_PRICES_SQL = f"""
    with weeks as (select week, min(day) as day, max(day) as last_day from sale_lines group by week),
    paid as (
        select product, week, median(net_cents / quantity) as cents, count(*) as lines
        from sale_lines join assortment using (product_id) where quantity > 0 and net_cents > 0 group by all
    ),
    promotions as (
        select weeks.day, paid.product, 'ACTION' as list_no, round(paid.cents) / 100 as price, last_day + 1 as until
        from paid join weeks using (week)
        asof join regular_prices on regular_prices.product = paid.product and regular_prices.day <= weeks.day
        where lines >= {PROMOTION_LINES} and paid.cents >= 1
            and paid.cents < 100 * {PROMOTION_SHARE} * regular_prices.price
    ),
    prices as (
        select day, product, 'STD' as list_no, price, null::bigint as until from regular_prices
        union all
        from promotions
    )
    select
        day::int as day, list_no as LIST_NO, lpad(product_id::varchar, 10, '0') as ITEM_NO,
        date '{FIRST_DAY}' + day::int as FROM_DT, date '{FIRST_DAY}' + until::int as UNTIL_DT,
        price::decimal(18, 2) as PRICE, 'USD' as CUR, 'EA' as UOM
    from prices join assortment using (product)
    where day < $days
    order by day, LIST_NO, ITEM_NO
"""


def write_price_lists(
    source: duckdb.DuckDBPyConnection, assortment: Assortment, list_prices: Floats, folder: Path, days: int
) -> None:
    """Write the prices that begin on a day: regular ones on the first of a month, promotions by real trading week."""
    firsts = np.array([day_number(FIRST_DAY.replace(month=month + 1)) for month in range(MONTHS)])
    changed = np.ones(list_prices.shape, dtype=bool)
    changed[:, 1:] = np.diff(list_prices, axis=1) != 0
    product, month = np.nonzero(changed & (firsts < assortment.end_day[:, None]))
    regular = pa.table({"product": product, "day": firsts[month], "price": list_prices[product, month]})
    source.register("regular_prices", regular)
    table = source.sql(_PRICES_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "price_list_{date}.csv", partial(write_csv, quoting="needed"))
