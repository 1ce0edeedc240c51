"""Expectations on ml.demand_forecast_predictions."""

from __future__ import annotations

from expectations.aggregates import share
from expectations.rules import CRITICAL, Guard, Measure, RowRule
from expectations.scope import Scope, latest_version

TABLE = "ml.demand_forecast_predictions"
QUANTILES = tuple(
    f"q{level}_quantity"
    for level in ("05", "10", "20", "25", "30", "40", "50", "60", "70", "75", "80", "90", "95", "975")
)
HISTORY_MULTIPLE = 5
FALLBACK_SHARE = 0.5
TOTAL_FACTOR = 2


def demand_forecast(scope: Scope) -> Guard:
    """Return the guard of forecasts: every active item, every week, quantiles in order, level near recent demand."""
    scoped = latest_version(TABLE, scope.company_id, scope.business_date)
    horizon = int(scope.policy("forecast.horizon_weeks"))
    missing, partial = _missing_items(scope, scoped), _partial_items(scope, scoped, horizon)
    # An item that never sold has no highest week, and so no verdict.
    beyond = f"r.mean_quantity > {HISTORY_MULTIPLE} * nullif(o.highest, 0)"
    return Guard(
        name="ml_demand_forecast_predictions",
        table=TABLE,
        key=("product_id", "planning_location_id", "week_start_date"),
        scope=scoped,
        row_count=scope.row_counts.get(TABLE, 0),
        rules=(
            RowRule(
                "expect_quantities_to_be_numbers", _not_a_number(), ("mean_quantity", *QUANTILES), severity=CRITICAL
            ),
            RowRule("expect_quantiles_to_rise_from_zero", _crossing(), QUANTILES, severity=CRITICAL),
            RowRule("expect_mean_not_negative", "r.mean_quantity < 0", ("mean_quantity",), severity=CRITICAL),
            RowRule("expect_mean_within_history", beyond, ("mean_quantity", "model_name", "demand_class")),
        ),
        measures=(
            Measure("items_without_forecast", "m.item_count", maximum=0, severity=CRITICAL, examples=missing),
            Measure("items_without_every_week", "w.item_count", maximum=0, severity=CRITICAL, examples=partial),
            Measure("fallback_share", "b.fallback_share", maximum=FALLBACK_SHARE),
            Measure("total_to_recent_demand", "t.ratio", minimum=1 / TOTAL_FACTOR, maximum=TOTAL_FACTOR),
        ),
        rule_joins=(_highest_weeks(scope),),
        aggregates={"fallback_share": share("fallback_share", "r.is_fallback")},
        relations={
            "m": f"select count(*) as item_count from ({missing}) as x",
            "w": f"select count(*) as item_count from ({partial}) as x",
            "t": _level(scope, scoped, horizon),
        },
    )


def _not_a_number() -> str:
    columns = ", ".join(f"r.{column}" for column in ("mean_quantity", *QUANTILES))
    # A numeric column is never null here, but it can hold NaN, which sorts above every number.
    return f"greatest({columns}) = 'NaN'"


def _crossing() -> str:
    steps = [f"r.{low} > r.{high}" for low, high in zip(QUANTILES, QUANTILES[1:], strict=False)]
    # Rows from before a quantile was stored have null there, which neither comparison minds.
    lowest = ", ".join(f"r.{column}" for column in QUANTILES)
    return " or ".join([f"least({lowest}) < 0", *steps])


def _highest_weeks(scope: Scope) -> str:
    return (
        "left join (select d.product_id, d.planning_location_id, max(d.sold_quantity) as highest "
        f"from core.fct_demand_weekly as d where d.company_id = '{scope.company_id}' group by 1, 2) as o "
        "on o.product_id = r.product_id and o.planning_location_id = r.planning_location_id"
    )


def _missing_items(scope: Scope, scoped: str) -> str:
    return (
        "select i.product_id, i.planning_location_id from core.dim_planning_item as i "
        f"where i.company_id = '{scope.company_id}' and i.is_active and not exists (select 1 from {TABLE} as r "
        f"where {scoped} and r.product_id = i.product_id and r.planning_location_id = i.planning_location_id) "
        "order by 1, 2"
    )


def _partial_items(scope: Scope, scoped: str, horizon: int) -> str:
    """Items whose weeks are not exactly the horizon after the last complete week, Monday by Monday."""
    first = scope.next_week
    return (
        "select r.product_id, r.planning_location_id, count(*) as week_count, min(r.week_start_date) as first_week, "
        f"max(r.week_start_date) as last_week from {TABLE} as r where {scoped} group by 1, 2 "
        f"having count(*) <> {horizon} or min(r.week_start_date) <> {first} "
        f"or max(r.week_start_date) <> {first} + {7 * (horizon - 1)} "
        f"or bool_or(r.week_start_date <> {first} + 7 * (r.horizon_week - 1)) order by 1, 2"
    )


def _level(scope: Scope, scoped: str, horizon: int) -> str:
    """Forecast of the horizon to demand of the same items in as many weeks before (1 without demand)."""
    recent = (
        "select sum(d.sold_quantity) from core.fct_demand_weekly as d "
        f"where d.company_id = '{scope.company_id}' and d.week_start_date >= {scope.next_week} - {7 * horizon} "
        f"and d.week_start_date < {scope.next_week} and (d.product_id, d.planning_location_id) in "
        f"(select r.product_id, r.planning_location_id from {TABLE} as r where {scoped})"
    )
    forecast = f"select sum(r.mean_quantity) from {TABLE} as r where {scoped}"
    return f"select coalesce(({forecast}) / nullif(({recent}), 0), 1) as ratio"
