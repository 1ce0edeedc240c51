"""Item master of the ERP: all products on the first day, then what changed of the planned ones, day by day."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.arrays import Floats, Ints
from samples.journey.assortment import Assortment
from samples.journey.files import write_by_day, write_csv
from samples.journey.prices import MONTHS
from samples.journey.source import DAYS, day_date, day_number
from samples.journey.terms import Terms

RENAME_STREAM = 51
RENAME_SHARE = 0.03
_MONTH_STARTS = np.array([day_number(day_date(0).replace(month=month)) for month in range(1, MONTHS + 1)])
_ITEMS_SQL = """
    with seen as (
        select product_id, median((net_cents + loyalty_cents + coupon_match_cents) / quantity) / 100 as price,
            count(*) filter (quantity >= 10) > count(*) / 2 as is_large
        from sale_lines where quantity > 0 group by product_id
    ),
    planned as (
        select product_id, product, item_versions.day::int as day, list_price, standard_cost, is_renamed, status,
            shelf_days, temperature, launch_day, end_day
        from assortment join item_versions using (product) join item_storage using (product)
    )
    select
        coalesce(planned.day, 0) as day, lpad(product_id::varchar, 10, '0') as ITEM_NO,
        concat_ws(' ', coalesce(product_type, 'UNNAMED ITEM ' || product_id), package_size)
            || case when is_renamed then ' NEW PACK' else '' end as ITEM_DESC,
        manufacturer_id as MFR_NO, left(brand, 1) as BRAND_CD, department as DEPT, product_category as COMMODITY,
        product_type as SUB_COMMODITY, package_size as SIZE_TXT,
        case when product_type like 'GASOLINE%' and is_large then 'GA' else 'EA' end as BASE_UOM,
        shelf_days as SHELF_DAYS, temperature as TEMP_CD,
        coalesce(list_price, if(BASE_UOM = 'GA', price * 1000, price))::decimal(18, 2) as LIST_PRICE,
        standard_cost::decimal(18, 2) as STD_COST, coalesce(status, 'I') as STAT_CD,
        case when product is null then 'N' else 'Y' end as STOCK_FLG,
        case when launch_day > 0 then date '2017-01-01' + launch_day end as LAUNCH_DT,
        case when status = 'D' then date '2017-01-01' + end_day end as DISC_DT,
        strftime(date '2017-01-01' + coalesce(planned.day, 0), '%Y-%m-%d 01:15:00') as CHG_AT
    from products left join planned using (product_id) left join seen using (product_id)
    where coalesce(planned.day, 0) < $days
    order by day, product_id
"""


def _version_days(assortment: Assortment, list_prices: Floats, costs: Floats, renamed: Ints) -> tuple[Ints, Ints]:
    """List the products and days on which a version of the item begins."""
    every = np.arange(assortment.product_count)
    changed = np.zeros(list_prices.shape, dtype=bool)
    changed[:, 1:] = (np.diff(list_prices, axis=1) != 0) | (np.diff(costs, axis=1) != 0)
    product, month = np.nonzero(changed)
    days = (0 * every, renamed, assortment.launch_day, assortment.end_day)
    starts = [np.column_stack([product, _MONTH_STARTS[month]]), *(np.column_stack([every, day]) for day in days)]
    versions = np.unique(np.concatenate(starts), axis=0)
    product, day = versions[versions[:, 1] < DAYS].T
    return product, day


def item_versions(assortment: Assortment, terms: Terms, list_prices: Floats, costs: Floats, seed: int) -> pa.Table:
    """List the versions of the planned products in the item master.

    List prices change on the first of a month, standard costs follow the first supplier's price each quarter, a few
    products get a new name, launched products turn active and delisted ones end.

    Returns:
        One row per product and day with a new version, day 0 included: product, day, list_price, standard_cost,
        is_renamed, status (P planned, A active, D discontinued).
    """
    rng = np.random.default_rng([seed, RENAME_STREAM])
    count = assortment.product_count
    renamed = np.where(rng.random(count) < RENAME_SHARE, rng.integers(30, 330, count), DAYS)
    quarter_costs = np.repeat(terms.price[terms.by_product[:, 0]][:, ::3], 3, axis=1)
    quarter_costs[:, :3] = costs[:, None]
    product, day = _version_days(assortment, list_prices, quarter_costs, renamed)
    month = np.searchsorted(_MONTH_STARTS, day, side="right") - 1
    status = np.where(day < assortment.launch_day[product], "P", "A")
    return pa.table(
        {
            "product": product,
            "day": day,
            "list_price": list_prices[product, month],
            "standard_cost": quarter_costs[product, month],
            "is_renamed": day >= renamed[product],
            "status": np.where(day >= assortment.end_day[product], "D", status),
        }
    )


def write_items(
    source: duckdb.DuckDBPyConnection, folder: Path, days: int, assortment: Assortment, versions: pa.Table
) -> None:
    """Write the item master: the full extract of the first day, then changed items on the days with changes.

    Products outside the assortment are inactive without stock records; their list price is the median of the year.
    """
    storage = pa.table(
        {
            "product": np.arange(assortment.product_count),
            "shelf_days": pa.array([s.shelf_life_days for s in assortment.storage], pa.int64()),
            "temperature": [s.temperature[0].upper() for s in assortment.storage],
        }
    )
    source.register("item_versions", versions)
    source.register("item_storage", storage)
    table = source.sql(_ITEMS_SQL, params={"days": days}).to_arrow_table()
    write_by_day(table, folder, "item_master_{date}.csv.gz", partial(write_csv, quoting="needed"))
