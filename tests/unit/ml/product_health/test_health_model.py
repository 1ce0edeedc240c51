"""The index by hand: curves, weights, and what adds up to health."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.product_health import indicators, model
from ml.product_health.indicators import INDICATORS, NAMES

NAN = float("nan")
SEED = 7


def known(count: int = 1, **figures: object) -> pd.DataFrame:
    """Figures of products; nan where nothing is said."""
    return pd.DataFrame({name: figures.get(name, NAN) for name in NAMES}, index=range(count), dtype=float)


def by_hand() -> model.Model:
    """Sales weigh 0.6 on a curve that gains most at first; cover weighs 0.4 and is best at 0 days."""
    values: dict[str, object] = dict.fromkeys(NAMES)
    ranks: dict[str, object] = dict.fromkeys(NAMES)
    values |= {"sales": np.array([0.0, 100.0]), "cover": np.array([-200.0, 0.0])}
    ranks |= {"sales": np.array([0.0, 1.0]), "cover": np.array([0.0, 1.0])}
    steps = dict.fromkeys(NAMES, (0.0,)) | {"sales": (0.45, 0.15), "cover": (0.4,)}
    return model.Model(model.SHAPED, values, ranks, steps)


def drawn(rows: int = 600) -> pd.DataFrame:
    """Products of which sales, cover and age decide what comes, among figures that do not."""
    generator = np.random.default_rng(SEED)
    frame = known(rows, **{name: generator.random(rows) for name in NAMES})
    frame.loc[generator.random(rows) < 0.2, "age"] = NAN
    wanted = 0.5 * frame["sales"] - 0.3 * frame["cover"] - 0.2 * frame["age"].fillna(0.5)
    return frame.assign(target=(wanted + generator.normal(0, 0.1, rows)).rank(pct=True))


@pytest.fixture(scope="module")
def fitted() -> model.Model:
    return model.fit(model.SHAPED, drawn())


def test_health_is_the_sum_of_its_parts() -> None:
    row = known(sales=50.0, cover=50.0)
    parts = model.components(by_hand(), row)
    # Half of the ranks climb the first step whole: 0.45 / 0.6. 50 of 200 days leave three quarters.
    assert parts.loc[0, ["sales", "cover"]].tolist() == [0.75, 0.75]
    shares, known_share = model.weights(by_hand(), parts)
    assert shares.loc[0, ["sales", "cover"]].tolist() == [0.6, 0.4]
    assert known_share.tolist() == [1.0]
    assert model.health(parts, shares).tolist() == [75.0]
    # 0.6 x (0.45 x 0.5 / 0.6) and 0.4 x 0: 22.5 points.
    assert model.predict(by_hand(), known(sales=25.0, cover=400.0)).tolist() == [pytest.approx(22.5)]


def test_what_is_not_known_leaves_its_weight_to_the_others() -> None:
    parts = model.components(by_hand(), known(cover=50.0, age=3.0))
    shares, known_share = model.weights(by_hand(), parts)
    assert shares.loc[0, "cover"] == 1.0
    assert known_share.tolist() == [0.4]
    assert model.health(parts, shares).tolist() == [75.0]


def test_where_only_weightless_figures_are_known_they_weigh_the_same() -> None:
    flat = model.Model(
        model.STRAIGHT,
        {name: np.array([0.0, 1.0]) for name in NAMES},
        {name: np.array([0.0, 1.0]) for name in NAMES},
        dict.fromkeys(NAMES, (0.0,)) | {"sales": (1.0,)},
    )
    parts = model.components(flat, known(margin=1.0, gmroi=0.5))
    shares, known_share = model.weights(flat, parts)
    assert shares.loc[0, ["margin", "gmroi"]].tolist() == [0.5, 0.5]
    assert known_share.tolist() == [0.0]
    assert model.health(parts, shares).tolist() == [75.0]


def test_equal_weights_stand_at_their_ranks() -> None:
    flat = model.equal(known(4, sales=[1.0, 2.0, 2.0, 4.0], stockout=[0.0, 0.0, 0.0, 3.0]))
    assert flat.weights == dict.fromkeys(NAMES, pytest.approx(1 / 12))
    parts = model.components(flat, known(3, sales=[1.0, 2.0, 9.0], stockout=[0.0, 3.0, 9.0]))
    # Middle ranks 0.5, 2 and 3.5 of four, stretched to 0..1; two values of stock-out days are best and worst.
    assert parts["sales"].tolist() == [0.0, 0.5, 1.0]
    assert parts["stockout"].tolist() == [1.0, 0.0, 0.0]
    assert parts["margin"].isna().all()


def test_learnt_weights_find_what_decides(fitted: model.Model) -> None:
    weights = fitted.weights
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0
    assert sorted(weights, key=weights.__getitem__)[-3:] == ["age", "cover", "sales"]
    later = drawn(900).tail(300)
    index = pd.Series(model.predict(fitted, later), later.index).corr(later["target"], method="spearman")
    alone = indicators.oriented(later).corrwith(later["target"], method="spearman")
    assert index > alone.max() + 0.1


def test_what_points_the_wrong_way_weighs_nothing() -> None:
    rows = drawn()
    backwards = rows.assign(stockout=rows["target"])
    assert model.fit(model.STRAIGHT, backwards).weights["stockout"] == 0


@given(
    start=st.lists(st.floats(-1, 2), min_size=12, max_size=12),
    name=st.sampled_from(NAMES),
    more=st.floats(0, 2),
)
def test_health_only_rises_where_an_indicator_gets_better(
    fitted: model.Model, start: list[float], name: str, more: float
) -> None:
    row = pd.DataFrame([start], columns=NAMES)
    better = row.assign(**{name: row[name] + more * INDICATORS[name].sign})
    before, after = model.predict(fitted, row)[0], model.predict(fitted, better)[0]
    # Components and weights keep six decimals.
    assert after >= before - 1e-9
    assert 0 <= before <= 100


@given(unknown=st.sets(st.sampled_from(NAMES), max_size=11))
def test_weights_of_every_row_add_up_to_one(fitted: model.Model, unknown: set[str]) -> None:
    row = known(**dict.fromkeys(set(NAMES) - unknown, 0.5))
    parts = model.components(fitted, row)
    shares, known_share = model.weights(fitted, parts)
    assert shares.sum(axis=1).iloc[0] == pytest.approx(1, abs=12e-6)
    assert known_share.iloc[0] == pytest.approx(sum(fitted.weights[name] for name in set(NAMES) - unknown), abs=1e-6)
    assert (shares[list(unknown)] == 0).all(axis=None)
