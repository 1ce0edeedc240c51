"""Extract of a price service: what competitors ask for the planned products, once a week."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from samples.journey.arrays import Floats
from samples.journey.assortment import Assortment
from samples.journey.files import write_by_day, write_csv
from samples.journey.source import DAYS, FIRST_DAY, day_date
from samples.journey.storage import supply_group

INDEX_STREAM, WEEK_STREAM = 62, 63
COMPETITORS = (("C1", "Fairmart"), ("C2", "Old Mill Grocers"), ("C3", "Penny Depot"))
# Level of the prices of each competitor against ours, before what is drawn per group of goods.
LEVELS = (1.03, 1.06, 0.93)
MATCHED_SHARES = (0.9, 0.75, 0.6)
INDEX_SPREAD, WEEK_SPREAD = 0.04, 0.01
PROMOTION_RATE, IN_STOCK_RATE = 0.12, 0.97
# Wednesdays: the fourth day of 2017 is the first of them.
FIRST_WEDNESDAY = 3
GROUPS = ("fresh", "chilled", "frozen", "grocery", "general")
_PRICES_SQL = f"""
    select
        day::int as day, competitor as SHOP, shop_name as SHOP_NAME,
        competitor || '-' || (product_id * 7 % 1000003) as SHOP_ITEM, product_id::varchar as OUR_UPC,
        confidence::decimal(18, 2) as MATCH, strftime(
            date '{FIRST_DAY}' + day::int + to_minutes((300 + product % 240)::int), '%Y-%m-%dT%H:%M:%SZ'
        ) as SEEN_AT,
        (price / 100)::decimal(18, 2) as PRICE, (regular / 100)::decimal(18, 2) as REGULAR,
        case when is_promotion then 'Y' else 'N' end as PROMO, case when is_in_stock then 'Y' else 'N' end as STOCK
    from competitor_prices join assortment using (product)
    order by day, competitor, product
"""


def _index(seed: int) -> Floats:
    """Draw the true price index by competitor and group of goods."""
    spread = np.random.default_rng([seed, INDEX_STREAM]).normal(0, INDEX_SPREAD, (len(COMPETITORS), len(GROUPS)))
    return np.asarray(np.round(np.array(LEVELS)[:, None] + spread, 4))


def _matches(count: int, seed: int) -> tuple[Floats, Floats]:
    """Draw which products each competitor has too, and how sure the service is of it."""
    draws = np.random.default_rng([seed, INDEX_STREAM, 1]).random((len(COMPETITORS), count, 2))
    return draws[:, :, 0], np.round(0.7 + 0.3 * draws[:, :, 1], 2)


def _observe(assortment: Assortment, list_prices: Floats, index: Floats, seed: int, days: int) -> pa.Table:
    """Observe each matched product on every Wednesday."""
    chance, confidence = _matches(assortment.product_count, seed)
    group = np.array([GROUPS.index(supply_group(storage)) for storage in assortment.storage])
    who, product = np.nonzero(chance < np.array(MATCHED_SHARES)[:, None])
    weeks = []
    for day in range(FIRST_WEDNESDAY, days, 7):
        rng = np.random.default_rng([seed, WEEK_STREAM, day])
        noise, draws = rng.normal(0, WEEK_SPREAD, len(who)), rng.random((len(who), 3))
        ours = list_prices[product, day_date(day).month - 1]
        regular = np.maximum(np.round(100 * ours * index[who, group[product]] * (1 + noise)), 1)
        is_promotion = draws[:, 0] < PROMOTION_RATE
        depth = np.where(is_promotion, 0.1 + 0.2 * draws[:, 1], 0)
        weeks.append(
            {
                "day": np.full(len(who), day),
                "product": product,
                "competitor": np.array([key for key, _ in COMPETITORS])[who],
                "shop_name": np.array([name for _, name in COMPETITORS])[who],
                "confidence": confidence[who, product],
                "regular": regular,
                "price": np.maximum(np.floor(regular * (1 - depth)), 1),
                "is_promotion": is_promotion,
                "is_in_stock": draws[:, 2] < IN_STOCK_RATE,
            }
        )
    return pa.table({name: np.concatenate([week[name] for week in weeks]) for name in weeks[0]}) if weeks else None


def write_competitor_prices(
    source: duckdb.DuckDBPyConnection, assortment: Assortment, list_prices: Floats, folder: Path, days: int, seed: int
) -> dict[str, Any]:
    """Write the prices seen on each Wednesday.

    Returns:
        What was drawn: the price index by competitor and group, rates, and the number of observations.
    """
    index = _index(seed)
    observed = _observe(assortment, list_prices, index, seed, min(days, DAYS))
    count = 0
    if observed is not None:
        source.register("competitor_prices", observed)
        table = source.sql(_PRICES_SQL).to_arrow_table()
        write_by_day(table, folder, "competitor_prices_{date}.csv.gz", partial(write_csv, quoting="needed"))
        count = len(table)
    indexes = {
        key: dict(zip(GROUPS, row, strict=True)) for (key, _), row in zip(COMPETITORS, index.tolist(), strict=True)
    }
    return {
        "observations": count,
        "price_index": indexes,
        "promotion_rate": PROMOTION_RATE,
        "in_stock_rate": IN_STOCK_RATE,
        "matched_shares": dict(zip((key for key, _ in COMPETITORS), MATCHED_SHARES, strict=True)),
    }
