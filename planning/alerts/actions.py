"""What to do about a signal, and what that is expected to save: the first level, before any optimizer.

A playbook names the action of each level (handbook F2). Where the data do not support it, the next one of its row
holds; ``review`` always can be done, so no signal is without an action.

Formulas, per item (units: base units, currency): p price, c unit cost, s = salvage_share x c what a piece left over
brings, I stock, Q demand of thirteen weeks, d discount, e elasticity:

    adjust_price  max over d of [p(1-d) min(I, Q(1-d)^e) + s (I - min(...))] - [p min(I, Q) + s (I - min(I, Q))]
    transfer      out: quantity x (c - s - transfer_share x c), the other place need not buy it;
                  in: quantity x (p - c - transfer_share x c)
    clear         the same as adjust_price, also where only the estimate of e makes it pay; no figure without one
    replenish     what is expected to be missing x (p - c)
    expedite      what is expected to be missing x (p - c - expedite_share x c)
    stop_orders   quantity on order beyond need x (c - s)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.alerts.pieces import PIECE, ceiling, floor, is_counted
from planning.alerts.rules import WATCH
from planning.alerts.stocks import Stocks
from warehouse.alert_policy import Alerts

PLAYBOOKS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("surplus", "clearance"): {
        "yellow": ("adjust_price", "transfer", "review"),
        "orange": ("transfer", "adjust_price", "clear"),
        "red": ("clear", "transfer", "review"),
    },
    ("surplus", "response"): {
        "yellow": ("review",),
        "orange": ("stop_orders", "review"),
        "red": ("crisis_team",),
    },
    ("shortage", "response"): {
        "yellow": ("review",),
        "orange": ("replenish", "review"),
        "red": ("crisis_team",),
    },
    ("shortage", "clearance"): {
        "yellow": ("review",),
        "orange": ("transfer", "replenish", "review"),
        "red": ("expedite", "replenish", "crisis_team"),
    },
}
# Neither moving nor clearing stock answers a rival's price, and what is late is not hastened by ordering more.
OF_RULE = {
    "rival_cheaper": ("adjust_price", "review"),
    "supplier_late": ("expedite", "review"),
}
ACTIONS = ("review", "adjust_price", "transfer", "clear", "replenish", "expedite", "stop_orders", "crisis_team")


@dataclass(frozen=True)
class Advice:
    """What to do about one signal.

    Attributes:
        action: One of ACTIONS.
        quantity: What it is about, in base units; None where it is about no quantity.
        effect: What it is expected to save, in the company's currency; None where the data do not tell.
        details: Figures of the advice by name, for the evidence.
    """

    action: str
    quantity: float | None = None
    effect: float | None = None
    details: dict[str, object] | None = None


def advise(signals: pd.DataFrame, items: pd.DataFrame, policy: Alerts) -> list[Advice]:
    """Return the advice on each signal, in their order.

    What one place can take in or give away is promised once, to the signal with the most at risk first; what a transfer
    settles for one place is no longer wanted by the other.

    Args:
        signals: Result of ``rules.signals``.
        items: Result of ``risk.score``, all of them: other places of the same product.
        policy: Policy of the company.
    """
    stocks = Stocks(items)
    advice: dict[int, Advice] = {}
    for position in np.argsort(-signals["value"].to_numpy(float), kind="stable"):
        row = signals.iloc[position]
        advice[int(position)] = Advice("review") if row["level"] == WATCH else _advice(row, policy, stocks)
    return [advice[position] for position in range(len(signals))]


def _advice(row: pd.Series, policy: Alerts, stocks: Stocks) -> Advice:
    """Return the first action of the cell that the data support; of a surplus, a later one that saves more."""
    direction = str(row["direction"])
    here = (row["product_id"], row["planning_location_id"])
    wanted = "excess_quantity" if direction == "surplus" else "missing_quantity"
    settled = stocks.promised(direction, here)
    if settled > PIECE and _positive(row.get(wanted)) is not None:
        row = _less(row, (wanted, "saved_quantity"), settled)
        if _positive(row[wanted]) is None:
            return Advice("review", details={"promised_quantity": round(settled, 4)})
    playbook = str(row["limit_surplus_playbook" if direction == "surplus" else "limit_shortage_playbook"])
    steps = PLAYBOOKS[(direction, playbook)][str(row["level"])]
    if row["level"] != "red" or row["rule_id"] == "rival_cheaper":
        steps = OF_RULE.get(str(row["rule_id"]), steps)
    found = [each for each in (_try(step, row, policy, stocks) for step in steps) if each is not None]
    chosen = found[0] if found else Advice("review")
    if direction == "surplus" and chosen.effect is not None:
        chosen = max(found, key=lambda each: -math.inf if each.effect is None else each.effect)
    if chosen.action == "transfer" and chosen.quantity is not None and chosen.details:
        there = chosen.details["to_location_id" if direction == "surplus" else "from_location_id"]
        stocks.promise(direction, here, str(there), chosen.quantity)
    return chosen


def _less(row: pd.Series, names: tuple[str, ...], settled: float) -> pd.Series:
    """Return a signal without the quantity that transfers settle."""
    less = row.copy()
    for name in names:
        if name in row:
            less[name] = max(float(row[name]) - settled, 0.0)
    return less


def _try(action: str, row: pd.Series, policy: Alerts, stocks: Stocks) -> Advice | None:
    """Return the advice, or None where the data do not support it."""
    match action:
        case "adjust_price":
            return _markdown(row, policy, action)
        case "clear" if np.isnan(float(row["elasticity"])):
            return Advice(action, _positive(ceiling(row["excess_quantity"], row["uom"])))
        case "clear":
            return _markdown(row, policy, action)
        case "transfer":
            return _transfer(row, policy, stocks)
        case "replenish" | "expedite":
            return _supply(row, policy, action)
        case "stop_orders":
            surplus = floor(
                min(float(np.nan_to_num(row["inbound_quantity"])), float(row["excess_quantity"])), row["uom"]
            )
            saved = surplus * float(row["cost"]) * (1 - policy.salvage_share)
            return Advice(action, surplus, round(saved, 2)) if surplus > PIECE else None
        case _:
            others = row["alternative_suppliers"]
            return Advice(action, details={"alternative_suppliers": others} if isinstance(others, str) else None)


def _markdown(row: pd.Series, policy: Alerts, action: str) -> Advice | None:
    """Return the discount that brings most; none where it would lose money, a price even at a weak reaction."""
    price, stock, demand = float(row["price"]), float(row["stock_quantity"]), float(row["horizon_quantity"])
    if np.isnan([price, stock, demand, float(row["elasticity"])]).any() or demand <= 0 or stock <= 0 or price <= 0:
        return None
    most = min(policy.markdown_most, float(row["largest_discount"]))
    discounts = np.arange(1, int(most / policy.markdown_step + PIECE) + 1) * policy.markdown_step
    if not len(discounts):
        return None
    salvage = policy.salvage_share * float(row["cost"])
    gains = {
        name: gain(price, stock, demand, salvage, discounts, float(row[name]))
        for name in ("elasticity", "elasticity_lower", "elasticity_upper")
    }
    best = int(np.argmax(gains["elasticity"]))
    # The upper end of the interval, nearest to zero, is the weak reaction.
    if gains["elasticity" if action == "clear" else "elasticity_upper"][best] <= 0:
        return None
    discount = float(discounts[best])
    sold = min(stock, demand * (1 - discount) ** float(row["elasticity"])) - min(stock, demand)
    return Advice(
        action,
        float(round(sold)) if is_counted(row["uom"]) else round(sold, 4),
        round(float(gains["elasticity"][best]), 2),
        {
            "discount_pct": round(discount, 4),
            "new_price": round(price * (1 - discount), 4),
            "effect_low": round(float(gains["elasticity_upper"][best]), 2),
            "effect_high": round(float(gains["elasticity_lower"][best]), 2),
            "elasticity": round(float(row["elasticity"]), 4),
            "elasticity_low": round(float(row["elasticity_lower"]), 4),
            "elasticity_high": round(float(row["elasticity_upper"]), 4),
        },
    )


def gain(
    price: float, stock: float, demand: float, salvage: float, discounts: np.ndarray, elasticity: float
) -> np.ndarray:
    """Return what each discount brings more than the price as it is, over the weeks of the demand.

    Args:
        price: Price as it is, per base unit.
        stock: Stock, in base units.
        demand: Demand at that price.
        salvage: What a piece that is left brings.
        discounts: Shares off the price, 0 to below 1.
        elasticity: Change of log demand by log price.
    """
    kept = min(stock, demand)
    sold = np.minimum(stock, demand * (1 - discounts) ** elasticity)
    return price * (1 - discounts) * sold + salvage * (stock - sold) - (price * kept + salvage * (stock - kept))


def _transfer(row: pd.Series, policy: Alerts, stocks: Stocks) -> Advice | None:
    is_out = row["direction"] == "surplus"
    wanted = _positive(row["excess_quantity"] if is_out else row.get("missing_quantity"))
    cost = float(row["cost"])
    per_piece = cost * (1 - policy.salvage_share) if is_out else float(row["unit_margin"])
    per_piece -= policy.transfer_share * cost
    if wanted is None or per_piece <= 0:
        return None
    partner = stocks.partner(
        str(row["direction"]), (row["product_id"], row["planning_location_id"]), wanted, str(row["uom"])
    )
    if partner is None:
        return None
    place, quantity = partner
    way = "to" if is_out else "from"
    details: dict[str, object] = {f"{way}_location_id": place, f"{way}_location_name": stocks.name(place)}
    saved = _positive(row.get("saved_quantity"))
    paid = quantity if is_out or saved is None else min(quantity, saved)
    return Advice("transfer", round(quantity, 4), round(paid * per_piece, 2), details)


def _supply(row: pd.Series, policy: Alerts, action: str) -> Advice | None:
    missing = _positive(row.get("missing_quantity"))
    per_piece = float(row["unit_margin"]) - (policy.expedite_share * float(row["cost"]) if action == "expedite" else 0)
    if missing is None or per_piece <= 0:
        return None
    quantity = ceiling(missing, row["uom"])
    if action == "expedite":
        # Only what is on order can come sooner.
        quantity = min(quantity, float(np.nan_to_num([row["inbound_quantity"], row["overdue_quantity"]]).max()))
        if quantity <= PIECE:
            return None
    details: dict[str, object] = {}
    for name in ("supplier_id", "supplier_name", "alternative_suppliers"):
        if isinstance(row[name], str):
            details[name] = row[name]
    # Safety stock is ordered too, and mostly stays.
    saved = min(_positive(row.get("saved_quantity")) or missing, quantity)
    return Advice(action, round(quantity, 4), round(saved * per_piece, 2), details)


def _positive(value: object) -> float | None:
    number = float(value) if value is not None else float("nan")  # type: ignore[arg-type]
    return number if number > 0 else None
