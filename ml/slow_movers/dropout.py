"""Whether an item still sells at all: the beta-geometric/beta-Bernoulli model, learnt without any outcome.

Of every item it is known in which weeks it sold since it first did. Each item sells in a week with a chance of its own,
and falls out of demand for good after each week with another: both are beta distributed over the items. What that says
of a gap depends on how often the item sold before it, not on how long the history is, so it holds beyond the gaps that
labelled examples of a short history can show.

Source: P. S. Fader, B. G. S. Hardie, J. Shang, Customer-Base Analysis in a Discrete-Time Noncontractual Setting,
Marketing Science 29(6), 2010, equations 4, 6 and 9 to 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.slow_movers.panel import Floats, Panel

# Of more kinds of history, the fit takes as many items at random.
MOST_KINDS = 4_000
SEED = 20170101
START = (1.0, 1.0, 0.5, 20.0)
# Logarithms of the parameters; wider ones change no chance any more.
BOUNDS = (-5.0, 7.0)
# Keeps the parameters of few items where they are likely.
PENALTY = 0.01
# Weeks that the middle spread of all items counts for beside an item's own.
USUAL_WEEKS = 13


@dataclass(frozen=True)
class Weeks:
    """Weeks since an item first sold, in which it could have sold again, as floats of shape (n,).

    Attributes:
        sold: Of them, how many it sold in.
        last: Which of them was the last that it sold in; 0 where none was.
        seen: How many there were.
    """

    sold: Floats
    last: Floats
    seen: Floats

    def of(self, chosen: np.ndarray) -> Weeks:
        """Return those of some items."""
        return Weeks(self.sold[chosen], self.last[chosen], self.seen[chosen])


@dataclass(frozen=True)
class Chances:
    """Beta distributions over the items of a history: selling in a week (a, b), and falling out after one (c, d)."""

    a: float
    b: float
    c: float
    d: float


def weeks(panel: Panel, column: int) -> tuple[Weeks, np.ndarray]:
    """Return the weeks of every series up to a column, and which series have sold at all.

    A week without stock that sold nothing says nothing about demand and does not count.

    Args:
        panel: Weekly history; weeks after the column are not looked at.
        column: Column of the stock date's week.
    """
    sold = np.nan_to_num(panel.values["sold_quantity"][:, : column + 1]) > 0
    is_empty = panel.values["closing_on_hand_quantity"][:, : column + 1] <= 0
    since_first = np.cumsum(sold, axis=1) - sold > 0
    counted = since_first & (sold | ~is_empty)
    until_last = np.cumsum(sold[:, ::-1], axis=1)[:, ::-1] > 0
    found = Weeks(*((counted & kind).sum(axis=1).astype(np.float64) for kind in (sold, until_last, counted)))
    return found, np.asarray(sold.any(axis=1))


def fit(known: Weeks) -> Chances:
    """Return the chances that make what is known most likely.

    Args:
        known: Weeks of items that have sold, at least one.
    """
    from scipy.optimize import minimize

    table = np.stack([known.sold, known.last, known.seen], axis=1)
    kinds, counts = np.unique(table, axis=0, return_counts=True)
    if len(kinds) > MOST_KINDS:
        chosen = np.random.default_rng(SEED).choice(len(table), MOST_KINDS, replace=False)
        kinds, counts = np.unique(table[chosen], axis=0, return_counts=True)
    histories = Weeks(*kinds.T)

    def loss(logs: Floats) -> float:
        likelihood = _log_likelihood(Chances(*np.exp(logs)), histories)
        return float((PENALTY * np.sum(logs**2) - np.dot(counts, likelihood)) / counts.sum())

    found = minimize(loss, np.log(START), method="L-BFGS-B", bounds=[BOUNDS] * len(START))
    return Chances(*(float(value) for value in np.exp(found.x)))


def alive(chances: Chances, known: Weeks) -> Floats:
    """Return the probability that each item has not fallen out of demand by the last week seen."""
    # Rounding may pass 1 by a hair.
    probability: Floats = np.minimum(np.exp(_log_alive(chances, known) - _log_likelihood(chances, known)), 1.0)
    return probability


def no_sale(chances: Chances, known: Weeks, lead: int, window: int) -> Floats:
    """Return the probability that an item sells in none of the weeks of a window.

    Args:
        chances: Of the history.
        known: Weeks of the items.
        lead: Weeks between the last one seen and the window.
        window: Weeks of the window.
    """
    from scipy.special import betaln

    chance, rest = chances.a + known.sold, chances.b + known.seen - known.sold
    none = np.zeros_like(known.seen)
    for left, weight in enumerate(_lives(chances, known, lead + window)):
        none += weight * np.exp(betaln(chance, rest + max(left - lead, 0)) - betaln(chance, rest))
    missed: Floats = 1 - alive(chances, known) * (1 - np.minimum(none, 1.0))
    return missed


def shortfall(
    chances: Chances, known: Weeks, sold: Floats, seen: Floats, spread: Floats, horizon: int, quantity: Floats
) -> Floats:
    """Return the probability that demand stays below a quantity, if it goes on at its pace until it falls out.

    Demand comes in orders of the size of its spread, as many as a Poisson rate says: quasi-Poisson, so that it is the
    same in pieces and in tons.

    Args:
        chances: Of the history.
        known: Weeks of the items.
        sold: Units sold in the weeks that tell the pace.
        seen: How many weeks those are, at least 1.
        spread: Variance of weekly demand over its mean, above 0.
        horizon: Weeks ahead.
        quantity: Units; demand equal to it is no shortfall.
    """
    from ml.slow_movers import demand_rate

    orders, least = sold / spread, quantity / spread
    below = np.zeros_like(known.seen)
    for left, weight in enumerate(_lives(chances, known, horizon)):
        short = demand_rate.shortfall_probability(orders, seen, left, least) if left else (quantity > 0).astype(float)
        below += weight * short
    short_of: Floats = 1 - alive(chances, known) * (1 - np.minimum(below, 1.0))
    return short_of


def spread(sold: Floats) -> Floats:
    """Return variance over mean of weekly demand by series, drawn towards the middle one as weeks are few.

    Args:
        sold: Units by series and week, nan where a series had not begun; shape (n, weeks).
    """
    weeks = (~np.isnan(sold)).sum(axis=1)
    units = np.nansum(sold, axis=1)
    mean = units / np.maximum(weeks, 1)
    squares = np.nansum((sold - mean[:, None]) ** 2, axis=1)
    is_known = (units > 0) & (weeks > 1) & (squares > 0)
    own = squares[is_known] / (weeks[is_known] - 1) / mean[is_known]
    usual = float(np.median(own)) if len(own) else 1.0
    result = np.full(len(sold), usual)
    result[is_known] = (USUAL_WEEKS * usual + weeks[is_known] * own) / (USUAL_WEEKS + weeks[is_known])
    return result


def _lives(chances: Chances, known: Weeks, horizon: int) -> list[Floats]:
    """Return, of items alive now, the probability of 0, 1, ... horizon further weeks of demand; the last: or more."""
    from scipy.special import betaln

    c, d = chances.c, chances.d + known.seen
    falls = [np.exp(betaln(c + 1, d + left) - betaln(c, d)) for left in range(horizon)]
    return [*falls, np.exp(betaln(c, d + horizon) - betaln(c, d))]


def _log_alive(chances: Chances, known: Weeks) -> Floats:
    """Return the log likelihood of each history together with being alive at its end."""
    from scipy.special import betaln

    sells = betaln(chances.a + known.sold, chances.b + known.seen - known.sold) - betaln(chances.a, chances.b)
    stays = betaln(chances.c, chances.d + known.seen) - betaln(chances.c, chances.d)
    total: Floats = sells + stays
    return total


def _log_likelihood(chances: Chances, known: Weeks) -> Floats:
    """Return the log likelihood of each history, shape (n,): equation 4, whose sum is over when the item fell out."""
    from scipy.special import betaln

    a, b, c, d = chances.a, chances.b, chances.c, chances.d
    longest = int((known.seen - known.last).max(initial=0))
    still = _log_alive(chances, known)
    if longest == 0:
        return still
    gap = np.arange(longest - 1)[None]
    last, missed = known.last[:, None], (known.last - known.sold)[:, None]
    # Of neighboring terms of the sum only the quotient is needed, which takes no gamma function.
    quotient = (b + missed + gap) / (a + b + last + gap) * (d + last + gap) / (c + 1 + d + last + gap)
    terms = np.concatenate([np.ones((len(last), 1)), np.cumprod(quotient, axis=1)], axis=1)
    terms *= np.arange(longest)[None] < (known.seen - known.last)[:, None]
    first = betaln(a + known.sold, b + known.last - known.sold) - betaln(a, b)
    first = first + betaln(c + 1, d + known.last) - betaln(c, d)
    with np.errstate(divide="ignore"):
        total: Floats = np.logaddexp(still, first + np.log(terms.sum(axis=1)))
    return total
