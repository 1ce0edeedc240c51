"""Expectations on raw.sales_lines."""

from __future__ import annotations

from expectations import counted
from expectations.aggregates import age_days, mean, shaped, values
from expectations.delivery import Delivery, Reference, not_after_business_date, raw_guard
from expectations.rules import CRITICAL, Guard, Measure, RowRule, factor, shift
from expectations.sale_prices import HIGHEST, implausible_count, implausible_prices
from expectations.scope import Scope

JUDGED_DAYS = 14
HISTORY_WEEKS = 8
ENOUGH_WEEKS = 4
# Of fewer lines a day, half or double is chance.
ENOUGH_LINES = 10
STALE_DAYS = 3
# Geometric mean of the net price of a unit: a wrong unit or decimal point moves it by its factor, odd lines do not.
TYPICAL_PRICE = shaped(
    "exp({})",
    mean(
        "typical_price",
        # What the condition leaves out must not be worked out either: it has no logarithm.
        "case when r.net_amount > 0 and r.quantity > 0 "
        "then ln(cast(r.net_amount / r.quantity as double precision)) end",
    ),
)
DAYS = values("sale_date")


def sales_lines(scope: Scope) -> Guard:
    """Return the guard of sales lines: arithmetic of a line, volume per trading day, prices, drift of customers."""
    band = scope.row_count_band
    days = _days(scope)
    outside = f"abs(d.line_count / nullif(d.median, 0) - 1) > {band}"
    return raw_guard(
        Delivery(
            entity="sales_lines",
            key=("transaction_id", "line_number"),
            rules=_rules(scope),
            measures=(*_measures(band, days, outside), *implausible_prices(scope)),
            references=(
                Reference("product_id", "products"),
                Reference("location_id", "locations"),
                Reference("customer_id", "customers", maximum=0.05),
                # Sales are counted in base units; of another one nobody knows how many pieces it has.
                Reference("uom", "products", maximum=0),
            ),
            aggregates={
                "age_days": age_days("sale_date", scope.day),
                "typical_price": TYPICAL_PRICE,
                "anonymous_share": mean("anonymous_share", "case when r.customer_id is null then 1.0 else 0.0 end"),
            },
            compared=("typical_price", "anonymous_share"),
            relations={
                "v": f"select coalesce(min(d.line_count / nullif(d.lowest, 0)), 1) as lowest_ratio, "
                f"count(*) filter (where {outside}) as days_outside_band from ({days}) as d",
                "p": implausible_count(scope),
            },
            has_currency=True,
            figures=(DAYS, HIGHEST),
        ),
        scope,
    )


def _measures(band: float, days: str, outside: str) -> tuple[Measure, ...]:
    low = f"select d.* from ({days}) as d where d.line_count < {1 - band} * d.lowest order by d.sale_date"
    return (
        Measure(
            "lowest_day_ratio",
            "v.lowest_ratio",
            minimum=1 - band,
            severity=CRITICAL,
            examples=low,
            meaning="lines of a day by the fewest of the same weekday in the weeks before; policy gate.row_count_band "
            f"allows {band:.0%} less",
        ),
        Measure(
            "days_outside_band",
            "v.days_outside_band",
            maximum=0,
            examples=f"select d.* from ({days}) as d where {outside} order by d.sale_date",
        ),
        Measure("days_since_last_sale", "b.age_days", maximum=STALE_DAYS),
        Measure("typical_price_factor", factor("typical_price"), maximum=2),
        Measure("typical_price_factor", factor("typical_price"), maximum=5, severity=CRITICAL),
        Measure("anonymous_share_shift", shift("anonymous_share"), maximum=0.2),
    )


def _rules(scope: Scope) -> tuple[RowRule, ...]:
    amounts = ("gross_amount", "discount_amount", "net_amount")
    return (
        not_after_business_date("expect_sale_not_after_business_date", "sale_date", scope),
        RowRule(
            "expect_net_within_gross",
            "abs(r.net_amount) > abs(r.gross_amount) + 0.01",
            ("gross_amount", "net_amount"),
            critical_share=0.01,
        ),
        RowRule(
            "expect_gross_less_discount_to_be_net",
            "abs(r.gross_amount - r.discount_amount - r.net_amount) > 0.02",
            amounts,
            critical_share=0.01,
        ),
        RowRule(
            "expect_quantity_times_price_to_be_gross",
            # unit_price keeps four decimals, so the product may be off by half of the last one per unit.
            "abs(r.unit_price * r.quantity - r.gross_amount) > 0.01 + 0.00005 * abs(r.quantity)",
            ("quantity", "unit_price", "gross_amount"),
            critical_share=0.05,
        ),
        RowRule("expect_returns_to_take_back", "r.is_return and r.quantity > 0", ("is_return", "quantity")),
        RowRule(
            "expect_sale_date_near_instant",
            # Days since 1970 of both: a time zone would be looked up for every row.
            "abs(floor(extract(epoch from r.sold_at) / 86400) - (r.sale_date - date '1970-01-01')) > 1",
            ("sold_at", "sale_date"),
            critical_share=0.05,
        ),
    )


def _days(scope: Scope) -> str:
    """Recent trading days of the batch: lines now known, lowest and median of the same weekday in the weeks before."""
    lines, arrived = _counted_days(scope) if scope.counted.tells_rows("sales_lines", DAYS) else _read_days(scope)
    span = JUDGED_DAYS + 7 * HISTORY_WEEKS
    counts = (
        "select c.sale_date, cast(c.line_count as double precision) as line_count "
        f"from ({lines}) as c where c.sale_date > {scope.day} - {span} and c.sale_date <= {scope.day}"
    )
    judged = (
        f"select c.sale_date from ({arrived}) as c "
        f"where c.sale_date > {scope.day} - {JUDGED_DAYS} and c.sale_date <= {scope.day}"
    )
    weeks_before = (
        f"n.sale_date - p.sale_date between 7 and {7 * HISTORY_WEEKS} and mod(n.sale_date - p.sale_date, 7) = 0"
    )
    return (
        "select n.sale_date, n.line_count, min(p.line_count) as lowest, "
        "percentile_cont(0.5) within group (order by p.line_count) as median "
        f"from ({counts}) as n inner join ({counts}) as p on {weeks_before} "
        f"where n.sale_date in ({judged}) group by 1, 2 having count(*) >= {ENOUGH_WEEKS} "
        f"and percentile_cont(0.5) within group (order by p.line_count) >= {ENOUGH_LINES}"
    )


def _read_days(scope: Scope) -> tuple[str, str]:
    """Lines by day of history and batch, and days of the batch, from the rows.

    Versions of a line count once, so that a corrected or repeated day is not a busy one.
    """
    span = JUDGED_DAYS + 7 * HISTORY_WEEKS
    lines = (
        "select distinct r.sale_date, r.source_system, r.transaction_id, r.line_number from raw.sales_lines as r "
        f"where {scope.visible} and r.sale_date > {scope.day} - {span} and r.sale_date <= {scope.day}"
    )
    arrived = f"select distinct r.sale_date from raw.sales_lines as r where {scope.batch}"
    return f"select v.sale_date, count(*) as line_count from ({lines}) as v group by 1", arrived


def _counted_days(scope: Scope) -> tuple[str, str]:
    """The same from what was counted: where no two loads have lines of one day, no line has a second version."""
    day = f"where f.item = '{DAYS.item}' and f.value is not null"
    visible, batch = (
        counted.relation(scope.company_id, batches, "sales_lines")
        for batches in ((*scope.history, scope.batch_id or 0), (scope.batch_id or 0,))
    )
    selected = "select cast(f.value as date) as sale_date"
    return (
        f"{selected}, sum(f.amount) as line_count from {visible} as f {day} group by 1",
        f"{selected} from {batch} as f {day}",
    )
