"""Risk of each item in three dimensions: demand, supply, competition.

Each dimension has parts between 0 (none) and 1 (full risk), each from one documented figure; its score is 100 times
their mean by the weights of policy ``alerts.limits``, over the parts that are known. Three scores that reach the
critical score make the item red (handbook F1).

The standard of demand is dynamic: what the item usually sells in four weeks (mean of the thirteen weeks before them,
without those out of stock where these lose sales), times what its whole category did, so that a season is no deviation.
The usual range around it is elastic: ``elastic_sd`` standard deviations of what it sold in such weeks. A deviation
counts from the border of the range, over the standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from planning.alerts import policy as policies
from planning.alerts.elasticity import Elasticity
from planning.alerts.source import JUDGED_WEEKS, STANDARD_WEEKS
from warehouse.alert_policy import COMPETITION_PARTS, DEMAND_PARTS, SUPPLY_PARTS, Alerts

PARTS = {"demand": DEMAND_PARTS, "supply": SUPPLY_PARTS, "competition": COMPETITION_PARTS}
DIMENSIONS = tuple(PARTS)
# Below so many usual weeks, neither mean nor range are worth a name.
LEAST_USUAL_WEEKS = 8
# A few days with stock say too little of the others.
LEAST_STOCKED_SHARE = 0.5
# A category that halves or doubles within a month has another reason than its season.
CATEGORY_RANGE = (0.5, 2.0)
DAYS = 7
# What counts as full risk: weekly sales that scatter by twice their mean; a demand that gives in threefold to a price.
FULL_VARIATION, FULL_ELASTICITY = 2.0, 3.0


def score(
    items: pd.DataFrame,
    policy: Alerts,
    elasticities: Mapping[str, Elasticity],
    day: date,
    *,
    stockouts_lose_sales: bool,
) -> pd.DataFrame:
    """Add to each item its standards, deviations, parts and scores.

    Args:
        items: Result of ``source.items``.
        policy: Policy of the company.
        elasticities: Elasticity by category_1.
        day: Business date, whose limits hold.
        stockouts_lose_sales: Policy ``forecast.stockouts_lose_sales``: whether days without stock cut sales, so that
            demand is what the days with stock sold, over all days; otherwise what sold is what was demanded.

    Returns:
        The items with the limits in force (``limit_*``), ``demand_quantity`` and ``demand_standard`` (four weeks, base
        units), ``demand_deviation``, ``cover_weeks``, ``needed_weeks``, ``safe_weeks``,
        ``expected_missing_quantity``, ``price_standard``, ``price_deviation``, ``elasticity`` and its interval,
        ``<dimension>_<part>`` and ``<dimension>_score``, ``critical_count``.
    """
    scored = _with_limits(items, policy, day)
    scored = _with_elasticity(scored, elasticities)
    scored = _with_demand(scored, stockouts_lose_sales)
    scored = _with_supply(scored, policy)
    scored = _with_competition(scored)
    for dimension, parts in PARTS.items():
        scored[f"{dimension}_score"] = _weighted(scored, dimension, parts)
    reached = [(scored[f"{dimension}_score"] >= scored["limit_critical_score"]) for dimension in DIMENSIONS]
    scored["critical_count"] = np.sum(reached, axis=0).astype(int)
    return scored


def _with_limits(items: pd.DataFrame, policy: Alerts, day: date) -> pd.DataFrame:
    """Add the limits and weights of each item's category."""
    rows = {}
    for category in items["category_1"].dropna().unique().tolist() + [None]:
        limits = policies.limits_on(policy, category, day)
        plain = limits.model_dump(exclude={"effective_from", "category", *DIMENSIONS})
        weights = {
            f"weight_{dimension}_{part}": weight
            for dimension in DIMENSIONS
            for part, weight in getattr(limits, dimension).model_dump().items()
        }
        rows[category] = {f"limit_{name}": value for name, value in plain.items()} | weights
    categories = items["category_1"].astype(object).where(items["category_1"].notna(), None)
    limits_frame = pd.DataFrame([rows[category] for category in categories], index=items.index)
    return pd.concat([items, limits_frame], axis=1)


def _with_elasticity(items: pd.DataFrame, elasticities: Mapping[str, Elasticity]) -> pd.DataFrame:
    supported = {name: found for name, found in elasticities.items() if found.is_supported}
    columns = {
        "elasticity": {name: found.estimate for name, found in supported.items()},
        "elasticity_lower": {name: found.lower for name, found in supported.items()},
        "elasticity_upper": {name: found.upper for name, found in supported.items()},
        "largest_discount": {name: found.largest_discount for name, found in supported.items()},
    }
    return items.assign(**{column: items["category_1"].map(values).astype(float) for column, values in columns.items()})


def _with_demand(items: pd.DataFrame, stockouts_lose_sales: bool) -> pd.DataFrame:
    stocked_share = 1 - items["stockout_days"].fillna(0) / (JUDGED_WEEKS * DAYS)
    if not stockouts_lose_sales:
        stocked_share[:] = 1.0
    is_known = (items["usual_weeks"] >= LEAST_USUAL_WEEKS) & (items["sold_weeks"] == JUDGED_WEEKS)
    is_known &= stocked_share >= LEAST_STOCKED_SHARE
    quantity = (items["sold_quantity"] / stocked_share).where(is_known)
    usual = (items["usual_weekly_quantity"] * JUDGED_WEEKS).where(is_known)
    standard = usual * _movement(items["category_1"], quantity, usual)
    # The sum of four weeks scatters by the root of four times as much as one.
    width = items["limit_elastic_sd"] * items["usual_weekly_sd"] * np.sqrt(JUDGED_WEEKS)
    low, high = (standard - width).clip(lower=0), standard + width
    beyond = (quantity - high).clip(lower=0) - (low - quantity).clip(lower=0)
    variation = items["usual_weekly_sd"] / items["usual_weekly_quantity"].replace(0, np.nan)
    usual_views, views = items["usual_view_count"] / STANDARD_WEEKS, items["view_count"].fillna(0) / JUDGED_WEEKS
    return items.assign(
        demand_quantity=quantity,
        demand_standard=standard,
        demand_low=low,
        demand_high=high,
        demand_deviation=(beyond / standard).where(standard > 0),
        demand_deviation_part=lambda frame: _full(frame["demand_deviation"].abs(), frame["limit_red"]),
        demand_volatility_part=_full(variation, FULL_VARIATION),
        demand_attention_part=_full((views / usual_views.replace(0, np.nan) - 1).abs(), 1.0),
        demand_unsold_part=items["unsold_probability"].astype(float),
    )


def _movement(category: pd.Series, quantity: pd.Series, usual: pd.Series) -> pd.Series:
    """Return what the category of each item sold, over what it usually sells."""
    both = quantity.notna() & usual.notna()
    sums = pd.DataFrame({"category": category, "quantity": quantity.where(both), "usual": usual.where(both)})
    totals = sums.groupby("category")[["quantity", "usual"]].transform("sum")
    return (totals["quantity"] / totals["usual"].replace(0, np.nan)).clip(*CATEGORY_RANGE).fillna(1.0)


def _with_supply(items: pd.DataFrame, policy: Alerts) -> pd.DataFrame:
    """Add cover against what is safe: demand until a delivery, and safety stock z sd sqrt(weeks) beside it.

    Source: Silver, Pyke, Thomas, Inventory and Production Management in Supply Chains (2017), sections 6.7 and 6.10: k
    is the number of standard deviations that stock lies above the mean, and G(k) = phi(k) - k (1 - Phi(k)) of them
    are expected to be missing.
    """
    from scipy.stats import norm

    weekly = items["forecast_4w_quantity"] / JUDGED_WEEKS
    available = items["on_hand_quantity"].fillna(0) + items["inbound_quantity"].fillna(0)
    cover = (available / weekly.replace(0, np.nan)).where(items["on_hand_quantity"].notna())
    needed = items["lead_time_days"] / DAYS + policy.review_weeks
    # Without a known scatter, as if there were none.
    sd = (items["usual_weekly_sd"] * np.sqrt(needed)).fillna(0.0)
    safe = needed + (norm.ppf(policy.service_level) * sd / weekly.replace(0, np.nan)).fillna(0.0)
    short = weekly * needed - available
    scatter = sd.where(sd > 0, 1.0)
    missing = scatter * (norm.pdf(short / scatter) + short / scatter * norm.cdf(short / scatter))
    late = (items["overdue_days"].fillna(0) / items["lead_time_days"].replace(0, np.nan)).where(
        items["supplier_id"].notna()
    )
    return items.assign(
        cover_weeks=cover,
        needed_weeks=needed,
        safe_weeks=safe,
        expected_missing_quantity=missing.where(sd > 0, short.clip(lower=0)).where(items["on_hand_quantity"].notna()),
        cover_deviation=((safe - cover) / safe.replace(0, np.nan)).clip(lower=0),
        late_deviation=late,
        supply_supplier_risk_part=_full(items["supplier_risk_index"], 100.0),
        supply_cover_part=lambda frame: _full(frame["cover_deviation"], 1.0),
        supply_lateness_part=_full(late, 1.0),
    )


def _with_competition(items: pd.DataFrame) -> pd.DataFrame:
    is_usual = items["usual_price_weeks"] >= LEAST_USUAL_WEEKS
    standard = items["usual_price_index"].where(is_usual, 100.0).where(items["price_index"].notna())
    width = (items["limit_elastic_sd"] * items["usual_price_index_sd"].fillna(0)).where(is_usual, 0.0)
    deviation = ((items["price_index"] - standard - width).clip(lower=0) / standard).where(standard > 0)
    return items.assign(
        price_standard=standard,
        price_deviation=deviation,
        competition_price_gap_part=_full((items["price_index"] / 100 - 1).clip(lower=0), items["limit_red"]),
        competition_undercut_part=_full(items["undercut_pct"], 1.0),
        # It makes a gap of prices worse; by itself it is no risk.
        competition_elasticity_part=_full(items["elasticity"].abs(), FULL_ELASTICITY).where(
            items["price_index"].notna()
        ),
    )


def _full(value: pd.Series, full: pd.Series | float) -> pd.Series:
    return (value.astype(float) / full).clip(0, 1)


def _weighted(items: pd.DataFrame, dimension: str, parts: tuple[str, ...]) -> pd.Series:
    values = items[[f"{dimension}_{part}_part" for part in parts]].to_numpy(float)
    weights = items[[f"weight_{dimension}_{part}" for part in parts]].to_numpy(float)
    weights = np.where(np.isnan(values), 0.0, weights)
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.Series(
            100 * np.nansum(values * weights, axis=1) / np.where(total > 0, total, np.nan), index=items.index
        )
