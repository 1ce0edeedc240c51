"""Expectations on ml.product_health_scores."""

from __future__ import annotations

from expectations.rules import CRITICAL, Guard, Measure, RowRule
from expectations.scope import Scope, latest_version

TABLE = "ml.product_health_scores"
PARTS = (
    "sales", "margin", "on_hand", "available", "inbound", "cover", "turnover", "gmroi", "sell_through", "stockout",
    "age", "returns",
)  # fmt: skip
UNSCORED_SHARE = 0.02
# Parts keep six decimals and the score four: twelve of them, times 100.
SCORE_ROUNDING = 0.001
WEIGHT_ROUNDING = 0.00001


def product_health(scope: Scope) -> Guard:
    """Return the guard of product health: scores from 0 to 100 that are the sum of their parts, all stock scored."""
    scoped = latest_version(TABLE, scope.company_id, scope.business_date)
    stocked = (
        "select d.product_id, d.planning_location_id from core.fct_demand_weekly as d "
        f"where d.company_id = '{scope.company_id}' and d.closing_on_hand_quantity > 0 "
        f"and d.week_start_date = {scope.next_week} - 7"
    )
    unscored = (
        f"select s.product_id, s.planning_location_id from ({stocked}) as s where not exists "
        f"(select 1 from {TABLE} as r where {scoped} and r.product_id = s.product_id "
        "and r.planning_location_id = s.planning_location_id) order by 1, 2"
    )
    return Guard(
        name="ml_product_health_scores",
        table=TABLE,
        key=("product_id", "planning_location_id"),
        scope=scoped,
        row_count=scope.row_counts.get(TABLE, 0),
        rules=_rules(scope),
        measures=(Measure("unscored_stock_share", "u.unscored_share", maximum=UNSCORED_SHARE, examples=unscored),),
        relations={
            "u": "select coalesce(cast(count(*) as double precision) / nullif((select count(*) from "
            f"({stocked}) as s), 0), 0) as unscored_share from ({unscored}) as x"
        },
    )


def _rules(scope: Scope) -> tuple[RowRule, ...]:
    components = tuple(f"{part}_component" for part in PARTS)
    weights = tuple(f"{part}_weight" for part in PARTS)
    added = " + ".join(f"coalesce(r.{part}_component, 0) * r.{part}_weight" for part in PARTS)
    return (
        RowRule("expect_health_between_0_and_100", "not r.health_score between 0 and 100", ("health_score",), CRITICAL),
        RowRule(
            "expect_components_between_0_and_1",
            " or ".join(f"not r.{name} between 0 and 1" for name in components),
            components,
            CRITICAL,
        ),
        RowRule(
            "expect_weights_that_add_up_to_1",
            " or ".join(f"not r.{name} >= 0" for name in weights)
            + f" or abs({' + '.join(f'r.{name}' for name in weights)} - 1) > {WEIGHT_ROUNDING}",
            weights,
            CRITICAL,
        ),
        RowRule(
            "expect_health_to_be_the_sum_of_its_parts",
            f"abs(r.health_score - 100 * ({added})) > {SCORE_ROUNDING}",
            ("health_score",),
            CRITICAL,
        ),
        RowRule("expect_known_share_between_0_and_1", "not r.known_share between 0 and 1", ("known_share",), CRITICAL),
        RowRule(
            "expect_window_after_the_day",
            f"r.window_end_date <= r.as_of_date or r.as_of_date > {scope.day}",
            ("as_of_date", "window_end_date"),
            CRITICAL,
        ),
        RowRule("expect_a_reason", "trim(r.reason_1) = ''", ("reason_1",), CRITICAL),
    )
