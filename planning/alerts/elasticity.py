"""Price elasticity of demand by category, with its interval, and whether the data support one at all.

Weekly quantity q of item i in week t is Poisson-like around

    E[q_it] = mean_i x exp(month_t + elasticity x ln(price_it / usual price_i) + promotion x promoted share_it)

fitted by quasi-maximum likelihood, which needs the mean to be right and no more (Santos Silva & Tenreyro 2006, "The Log
of Gravity"), with standard errors clustered by item. Weeks without a sale count as zero at the price paid elsewhere,
else at the last one that held; weeks out of stock do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

ITEM = ["product_id", "planning_location_id"]
# Fewer tell a price from chance; more of a category tell no more.
LEAST_WEEKS, LEAST_ITEMS, MOST_ITEMS = 26, 5, 200
# Standard deviation of log prices within items: below 3 %, prices have not moved.
LEAST_PRICE_SD = 0.03
NORMAL_95 = 1.959964
# A price so many times the usual one is a slip of the pen or another pack.
FARTHEST_LOG_PRICE = 1.5


@dataclass(frozen=True)
class Elasticity:
    """Elasticity of a category.

    Attributes:
        estimate: Change of log demand by log price, negative where a lower price sells more.
        lower: Lower end of the 95 % interval.
        upper: Upper end of it.
        items_count: Items it rests on.
        weeks_count: Weeks of items it rests on.
        largest_discount: Share below the usual price that one week in ten undercut: the farthest that was tried.
        is_supported: Whether the interval lies below zero; only then is it a base for advice on prices.
    """

    estimate: float
    lower: float
    upper: float
    items_count: int
    weeks_count: int
    largest_discount: float
    is_supported: bool


def by_category(history: pd.DataFrame) -> dict[str, Elasticity]:
    """Estimate the elasticity of every category whose prices moved.

    Args:
        history: Result of ``source.prices``: one row per item and week with category_1, week_start_date, sold_quantity,
            average_unit_price, promoted_share, is_stockout_week.

    Returns:
        Elasticity by category_1; categories with too few items, weeks or changes of price are missing.
    """
    known = history[(~history["is_stockout_week"].fillna(False).astype(bool)) & history["category_1"].notna()]
    found = {}
    for category, rows in known.groupby("category_1", sort=True):
        prepared = _prepare(rows)
        if prepared is not None and (estimate := _fit(prepared)) is not None:
            found[str(category)] = estimate
    return found


def _prepare(rows: pd.DataFrame) -> pd.DataFrame | None:
    rows = rows.assign(item=pd.factorize(pd.MultiIndex.from_frame(rows[ITEM]))[0])
    groups = rows.groupby("item")
    summary = groups.agg(
        weeks=("sold_quantity", "size"),
        mean=("sold_quantity", "mean"),
        usual_price=("average_unit_price", "median"),
        priced=("average_unit_price", "count"),
    )
    usable = summary[
        (summary["weeks"] >= LEAST_WEEKS)
        & (summary["priced"] >= LEAST_WEEKS // 2)
        & (summary["mean"] > 0)
        & (summary["usual_price"] > 0)
    ]
    usable = usable.sort_values("mean", ascending=False, kind="stable").head(MOST_ITEMS)
    if len(usable) < LEAST_ITEMS:
        return None
    rows = rows[rows["item"].isin(usable.index)].join(usable[["mean", "usual_price"]], on="item")
    rows = rows.assign(price=_prices(rows), promoted=rows["promoted_share"].fillna(0))
    rows = rows[rows["price"] > 0]
    rows = rows.assign(
        log_price=np.log(rows["price"] / rows["usual_price"]).clip(-FARTHEST_LOG_PRICE, FARTHEST_LOG_PRICE),
        month=rows["week_start_date"].dt.to_period("M").astype(str),
    )
    return rows if rows.groupby("item")["log_price"].std().mean() >= LEAST_PRICE_SD else None


def _prices(rows: pd.DataFrame) -> pd.Series:
    """Return the price of each week: what was paid, or where nobody bought, what others paid or what held before.

    A promoted week in which nobody bought the product anywhere has no price.
    """
    paid = rows["average_unit_price"].where(rows["average_unit_price"] > 0)
    elsewhere = paid.groupby([rows["product_id"], rows["week_start_date"]]).transform("mean")
    known = paid.fillna(elsewhere)
    is_promoted = rows["promoted_share"].fillna(0) > 0
    before = known.mask(is_promoted).groupby(rows["item"]).ffill().fillna(rows["usual_price"])
    return known.fillna(before.mask(is_promoted))


def _fit(rows: pd.DataFrame) -> Elasticity | None:
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    months = pd.get_dummies(rows["month"], dtype=float)
    design = pd.concat([rows[["log_price", "promoted"]].reset_index(drop=True), months.reset_index(drop=True)], axis=1)
    if not design["promoted"].std() > 0:
        design = design.drop(columns="promoted")
    try:
        fitted = sm.GLM(
            rows["sold_quantity"].clip(lower=0).to_numpy(),
            design.to_numpy(),
            family=sm.families.Poisson(),
            offset=np.log(rows["mean"].to_numpy()),
        ).fit(cov_type="cluster", cov_kwds={"groups": rows["item"].to_numpy()})
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError):
        return None
    estimate, error = float(fitted.params[0]), float(fitted.bse[0])
    if not np.isfinite([estimate, error]).all():
        return None
    lower, upper = estimate - NORMAL_95 * error, estimate + NORMAL_95 * error
    return Elasticity(
        estimate=estimate,
        lower=lower,
        upper=upper,
        items_count=int(rows["item"].nunique()),
        weeks_count=len(rows),
        largest_discount=float(max(0.0, 1 - np.exp(np.quantile(rows["log_price"], 0.1)))),
        is_supported=upper < 0,
    )
