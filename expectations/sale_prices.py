"""Sales lines whose price per piece cannot be: many times what the product usually sells for."""

from __future__ import annotations

from expectations.rules import CRITICAL, Measure
from expectations.scope import Scope
from warehouse.figures import LoadFigure

CRITICAL_SHARE = 0.01
# Amounts alone make sales; a line without quantity counts as one piece.
_PRICE = (
    "cast(greatest(abs(r.net_amount), abs(r.gross_amount)) as double precision) "
    "/ case when r.quantity = 0 then 1 else abs(cast(r.quantity as double precision)) end"
)
HIGHEST = LoadFigure("highest price", _PRICE, "max")


def implausible_prices(scope: Scope) -> tuple[Measure, Measure]:
    """Return the measures of such lines, over relation p: one warns, over 1 % are critical.

    The mean price of a batch does not tell of them: one line among thousands moves it by nothing.
    """
    name, value = "implausible_prices", "p.line_count"
    examples = f"select x.* from ({_lines(scope)}) as x order by x.price desc, x.transaction_id, x.line_number"
    allowed = int(CRITICAL_SHARE * scope.row_counts.get("sales_lines", 0))
    return (
        Measure(name, value, maximum=0, examples=examples),
        Measure(name, value, maximum=allowed, severity=CRITICAL, examples=examples),
    )


def implausible_count(scope: Scope) -> str:
    """Return the relation that counts such lines; rows are read only if a price of the batch is above the floor."""
    highest = scope.counted.highest.get("sales_lines", {}).get(HIGHEST.item)
    if highest is not None and highest <= scope.policy("gate.price_floor"):
        return "select 0 as line_count"
    return f"select count(*) as line_count from ({_lines(scope)}) as x"


def _lines(scope: Scope) -> str:
    """Lines above the floor and far above both list price and usual price; of a product without either, the limit.

    The usual price is the median of the lines of batch and history, the lower of two; a single line tells of none.
    """
    floor, factor, limit = (scope.policy(f"gate.price_{name}") for name in ("floor", "factor", "limit"))
    lists = (
        "select k.product_id, max(nullif(k.list_price, 0)) as list_price from raw.products as k "
        f"where k.company_id = '{scope.company_id}' group by 1"
    )
    # Who sells dear things needs the list price alone: few lines are left to compare with others.
    dear = (
        "select r.source_system, r.transaction_id, r.line_number, r.product_id, r.quantity, r.gross_amount, "
        f"r.net_amount, {_PRICE} as price, l.list_price from raw.sales_lines as r "
        f"left join ({lists}) as l on l.product_id = r.product_id where {scope.batch} and {_PRICE} > {floor} "
        f"and {_PRICE} > {factor} * coalesce(l.list_price, 0)"
    )
    usual = (
        f"select r.product_id, percentile_disc(0.5) within group (order by {_PRICE}) as price "
        f"from raw.sales_lines as r where {scope.visible} and r.product_id in (select d.product_id from ({dear}) as d) "
        "group by 1 having count(*) > 1"
    )
    return (
        f"select d.* from ({dear}) as d left join ({usual}) as u on u.product_id = d.product_id "
        f"where d.price > coalesce({factor} * greatest(u.price, d.list_price), {limit})"
    )
