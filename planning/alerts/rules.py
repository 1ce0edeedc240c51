"""The rules: which item deviates from which standard, how far, and what that may cost.

Every rule is one line of a table here and of one in docs/early-warning.md. A signal is a deviation that reaches the
yellow limit of the item's category with something at stake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.alerts.policy import LEVELS
from planning.alerts.source import JUDGED_WEEKS

WATCH = "watch"
# Deviations over the yellow limit: from where on one is watched, and more than which says nothing more.
WATCHED_RATIO, MOST_RATIO = 0.5, 1000.0
FORECAST_WEEKS = 13
# Rules that tell of one danger to an item: the first that notices it speaks, the others are only watched.
SAME_DANGER = (("slow_mover", "demand_falls"), ("supplier_late", "stock_runs_out", "demand_rises"))
# More of the places on promotion than usual by so much, and a rise was planned.
PROMOTED_MORE = 0.2


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        rule_id: Its name, for good.
        version: Rises when its arithmetic changes.
        dimension: demand, supply, competition or matrix.
        direction: surplus where too much stock threatens, shortage where too little.
        unit: Unit of the observed and the standard value.
        judge: Adds ``observed, standard, deviation, value`` to the rows it is about, from scored items; deviation is
            positive towards the danger, value in the company's currency.
    """

    rule_id: str
    version: int
    dimension: str
    direction: str
    unit: str
    judge: Callable[[pd.DataFrame], pd.DataFrame]


def signals(items: pd.DataFrame, minimum_value: float, factors: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Return what the rules notice, and what is worth watching: from half of the yellow limit on.

    Args:
        items: Result of ``risk.score``, and ``unsold_limit`` and ``medium_probability`` of the slow movers' policy.
        minimum_value: Value at risk that a signal must exceed, in the company's currency.
        factors: By rule and category ('' for items without one), what the limits are multiplied with: learnt from
            planners.

    Returns:
        The rows noticed, once per rule, with rule_id, rule_version, dimension, direction, level, observed, standard,
        deviation, limit_ratio (over the yellow limit of the policy), value, limit_factor, covered_by (the rule that
        speaks of the same danger), and the columns of the items.
    """
    prepared = _prepared(items)
    found = []
    for rule in RULES:
        rows = rule.judge(prepared)
        factor = _factor(rows["category_1"], rule.rule_id, factors)
        ratio = (rows["deviation"] / rows["limit_yellow"]).clip(upper=MOST_RATIO)
        # Red by itself, whatever was learnt.
        limits = [rows[f"limit_{level}"] * factor.where(ratio < MOST_RATIO, 1) for level in LEVELS]
        reached = np.sum([rows["deviation"] >= limit for limit in limits], axis=0)
        rows = rows.assign(
            rule_id=rule.rule_id,
            rule_version=rule.version,
            dimension=rule.dimension,
            direction=rows.get("danger", rule.direction),
            level=np.array([WATCH, *LEVELS])[reached],
            limit_ratio=ratio,
            limit_factor=factor,
            observed_unit=rule.unit,
        )
        found.append(rows[((reached > 0) | (ratio >= WATCHED_RATIO)) & (rows["value"] > minimum_value)])
    noticed = pd.concat([rows for rows in found if len(rows)] or found[:1], ignore_index=True)
    return _once(noticed.drop(columns="danger", errors="ignore"))


def _once(noticed: pd.DataFrame) -> pd.DataFrame:
    """Leave one signal of each danger to an item; ``covered_by`` names it in the others, which are watched."""
    covered = pd.Series(None, index=noticed.index, dtype=object)
    item = ["product_id", "planning_location_id"]
    for danger in SAME_DANGER:
        speaking = noticed[noticed["rule_id"].isin(danger) & (noticed["level"] != WATCH)]
        order = speaking["rule_id"].map({rule_id: place for place, rule_id in enumerate(danger)})
        first = speaking.assign(order=order).sort_values("order").groupby(item)["rule_id"].transform("first")
        covered.update(first[first != speaking["rule_id"].reindex(first.index)])
    return noticed.assign(covered_by=covered, level=noticed["level"].where(covered.isna(), WATCH))


def _prepared(items: pd.DataFrame) -> pd.DataFrame:
    """Add prices, margins and paces that several rules need."""
    price = items["list_price"].fillna(items["sold_price"])
    weekly = (items["forecast_4w_quantity"] / JUDGED_WEEKS).fillna(items["demand_quantity"] / JUDGED_WEEKS)
    on_hand = items["on_hand_quantity"].fillna(0).clip(lower=0)
    horizon = items["forecast_13w_quantity"].fillna(weekly * FORECAST_WEEKS)
    return items.assign(
        price=price,
        unit_margin=(price - items["unit_cost"]).clip(lower=0).fillna(0.0),
        cost=items["unit_cost"].fillna(0.0),
        weekly_quantity=weekly,
        horizon_quantity=horizon,
        stock_quantity=on_hand,
        available_quantity=on_hand + items["inbound_quantity"].fillna(0),
        excess_quantity=(on_hand - horizon).clip(lower=0).fillna(0.0),
    )


def _factor(category: pd.Series, rule_id: str, factors: dict[tuple[str, str], float]) -> pd.Series:
    return category.fillna("").map(lambda name: factors.get((rule_id, name), 1.0)).astype(float)


def _demand_falls(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[(items["demand_deviation"] < 0) & (items["stock_quantity"] > 0)]
    # At the pace of the last four weeks, which the forecast may not have taken up yet.
    excess = (rows["stock_quantity"] - rows["demand_quantity"] / JUDGED_WEEKS * FORECAST_WEEKS).clip(lower=0)
    return rows.assign(
        observed=rows["demand_quantity"],
        standard=rows["demand_standard"],
        deviation=-rows["demand_deviation"],
        value=excess * rows["cost"],
    )


def _demand_rises(items: pd.DataFrame) -> pd.DataFrame:
    planned = items["promoted_share"].fillna(0) - items["usual_promoted_share"].fillna(0) >= PROMOTED_MORE
    rows = items[(items["demand_deviation"] > 0) & ~planned & items["on_hand_quantity"].notna()]
    weeks = rows["needed_weeks"].fillna(JUDGED_WEEKS)
    missing = (rows["demand_quantity"] / JUDGED_WEEKS * weeks - rows["available_quantity"]).clip(lower=0)
    return rows.assign(
        observed=rows["demand_quantity"],
        standard=rows["demand_standard"],
        deviation=rows["demand_deviation"],
        value=missing * rows["unit_margin"],
        missing_quantity=missing,
    )


def _slow_mover(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[(items["unsold_probability"] >= items["medium_probability"]) & (items["scored_quantity"] > 0)]
    share = rows["expected_unsold_quantity"] / rows["scored_quantity"]
    return rows.assign(
        observed=share,
        standard=rows["unsold_limit"],
        # A limit of nothing left is reached by whatever is left.
        deviation=(share - rows["unsold_limit"]) / rows["unsold_limit"].clip(lower=0.01),
        value=rows["expected_unsold_amount"].fillna(0),
        excess_quantity=rows["expected_unsold_quantity"],
    )


def _stock_runs_out(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[(items["cover_deviation"] > 0) & (items["weekly_quantity"] > 0)]
    return rows.assign(
        observed=rows["cover_weeks"],
        standard=rows["safe_weeks"],
        deviation=rows["cover_deviation"],
        value=rows["expected_missing_quantity"].fillna(0) * rows["unit_margin"],
        # Up to what is safe; what that saves is what is expected to be missing.
        missing_quantity=(rows["safe_weeks"] - rows["cover_weeks"]).clip(lower=0) * rows["weekly_quantity"],
        saved_quantity=rows["expected_missing_quantity"],
    )


def _supplier_late(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[(items["late_deviation"] > 0) & (items["overdue_quantity"] > 0)]
    wanted = (rows["needed_weeks"] * rows["weekly_quantity"] - rows["stock_quantity"]).clip(lower=0)
    missing = np.minimum(rows["overdue_quantity"], wanted.fillna(0))
    return rows.assign(
        observed=rows["lead_time_days"] + rows["overdue_days"],
        standard=rows["lead_time_days"],
        deviation=rows["late_deviation"],
        value=missing * rows["unit_margin"],
        missing_quantity=missing,
    )


def _rival_cheaper(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[items["price_deviation"] > 0]
    # Demand gives way by the elasticity; where none is known, in proportion.
    lost = (rows["elasticity"].abs().fillna(1.0) * rows["price_deviation"]).clip(upper=1)
    return rows.assign(
        observed=rows["price_index"],
        standard=rows["price_standard"],
        deviation=rows["price_deviation"],
        value=(rows["weekly_quantity"] * JUDGED_WEEKS * rows["unit_margin"] * lost).fillna(0),
    )


def _three_dimensions(items: pd.DataFrame) -> pd.DataFrame:
    rows = items[items["critical_count"] == 3]
    lowest = rows[["demand_score", "supply_score", "competition_score"]].min(axis=1)
    short = rows["available_quantity"] < rows["weekly_quantity"] * rows["needed_weeks"].fillna(JUDGED_WEEKS)
    missing = (rows["weekly_quantity"] * rows["needed_weeks"].fillna(JUDGED_WEEKS) - rows["available_quantity"]).clip(
        lower=0
    )
    return rows.assign(
        observed=lowest,
        standard=rows["limit_critical_score"],
        # Red by itself, however far beyond.
        deviation=np.inf,
        danger=np.where(short, "shortage", "surplus"),
        value=np.where(short, missing * rows["unit_margin"], rows["stock_quantity"] * rows["cost"]),
        missing_quantity=missing,
    )


RULES = (
    Rule("demand_falls", 2, "demand", "surplus", "quantity in four weeks", _demand_falls),
    Rule("demand_rises", 2, "demand", "shortage", "quantity in four weeks", _demand_rises),
    Rule("slow_mover", 1, "demand", "surplus", "share of the stock left", _slow_mover),
    Rule("stock_runs_out", 2, "supply", "shortage", "weeks of cover", _stock_runs_out),
    Rule("supplier_late", 1, "supply", "shortage", "days from order to delivery", _supplier_late),
    Rule("rival_cheaper", 1, "competition", "surplus", "price index, 100 is the rivals' price", _rival_cheaper),
    Rule("three_dimensions", 1, "matrix", "surplus", "lowest of three scores", _three_dimensions),
)
