"""Whether items still sell: against published figures, enumeration by hand, and simulation."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import dropout, features
from ml.slow_movers.dropout import Chances, Weeks
from ml.slow_movers.panel import MEASURES, Panel
from ml.slow_movers.policy import Policy

# Fader, Hardie and Shang (2010), table 2: supporters of a charity by repeat gifts and year of the last in six years.
GIFTS = """
6 6 1203, 5 6 728, 4 6 512, 3 6 357, 2 6 234, 1 6 129, 5 5 335, 4 5 284, 3 5 225, 2 5 173, 1 5 119, 4 4 240, 3 4 181,
2 4 155, 1 4 78, 3 3 322, 2 3 255, 1 3 129, 2 2 613, 1 2 277, 1 1 1091, 0 0 3464
"""
LIKELY = Chances(1.3, 0.9, 0.7, 12.0)


def drawn(chances: Chances, items: int, weeks: int) -> np.ndarray:
    """Draw in which weeks items sell after their first sale, shape (items, weeks)."""
    generator = np.random.default_rng(11)
    sells = generator.beta(chances.a, chances.b, items)
    falls = generator.beta(chances.c, chances.d, items)
    life = generator.geometric(np.maximum(falls, 1e-12)) - 1
    sold: np.ndarray = (generator.random((items, weeks)) < sells[:, None]) & (np.arange(weeks) < life[:, None])
    return sold


def known(sold: np.ndarray) -> Weeks:
    """Describe the weeks after the first sale by hand."""
    numbers = np.arange(1, sold.shape[1] + 1)
    last = np.where(sold, numbers, 0).max(axis=1)
    return Weeks(sold.sum(axis=1).astype(float), last.astype(float), np.full(len(sold), float(sold.shape[1])))


def test_fit_finds_the_published_parameters() -> None:
    lines = np.array([[float(word) for word in line.split()] for line in GIFTS.split(",")])
    many = np.repeat(lines[:, :2], lines[:, 2].astype(int), axis=0)
    assert len(many) == 11_104
    found = dropout.fit(Weeks(many[:, 0], many[:, 1], np.full(len(many), 6.0)))
    assert (found.a, found.b, found.c, found.d) == pytest.approx((1.204, 0.750, 0.657, 2.783), rel=0.02)


def test_likelihood_is_what_enumeration_says() -> None:
    """Of four weeks: sold in the first and the third. It fell out after the third, or did not."""
    from scipy.stats import beta

    levels = (np.arange(2000) + 0.5) / 2000
    sells, falls = beta.ppf(levels, LIKELY.a, LIKELY.b), beta.ppf(levels, LIKELY.c, LIKELY.d)
    still = np.mean(sells**2 * (1 - sells) ** 2) * np.mean((1 - falls) ** 4)
    fallen = np.mean(sells**2 * (1 - sells)) * np.mean((1 - falls) ** 3 * falls)
    found = dropout.alive(LIKELY, Weeks(np.array([2.0]), np.array([3.0]), np.array([4.0])))
    assert found[0] == pytest.approx(still / (still + fallen), rel=1e-3)


def test_probabilities_of_all_histories_add_up_to_one() -> None:
    """Where every history of five weeks is weighed by its likelihood, being alive has its prior probability."""
    from scipy.special import betaln

    every = np.array(list(product([False, True], repeat=5)))
    weeks = known(every)
    likelihood = np.exp(dropout._log_likelihood(LIKELY, weeks))
    assert likelihood.sum() == pytest.approx(1)
    prior = np.exp(betaln(LIKELY.c, LIKELY.d + 5) - betaln(LIKELY.c, LIKELY.d))
    assert np.dot(likelihood, dropout.alive(LIKELY, weeks)) == pytest.approx(prior)
    assert prior == pytest.approx(prod((LIKELY.d + week) / (LIKELY.c + LIKELY.d + week) for week in range(5)))


def test_what_does_not_sell_in_the_window_is_foreseen() -> None:
    past, lead, window = 30, 5, 13
    sold = drawn(LIKELY, 60_000, past + lead + window)
    weeks = known(sold[:, :past])
    found = dropout.fit(weeks)
    assert (found.a, found.b, found.c, found.d) == pytest.approx((1.3, 0.9, 0.7, 12.0), rel=0.1)
    chance = dropout.no_sale(found, weeks, lead, window)
    came = ~sold[:, past + lead :].any(axis=1)
    # From those that surely sell to those long gone, a fifth of the items at a time.
    for rows in np.array_split(np.argsort(chance, kind="stable"), 5):
        assert came[rows].mean() == pytest.approx(chance[rows].mean(), abs=0.015)
    assert np.ptp(chance) > 0.9


def test_shortfall_of_what_surely_lives_is_that_of_its_pace() -> None:
    immortal = Chances(1.0, 1.0, 1e-9, 1000.0)
    weeks = Weeks(np.array([10.0]), np.array([13.0]), np.array([13.0]))
    ones = np.ones(1)
    pace = (30 * ones, 13 * ones)
    from ml.slow_movers import demand_rate

    expected = demand_rate.shortfall_probability(*pace, 18, 40 * ones)
    assert dropout.shortfall(immortal, weeks, *pace, ones, 18, 40 * ones) == pytest.approx(expected, abs=1e-6)
    # The same in thousandths: what is sold, its spread, and what is there.
    smaller = [values / 1000 for values in (30 * ones, ones, 40 * ones)]
    found = dropout.shortfall(immortal, weeks, smaller[0], 13 * ones, smaller[1], 18, smaller[2])
    assert found == pytest.approx(expected, abs=1e-6)
    # What falls out at once leaves what there is.
    mortal = Chances(1.0, 1.0, 1000.0, 1e-9)
    assert dropout.shortfall(mortal, weeks, *pace, ones, 18, 40 * ones) == pytest.approx([1.0], abs=1e-6)


def test_spread_is_variance_over_mean_drawn_to_the_middle() -> None:
    nan = float("nan")
    sold = np.array([[0.0, 4.0, 0.0, 4.0], [nan, nan, 1.0, 3.0], [0.0, 0.0, 0.0, 0.0], [2.0, 2.0, 2.0, 2.0]])
    # Variances 16 / 3 and 2 over means of 2: 8 / 3 and 1, their middle 11 / 6. Nothing is known of the others.
    middle = 11 / 6
    expected = [(13 * middle + 4 * 8 / 3) / 17, (13 * middle + 2) / 15, middle, middle]
    assert dropout.spread(sold) == pytest.approx(expected)


def one(sold: list[float], stock: list[float]) -> Panel:
    values = {measure: np.full((1, len(sold)), np.nan) for measure in MEASURES}
    values |= {"sold_quantity": np.array([sold]), "closing_on_hand_quantity": np.array([stock])}
    series = pd.DataFrame({"product_id": ["p"], "planning_location_id": ["d"]})
    return Panel(series, pd.date_range("2024-01-01", periods=len(sold), freq="7D"), values, np.array([0]))


def test_weeks_without_stock_and_before_the_first_sale_do_not_count() -> None:
    nan = float("nan")
    panel = one([0, 2, 0, 0, 3, 1, 0, 0, 9], [5, 3, 3, 0, 0, 4, nan, 4, 9])
    weeks, has_sold = dropout.weeks(panel, 7)
    # After the first sale, in the second week: idle, (empty), sold out, sold, stock not known, idle.
    assert (weeks.sold[0], weeks.last[0], weeks.seen[0], has_sold[0]) == (2, 3, 5, True)
    assert not dropout.weeks(panel, 0)[1][0]


def test_answers_come_from_the_past_alone(history: Panel, items: pd.DataFrame, limits: Policy) -> None:
    cutoff = history.weeks[30]
    column = history.column(cutoff)
    shown = {name: np.where(np.arange(len(history.weeks)) > column, 7.0, rows) for name, rows in history.values.items()}
    other = Panel(history.series, history.weeks, shown, history.first)
    first, second = (features.at(each, items, cutoff, limits) for each in (history, other))
    answers = list(features.ANSWERS)
    np.testing.assert_array_equal(first[answers], second.loc[first.index, answers])
    assert first[answers].stack().between(0, 1).all()


def test_what_never_sold_is_judged_by_its_pace(items: pd.DataFrame, limits: Policy) -> None:
    panel = one([0.0] * 10, [5.0] * 10)
    attributes = items.head(1).assign(product_id="p", planning_location_id="d")
    row = features.at(panel, attributes, panel.weeks[-1], limits).iloc[0]
    assert row["dropout_probability"] == row["shortfall_probability"]
    # Half a unit in ten weeks: none in thirteen with (10 / 23) ** .5.
    assert row["no_sale_probability"] == pytest.approx((10 / 23) ** 0.5)
