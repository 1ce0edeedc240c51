"""Planning assortment: which products and places keep stock, and the real demand at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from samples.journey.arrays import Flags, Ints, Texts
from samples.journey.source import DAYS
from samples.journey.storage import Storage, storage_of

DCS = ("DC1", "DC2", "DC3")
REGULAR_WEEKS = 50
STOCK_STORES = 20
STORE_PAIR_WEEKS = 17
# Lines of this many units or more are not counted in pieces.
LARGEST_LINE = 200
LAUNCHED_LIMIT = 50
DELISTED_LIMIT = 40
_NOT_STOCKED_DEPARTMENTS = ("FUEL", "COUPON", "MISCELLANEOUS", "TRAVEL & LEISURE", "RESTAURANT", "SALAD BAR")
_NOT_STOCKED_CATEGORIES = (
    "COUPON/MISC ITEMS",
    "FUEL",
    "NEWSPAPER",
    "MAGAZINE",
    "TICKETS",
    "PREPAID WIRELESS&ACCESSORIES",
)


@dataclass(frozen=True)
class Assortment:
    """Products, places and pairs that keep stock; P products, S stores, N = 3P + M pairs, first all DC pairs.

    Attributes:
        product_id: Real product ids, shape (P,), ascending.
        kind: regular, launched or delisted, shape (P,).
        launch_day: Day number of the first real sale of launched products, else 0, shape (P,).
        end_day: Day number after the last real sale of delisted products, else DAYS, shape (P,).
        category: Product category, shape (P,).
        manufacturer: Manufacturer id, shape (P,).
        storage: How each product is kept.
        places: Names of the places that keep stock: DCs, then stores as the real store id.
        pair_place: Index into places, shape (N,).
        pair_product: Index into product_id, shape (N,).
        parent: DC pair that replenishes the pair (itself for a DC pair), shape (N,).
        demand: Real units per day served from the pair's own stock, shape (DAYS, N).
        echelon_demand: Real units per day of all stores of the DC, shape (DAYS, 3P).
    """

    product_id: Ints
    kind: Texts
    launch_day: Ints
    end_day: Ints
    category: Texts
    manufacturer: Ints
    storage: tuple[Storage, ...]
    places: tuple[str, ...]
    pair_place: Ints
    pair_product: Ints
    parent: Ints
    demand: Ints
    echelon_demand: Ints

    @property
    def product_count(self) -> int:
        """Number of products P."""
        return len(self.product_id)

    @property
    def dc_pair_count(self) -> int:
        """Number of DC pairs, 3P."""
        return len(DCS) * len(self.product_id)

    @property
    def is_dc_pair(self) -> Flags:
        """Flag per pair: kept at a distribution centre."""
        return np.arange(len(self.pair_place)) < self.dc_pair_count


_PRODUCTS_SQL = """
    create or replace table assortment as
    with life as (
        select
            product_id, count(distinct week) as weeks, min(week) as first_week, max(week) as last_week,
            min(day) as first_day, max(day) as last_day, sum(quantity) as units, max(quantity) as largest
        from sale_lines join products using (product_id)
        where not list_contains($departments, department)
            and product_category is not null and not list_contains($categories, product_category)
        group by product_id
    ),
    kinds as (
        select *, case
            when weeks >= $regular_weeks then 'regular'
            when weeks < 12 or weeks < 0.9 * (last_week - first_week + 1) then null
            when first_week >= 10 and last_week >= 52 then 'launched'
            when first_week <= 3 and last_week <= 44 then 'delisted'
        end as kind
        from life where largest < $largest
    ),
    ranked as (
        select *, row_number() over (partition by kind order by units desc, product_id) as place
        from kinds where kind is not null
    )
    select
        row_number() over (order by product_id)::int - 1 as product, product_id, kind,
        case kind when 'launched' then first_day else 0 end::int as launch_day,
        case kind when 'delisted' then last_day + 1 else $days end::int as end_day
    from ranked
    where place <= case kind when 'regular' then $regular when 'launched' then $launched else $delisted end
"""
_STORES_SQL = f"""
    create or replace table stores as
    with ranked as (
        select store_id, count(*) as lines, row_number() over (order by count(*) desc, store_id) - 1 as place
        from sale_lines group by store_id
    )
    select
        store_id, lines, place::int as place,
        (case when place % 6 < 3 then place % 6 else 5 - place % 6 end)::int as dc,
        case when place < {STOCK_STORES} then {len(DCS)} + place end::int as stock_place
    from ranked
"""
_PAIRS_SQL = f"""
    create or replace table pairs as
    with dc_pairs as (
        select dc::int as place, product, dc::int as dc from range({len(DCS)}) as r(dc), assortment
    ),
    store_pairs as (
        select stock_place as place, product, dc
        from sale_lines join stores using (store_id) join assortment using (product_id)
        where stock_place is not null
        group by all having count(distinct week) >= {STORE_PAIR_WEEKS}
    )
    select row_number() over (order by place, product)::int - 1 as pair, *
    from (from dc_pairs union all from store_pairs)
"""
_SERVED_SQL = """
    select day, {slot} as slot, sum(quantity) as units
    from sale_lines join assortment using (product_id) join stores using (store_id)
    left join pairs on pairs.place = stores.stock_place and pairs.product = assortment.product
    where quantity > 0 group by all
"""


def _select_products(source: duckdb.DuckDBPyConnection, limit: int | None) -> None:
    """Create the table assortment: products that sell in nearly every week of their life."""
    regular, launched, delisted = 1_000_000, LAUNCHED_LIMIT, DELISTED_LIMIT
    if limit is not None:
        launched = delisted = limit // 10
        regular = limit - launched - delisted
    source.execute(
        _PRODUCTS_SQL,
        {
            "departments": list(_NOT_STOCKED_DEPARTMENTS),
            "categories": list(_NOT_STOCKED_CATEGORIES),
            "regular_weeks": REGULAR_WEEKS,
            "largest": LARGEST_LINE,
            "days": DAYS,
            "regular": regular,
            "launched": launched,
            "delisted": delisted,
        },
    )


def _dense(source: duckdb.DuckDBPyConnection, query: str, width: int) -> Ints:
    """Spread the rows (day, column, units) of a query over a matrix of days."""
    matrix = np.zeros((DAYS, width), dtype=np.int64)
    rows = source.sql(query).fetchnumpy()
    matrix[rows["day"], rows["slot"]] = rows["units"]
    return matrix


def select_assortment(source: duckdb.DuckDBPyConnection, limit: int | None = None) -> Assortment:
    """Choose what is planned and where it is stocked, from the real sales alone.

    A sale is served by the store's own stock where the store keeps the product, else by the store's DC.

    Args:
        source: Connection of open_source(); gains the tables assortment, stores and pairs.
        limit: Number of products for a small slice; all when None.

    Returns:
        The assortment with its demand.
    """
    _select_products(source, limit)
    source.execute(_STORES_SQL)
    source.execute(_PAIRS_SQL)
    products = source.sql("from assortment join products using (product_id) order by product").fetchnumpy()
    pairs = source.sql("select * from pairs order by pair").fetchnumpy()
    stores = source.sql("select store_id from stores where stock_place is not null order by stock_place").fetchall()
    count = len(products["product_id"])
    dc_slot = f"stores.dc * {count} + assortment.product"
    return Assortment(
        product_id=products["product_id"].astype(np.int64),
        kind=products["kind"],
        launch_day=products["launch_day"].astype(np.int64),
        end_day=products["end_day"].astype(np.int64),
        category=products["product_category"],
        manufacturer=products["manufacturer_id"].astype(np.int64),
        storage=tuple(map(storage_of, products["department"], products["product_category"])),
        places=(*DCS, *(str(store) for (store,) in stores)),
        pair_place=pairs["place"].astype(np.int64),
        pair_product=pairs["product"].astype(np.int64),
        parent=pairs["dc"].astype(np.int64) * count + pairs["product"],
        demand=_dense(source, _SERVED_SQL.format(slot=f"coalesce(pairs.pair, {dc_slot})"), len(pairs["pair"])),
        echelon_demand=_dense(source, _SERVED_SQL.format(slot=dc_slot), len(DCS) * count),
    )
