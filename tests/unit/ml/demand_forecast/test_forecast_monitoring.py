"""Limits, population stability and what decides on a training, against figures by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml import registry
from ml.demand_forecast import contest, due, engine, panel, served, stability, states
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.demand_forecast.panel import Panel
from ml.demand_forecast.states import DRIFTING, FAILING, OK, SHIFTED, UNJUDGED, Limits
from ml.registry import Champion
from warehouse.policy import Policy, PolicyError, parse

LIMITS = Limits(4, 4, 4, 1.25, 1.5, 0.2, 0.15, 0.1, 0.25)
NAN = float("nan")
SUNDAY = date(2024, 3, 31)


def test_defaults_are_the_documented_limits() -> None:
    assert states.limits(Policy().texts()) == Limits(8, 4, 100, 1.25, 1.5, 0.2, 0.15, 0.1, 0.25)
    with pytest.raises(PolicyError, match=r"drift_psi \(0.3\) must lie below drift_psi_shifted \(0.25\)"):
        parse({"forecast": {"drift_psi": 0.3}})


@pytest.mark.parametrize(
    ("name", "observed", "promised", "naive", "state"),
    [
        pytest.param("wql", 0.24, 0.2, 0.9, OK, id="as-promised"),
        pytest.param("wql", 0.26, 0.2, 0.9, DRIFTING, id="a-quarter-above-its-promise"),
        pytest.param("wql", 0.31, 0.2, 0.9, FAILING, id="half-above-its-promise"),
        pytest.param("wql", 0.21, 0.2, 0.205, FAILING, id="worse-than-naive"),
        pytest.param("wql", 0.31, NAN, 0.3, FAILING, id="no-promise-and-worse-than-naive"),
        pytest.param("wql", 0.29, NAN, 0.3, OK, id="no-promise-and-better-than-naive"),
        pytest.param("wql", NAN, 0.2, NAN, UNJUDGED, id="no-demand"),
        pytest.param("wape", 9.0, 0.2, 0.1, DRIFTING, id="only-wql-fails"),
        pytest.param("bias", -0.25, 0.0, NAN, DRIFTING, id="under-forecast"),
        pytest.param("bias", -0.25, -0.1, NAN, OK, id="under-forecast-as-in-the-backtest"),
        pytest.param("coverage_q90", 0.7, 0.88, NAN, DRIFTING, id="too-narrow"),
        pytest.param("coverage_q10", 0.2, 0.1, NAN, OK, id="a-little-off"),
    ],
)
def test_errors_are_judged_by_promise_and_naive(
    name: str, observed: float, promised: float, naive: float, state: str
) -> None:
    assert states.of_error(name, observed, promised, naive, LIMITS).state == state


@pytest.mark.parametrize(("index", "state"), [(0.09, OK), (0.11, DRIFTING), (0.26, SHIFTED), (NAN, UNJUDGED)])
def test_inputs_are_judged_by_the_usual_limits(index: float, state: str) -> None:
    assert states.of_input(index, LIMITS).state == state


@pytest.mark.parametrize(
    ("found", "state"),
    [([OK, DRIFTING, FAILING], FAILING), ([OK, DRIFTING], DRIFTING), ([UNJUDGED, OK], OK), ([], UNJUDGED)],
)
def test_the_worst_error_is_the_state_of_a_version(found: list[str], state: str) -> None:
    assert states.overall(found) == state


def test_psi_by_hand() -> None:
    half, quarter = np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], [25, 75])
    # Shares 50.5/101 and 25.5/101, 75.5/101: -.247525 x ln .504950 + .247525 x ln 1.495050.
    assert stability.psi(half, quarter, 2) == pytest.approx(0.268677, abs=1e-6)
    assert stability.psi(half, half, 10) == 0
    assert np.isnan(stability.psi(half, np.array([]), 2))
    # Nothing was ever promoted: all that is now falls into a bin of its own.
    assert stability.psi(np.zeros(100), quarter, 10) > 1
    assert stability.psi(np.ones(100), quarter, 10) > 0.25


def test_psi_of_equal_populations_is_small() -> None:
    draw = np.random.default_rng(3)
    alike = [stability.psi(draw.gamma(2, 3, 2000), draw.gamma(2, 3, 500), 10) for _ in range(20)]
    assert max(alike) < 0.1
    assert stability.psi(draw.gamma(2, 3, 2000), 1.5 * draw.gamma(2, 3, 500), 10) > 0.1


def rows(errors: float = 1.0) -> pd.DataFrame:
    """Point forecasts that are off by 12 of 40 units, one and two weeks ahead."""
    frame = pd.DataFrame(
        {
            "step": [1, 1, 2, 2],
            "y": [10.0, 20.0, 10.0, 0.0],
            "mean": np.array([10.0, 20.0, 10.0, 0.0]) + errors * np.array([4.0, 2.0, -3.0, 3.0]),
            "naive": [0.0, 20.0, 0.0, 0.0],
            "is_stockout_week": [True, False, False, False],
        }
    )
    return frame.assign(**dict.fromkeys(DECILE_NAMES, frame["mean"]))


PROMISE = pd.DataFrame(
    {"wql": [0.2, 0.4], "wape": [0.2, 0.4], "bias": [0.0, 0.4]}
    | {"coverage_q10": 0.1, "coverage_q50": 0.5, "coverage_q90": 1.0},
    index=pd.Index([1, 2], name="horizon_week"),
)  # fmt: skip


def measured(frame: pd.DataFrame, limits: Limits = LIMITS) -> dict[str, served.Measure]:
    return {measure.name: measure for measure in served.measure(frame, PROMISE, limits)}


def test_a_version_is_held_against_its_promise_at_as_many_weeks_ahead() -> None:
    found = measured(rows())
    # 30 units one week ahead and 10 two weeks ahead: .2 x .75 + .4 x .25.
    assert found["wql"].promised == pytest.approx(0.25)
    assert (found["wql"].observed, found["wape"].observed) == (pytest.approx(0.3), pytest.approx(0.3))
    assert (found["bias"].observed, found["bias"].promised) == (pytest.approx(0.15), pytest.approx(0.1))
    assert (found["wql"].naive, found["coverage_q90"].observed) == (pytest.approx(0.5), 0.75)
    assert found["stockout_share"].observed == 0.25
    assert found["wql"].verdict == states.Verdict(OK, 0.3125, 0.375)


@pytest.mark.parametrize(
    ("errors", "minimum", "state"),
    [(1.0, 4, OK), (1.1, 4, DRIFTING), (1.3, 4, FAILING), (1.3, 5, UNJUDGED)],
    ids=["as-promised", "drifting", "failing", "too-few-rows"],
)
def test_larger_errors_change_the_state(errors: float, minimum: int, state: str) -> None:
    assert measured(rows(errors), replace(LIMITS, minimum_rows=minimum))["wql"].verdict.state == state


def test_nothing_served_is_nothing_judged() -> None:
    assert {measure.verdict.state for measure in served.measure(rows().iloc[:0], PROMISE, LIMITS)} == {UNJUDGED}


def test_inputs_are_compared_with_blocks_that_were_learnt_from() -> None:
    # Blocks of 4 weeks end on 31 March, 3 March, 4 February ...; the window holds blocks 2 and 3, and begins in 4.
    window = (SUNDAY - timedelta(weeks=18), SUNDAY - timedelta(weeks=8))
    levels = {0: 1.0, 1: 1.0, 2: 5.0, 3: 5.0, 4: 1.0}
    blocks = pd.DataFrame(
        [
            {"unique_id": f"{item:03}", "block": block, "demand_level": level, "zero_share": 0.0, "promoted_share": 0.0,
             "is_new": 0}
            for block, level in levels.items()
            for item in range(100)
        ]
    )  # fmt: skip
    found = {measure.name: measure for measure in stability.measure(blocks, SUNDAY, window, LIMITS)}
    assert (found["psi_demand_level"].verdict.state, found["psi_zero_share"].verdict.state) == (SHIFTED, OK)
    assert found["psi_demand_level"].rows == 100
    newer = stability.measure(blocks, SUNDAY, (window[0], SUNDAY), LIMITS)
    assert newer[0].observed < found["psi_demand_level"].observed
    young = stability.measure(blocks, SUNDAY, (SUNDAY - timedelta(weeks=7), SUNDAY), LIMITS)
    assert {measure.verdict.state for measure in young} == {UNJUDGED}


def champion(**changes: Any) -> Champion:
    values: dict[str, Any] = {
        "model_version": "v1",
        "trained_through_date": SUNDAY - timedelta(weeks=1),
        "window_start_date": SUNDAY - timedelta(days=6, weeks=99),
        "metrics": {"wql": 0.2},
        "parameters": {"horizon_weeks": 13, "season_weeks": 52},
        "artifact_path": Path("v1.joblib"),
        "git_revision": registry.git_revision(),
    }
    return Champion(**(values | changes))


@pytest.mark.parametrize(
    ("serving", "reason"),
    [
        pytest.param(due.Service(champion(), OK), "v1 is younger than 4 weeks", id="young"),
        pytest.param(due.Service(champion(), UNJUDGED), "v1 is younger than 4 weeks", id="young-and-unjudged"),
        pytest.param(due.Service(champion(), DRIFTING), None, id="drifting"),
        pytest.param(due.Service(champion(), FAILING), None, id="failing"),
        pytest.param(due.Service(champion(trained_through_date=SUNDAY - timedelta(weeks=4)), OK), None, id="old"),
        pytest.param(due.Service(champion(git_revision="other"), OK), None, id="other-code"),
        pytest.param(
            due.Service(champion(parameters={"horizon_weeks": 8, "season_weeks": 52}), OK), None, id="other-setting"
        ),
        pytest.param(
            # 54 weeks learnt show no year to compare with, 55 do.
            due.Service(champion(window_start_date=SUNDAY - timedelta(days=6, weeks=54)), OK),
            None,
            id="outgrown",
        ),
        pytest.param(
            due.Service(champion(window_start_date=SUNDAY - timedelta(days=6, weeks=55)), OK),
            "v1 is younger",
            id="just-old-enough",
        ),
        pytest.param(due.Service(champion(metrics={"status": "insufficient"}), OK), None, id="never-judged"),
        pytest.param(
            due.Service(champion(git_revision="other"), OK, SUNDAY), "v1 was gone back to less than 4", id="restored"
        ),
        pytest.param(due.Service(champion(), DRIFTING, SUNDAY), None, id="restored-and-drifting"),
        pytest.param(
            due.Service(champion(git_revision="other"), OK, SUNDAY - timedelta(weeks=4)), None, id="restored-long-ago"
        ),
    ],
)
def test_training_waits_while_the_champion_is_young_and_does_as_promised(
    serving: due.Service, reason: str | None
) -> None:
    found = due.rest(serving, SUNDAY, {"horizon_weeks": 13}, 4)
    assert found == reason if reason is None else (found or "").startswith(reason)


@pytest.fixture(scope="module")
def grid(market: pd.DataFrame) -> Panel:
    return panel.build(market)


def served_rows(grid: Panel, origins: list[int], steps: int = 2) -> pd.DataFrame:
    """What a version served that forecast 0 throughout."""
    parts = [
        pd.DataFrame(
            {
                "unique_id": grid.ids,
                "origin": grid.periods[place],
                "ds": grid.periods[place + step],
                "step": step,
                "y": grid.filled[:, place + step],
                "mean": 0.0,
                **dict.fromkeys(DECILE_NAMES, 0.0),
            }
        )
        for place in origins
        for step in range(1, steps + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_replay_sees_no_week_after_the_origin(grid: Panel) -> None:
    learned = engine.untested(grid.until(40), Setting(4, 52))
    served_then = served_rows(grid, [50])
    found = contest.replay(learned, grid, served_then)
    later = replace(grid, filled=grid.filled.copy(), target=grid.target.copy(), demand=grid.demand.copy())
    for values in (later.filled, later.target, later.demand):
        values[:, 51:] = 1000.0
    other = contest.replay(learned, later, served_then)
    pd.testing.assert_frame_equal(found.other[DECILE_NAMES], other.other[DECILE_NAMES])
    assert (len(found.other), found.served_wql) == (2 * len(grid.ids), pytest.approx(1.0))
    assert found.other_wql < 0.9


def test_a_contest_begins_after_what_the_champion_learnt(grid: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def fit(known: Panel, setting: Setting) -> engine.Engine:
        lengths.append(len(known.periods))
        return engine.untested(known, setting)

    monkeypatch.setattr(engine, "fit", fit)
    challenge: Callable[..., contest.Contest | None] = contest.challenge
    served_then = served_rows(grid, [55, 56, 57])
    learnt = grid.periods[55].date() + timedelta(days=6)
    met = challenge(grid, served_then, Setting(4, 52), learnt, LIMITS)
    assert met is not None
    assert (lengths, met.other["origin"].unique().tolist()) == ([57], [grid.periods[56]])
    assert challenge(grid, served_then, Setting(4, 52), learnt, replace(LIMITS, minimum_rows=1000)) is None
    assert challenge(grid, served_then[:0], Setting(4, 52), learnt, LIMITS) is None
