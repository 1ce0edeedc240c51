"""Expectations on raw.inventory_snapshots."""

from __future__ import annotations

from expectations.aggregates import age_days, mean, share
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import CRITICAL, Guard, Measure, RowRule, factor
from expectations.scope import Scope

JUDGED_DAYS = 14
STALE_DAYS = 3
NEGATIVE_SHARE = 0.02


def inventory_snapshots(scope: Scope) -> Guard:
    """Return the guard of stock snapshots: complete days, plausible stock, valuation that does not jump."""
    band = scope.row_count_band
    days = _days(scope)
    low = f"select d.* from ({days}) as d where d.ratio < {1 - band} order by d.snapshot_date"
    return raw_guard(
        Delivery(
            entity="inventory_snapshots",
            key=("snapshot_date", "location_id", "product_id", "stock_condition"),
            rules=(
                not_after_business_date("expect_snapshot_not_after_business_date", "snapshot_date", scope),
                RowRule(
                    "expect_allocated_within_on_hand",
                    "r.allocated_quantity > greatest(r.on_hand_quantity, 0)",
                    ("on_hand_quantity", "allocated_quantity"),
                ),
            ),
            measures=(
                Measure("rows_to_last_snapshot", "v.ratio", minimum=1 - band, severity=CRITICAL, examples=low),
                Measure("days_since_last_snapshot", "b.age_days", maximum=STALE_DAYS),
                Measure("negative_stock_share", "b.negative_share", maximum=NEGATIVE_SHARE, examples=_negative(scope)),
                Measure("mean_cost_factor", factor("mean_cost"), maximum=2),
                Measure("mean_cost_factor", factor("mean_cost"), maximum=5, severity=CRITICAL),
            ),
            references=(Reference("product_id", "products"), Reference("location_id", "locations")),
            aggregates={
                "age_days": age_days("snapshot_date", scope.day),
                "negative_share": share("negative_share", "r.on_hand_quantity < 0"),
                "mean_cost": mean("mean_cost", "cast(r.unit_cost as double precision)"),
            },
            compared=("mean_cost",),
            relations={"v": f"select coalesce(min(d.ratio), 1) as ratio from ({days}) as d"},
            has_currency=True,
        ),
        scope,
    )


def _negative(scope: Scope) -> str:
    return (
        "select r.snapshot_date, r.location_id, r.product_id, r.stock_condition, r.on_hand_quantity "
        f"from raw.inventory_snapshots as r where {scope.batch} and r.on_hand_quantity < 0 order by 5, 1, 2, 3, 4"
    )


def _days(scope: Scope) -> str:
    """Recent snapshots of the batch: rows, and their ratio to the snapshot before."""
    # Versions of a row count once, so that the day after a repeated snapshot does not look small.
    keys = (
        "select r.snapshot_date, r.location_id, r.product_id, r.stock_condition, "
        f"bool_or({scope.batch}) as is_judged from raw.inventory_snapshots as r where {scope.visible} "
        f"and r.snapshot_date > {scope.day} - {2 * JUDGED_DAYS} and r.snapshot_date <= {scope.day} group by 1, 2, 3, 4"
    )
    ratios = (
        "select k.snapshot_date, count(*) as row_count, bool_or(k.is_judged) as is_judged, "
        "cast(count(*) as double precision) / lag(count(*)) over (order by k.snapshot_date) as ratio "
        f"from ({keys}) as k group by 1"
    )
    return (
        f"select x.snapshot_date, x.row_count, x.ratio from ({ratios}) as x "
        f"where x.is_judged and x.snapshot_date > {scope.day} - {JUDGED_DAYS} and x.ratio is not null"
    )
