"""Expectations on ml.slow_mover_scores."""

from __future__ import annotations

from expectations.aggregates import share
from expectations.rules import CRITICAL, Guard, Measure, RowRule
from expectations.scope import Scope, latest_version

TABLE = "ml.slow_mover_scores"
FLAGGED_SHARE = 0.5
UNSCORED_SHARE = 0.02
# Quantities keep four decimals, probabilities six.
QUANTITY_ROUNDING = 0.0001
PROBABILITY_ROUNDING = 0.000001


def slow_movers(scope: Scope) -> Guard:
    """Return the guard of slow-mover scores: probabilities, bands and flags that agree, all stock scored."""
    scoped = latest_version(TABLE, scope.company_id, scope.business_date)
    unscored = _unscored(scope, scoped)
    return Guard(
        name="ml_slow_mover_scores",
        table=TABLE,
        key=("product_id", "planning_location_id"),
        scope=scoped,
        row_count=scope.row_counts.get(TABLE, 0),
        rules=_rules(scope),
        measures=(
            Measure("unscored_stock_share", "u.unscored_share", maximum=UNSCORED_SHARE, examples=unscored),
            Measure("flagged_share", "b.flagged_share", maximum=FLAGGED_SHARE),
        ),
        aggregates={"flagged_share": share("flagged_share", "r.is_flagged")},
        relations={
            "u": "select coalesce(cast(count(*) as double precision) / nullif((select count(*) from "
            f"({_stocked(scope)}) as s), 0), 0) as unscored_share from ({unscored}) as x"
        },
    )


def _wrong_band(scope: Scope) -> str:
    """Condition that the band is not the one of the probability, which is stored rounded and so may sit on a limit."""
    high = scope.policy("slow_movers.high_probability")
    medium = scope.policy("slow_movers.medium_probability")
    return (
        f"(r.risk_band = 'high' and r.probability < {high} - {PROBABILITY_ROUNDING}) "
        f"or (r.risk_band = 'medium' and not r.probability between {medium} - {PROBABILITY_ROUNDING} "
        f"and {high} + {PROBABILITY_ROUNDING}) "
        f"or (r.risk_band = 'low' and r.probability > {medium} + {PROBABILITY_ROUNDING})"
    )


def _wrong_flag(scope: Scope) -> str:
    """Condition that stock at high risk is not flagged, or some below the release is; between, flags stay."""
    release = scope.policy("slow_movers.release_probability")
    return (
        "(r.risk_band = 'high' and not r.is_flagged) "
        f"or (r.is_flagged and r.probability < {release} - {PROBABILITY_ROUNDING})"
    )


def _stocked(scope: Scope) -> str:
    """Items with stock at the end of the last complete week."""
    return (
        "select d.product_id, d.planning_location_id from core.fct_demand_weekly as d "
        f"where d.company_id = '{scope.company_id}' and d.closing_on_hand_quantity > 0 "
        f"and d.week_start_date = {scope.next_week} - 7"
    )


def _unscored(scope: Scope, scoped: str) -> str:
    return (
        f"select s.product_id, s.planning_location_id from ({_stocked(scope)}) as s where not exists "
        f"(select 1 from {TABLE} as r where {scoped} and r.product_id = s.product_id "
        "and r.planning_location_id = s.planning_location_id) order by 1, 2"
    )


def _rules(scope: Scope) -> tuple[RowRule, ...]:
    return (
        RowRule(
            "expect_probability_between_0_and_1",
            "not r.probability between 0 and 1",
            ("probability",),
            severity=CRITICAL,
        ),
        RowRule(
            "expect_band_of_probability",
            _wrong_band(scope),
            ("probability", "risk_band"),
            severity=CRITICAL,
        ),
        RowRule(
            "expect_flag_of_probability",
            _wrong_flag(scope),
            ("probability", "risk_band", "is_flagged"),
            severity=CRITICAL,
        ),
        RowRule(
            "expect_unsold_within_stock",
            f"not r.expected_unsold_quantity between 0 and r.on_hand_quantity + {QUANTITY_ROUNDING}",
            ("on_hand_quantity", "expected_unsold_quantity"),
            severity=CRITICAL,
        ),
        RowRule("expect_stock_on_hand", "not r.on_hand_quantity > 0", ("on_hand_quantity",)),
        RowRule(
            "expect_window_after_stock_date",
            "r.window_start_date <= r.as_of_date or r.window_end_date < r.window_start_date "
            f"or r.as_of_date > {scope.day}",
            ("as_of_date", "window_start_date", "window_end_date"),
            severity=CRITICAL,
        ),
        RowRule("expect_a_reason", "r.is_flagged and trim(r.reason_1) = ''", ("is_flagged", "reason_1"), CRITICAL),
    )
