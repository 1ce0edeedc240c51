"""Classifiers of slow movers with calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ml.slow_movers.features import ANSWERS, FEATURES

SEED = 20170101
FOLDS = 3
GRADIENT_BOOSTING = "gradient_boosting"
LOGISTIC_REGRESSION = "logistic_regression"
DEMAND_RATE = "demand_rate"
BLEND = "blend"
BG_BB = "bg_bb"
POOL = "pool"
CANDIDATES = (GRADIENT_BOOSTING, LOGISTIC_REGRESSION, BLEND, DEMAND_RATE, BG_BB, POOL)
# What answers without a fitted classifier, by the column that holds the answer.
ANSWERED = {DEMAND_RATE: "shortfall_probability", BG_BB: "dropout_probability"}

TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 150,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "early_stopping": False,
    "monotonic_cst": FEATURES,
    "random_state": SEED,
}


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes:
        name: One of CANDIDATES.
        estimator: Fitted scikit-learn classifier; None where a column of the features is the score.
        calibrator: Fitted map from the log-odds of the score to the probability; None for the bare score.
        share: Fitted regression of the share left unsold; None for the arithmetic one as it stands.
        medians: Median of each feature in the training rows, the typical item that reasons compare with; zeros where
            there are none.
        form: Of these fields and of the features behind them; a model that was stored in another form is not read.
    """

    FORM: ClassVar[int] = 4
    name: str
    estimator: Any
    calibrator: Any
    share: Any
    medians: dict[str, float]
    form: int = FORM


def matrix(features: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that models see, as floats, in fixed order."""
    return features[list(FEATURES)].astype(np.float64)


def uncalibrated() -> Model:
    """Return the model that needs no labels: the shortfall probability of a Poisson demand rate, as it stands."""
    return Model(DEMAND_RATE, None, None, None, dict.fromkeys((*FEATURES, *ANSWERS), 0.0))


def fit(name: str, rows: pd.DataFrame) -> Model:
    """Fit a model and its calibration.

    The calibration never sees a row that the scores it learns from were fitted to: products are dealt into folds, and
    each fold's later half of the cut-offs is scored by a model of the other folds' earlier half.

    Args:
        name: One of CANDIDATES.
        rows: Features with cutoff, is_slow and unsold_share; several cut-offs.
    """
    from sklearn.linear_model import LogisticRegression

    if name == POOL:
        return pooled(fit(BLEND, rows))
    if name == BG_BB:
        # It knows the history up to the date it is asked for; outcomes of the past would bring back their base rate.
        return Model(name, None, None, _fitted_share(rows), _medians(rows))
    estimator = None if name == DEMAND_RATE else _fitted(name, rows)
    later, scores = later_scores(name, rows)
    # Few parameters and strictly increasing: keeps the ranking, unlike isotonic steps.
    calibrator = LogisticRegression(C=1e6).fit(_log_odds(scores), later["is_slow"])
    return Model(name, estimator, calibrator, _fitted_share(rows), _medians(rows))


def pooled(blend: Model) -> Model:
    """Return the pool of a fitted blend with what needs no fit."""
    return replace(blend, name=POOL)


def fit_all(rows: pd.DataFrame) -> dict[str, Model]:
    """Return all CANDIDATES fitted on the rows that fit takes."""
    fitted = {name: fit(name, rows) for name in CANDIDATES if name != POOL}
    return fitted | {POOL: pooled(fitted[BLEND])}


def probability(model: Model, features: pd.DataFrame) -> NDArray[np.float64]:
    """Return the probability that each row's stock becomes a slow mover."""
    score = _score(model.name, model.estimator, features)
    if model.calibrator is None:
        return score
    calibrated: NDArray[np.float64] = model.calibrator.predict_proba(_log_odds(score))[:, 1]
    if model.name != POOL:
        return calibrated
    return opinion(calibrated, features)


def opinion(blended: NDArray[np.float64], features: pd.DataFrame) -> NDArray[np.float64]:
    """Return the logarithmic opinion pool, with equal weights, of what was learnt and what gaps say beyond it.

    Args:
        blended: Probability of each row by the blend.
        features: The rows, with ANSWERS.
    """
    log_odds = (_log_odds(blended) + _log_odds(_score(BG_BB, None, features)))[:, 0] / 2
    together: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return together


def unsold_share(model: Model, features: pd.DataFrame) -> NDArray[np.float64]:
    """Return the expected unsold share of each row's stock, 0 to 1."""
    if model.share is None:
        return features["shortfall_share"].to_numpy(dtype=np.float64)
    with _one_thread():
        shares: NDArray[np.float64] = np.clip(model.share.predict(matrix(features)), 0.0, 1.0)
    return shares


def _fitted(name: str, rows: pd.DataFrame) -> Any:
    with _one_thread():
        return _estimator(name).fit(_known(rows), rows["is_slow"])


def _fitted_share(rows: pd.DataFrame) -> Any:
    """Learn how much is left, which the probability that more than a limit is left does not tell.

    Rows weigh by the root of their value: dear stock decides how much money is right, and cheap stock says as much of
    what is left.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    value = np.sqrt(rows["on_hand_amount"].fillna(0.0).clip(lower=0.0).to_numpy(dtype=np.float64))
    with _one_thread():
        return HistGradientBoostingRegressor(**TREES).fit(
            _known(rows), rows["unsold_share"], sample_weight=value if value.any() else None
        )


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the matrix; a feature that no row knows, such as the cost where none is stated, has no values to bin."""
    values = matrix(rows)
    return values.fillna(dict.fromkeys(values.columns[values.isna().all()], 0.0))


def _one_thread() -> Any:
    """Hold back OpenMP: here a second thread gains nothing, and waiting for it on busy cores costs tenfold."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1)


def _estimator(name: str) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    if name == BLEND:
        # Trees know no figures beyond those they have seen, such as long gaps in a short history; a line goes on.
        return VotingClassifier(
            [(one, _estimator(one)) for one in (GRADIENT_BOOSTING, LOGISTIC_REGRESSION)], voting="soft"
        )
    if name == LOGISTIC_REGRESSION:
        return make_pipeline(
            FunctionTransformer(signed_log),
            SimpleImputer(strategy="median", keep_empty_features=True),
            StandardScaler(),
            LogisticRegression(C=0.1, max_iter=1000),
        )
    return HistGradientBoostingClassifier(**TREES)


def signed_log(values: pd.DataFrame) -> pd.DataFrame:
    """Return sign(x) log(1 + |x|), which tames the long tails of cover and value."""
    return pd.DataFrame(np.sign(values) * np.log1p(values.abs()))


def is_later(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows belong to the later half of the cut-offs, whose scores the calibration learns from."""
    cutoffs = np.sort(rows["cutoff"].unique())
    later: NDArray[np.bool_] = (rows["cutoff"] >= cutoffs[len(cutoffs) // 2]).to_numpy()
    return later


def later_scores(name: str, rows: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the rows of the later half of the cut-offs, scored by models that know neither their items nor time.

    Args:
        name: One of CANDIDATES that are fitted, or DEMAND_RATE.
        rows: As fit takes them.
    """
    later = is_later(rows)
    if name == DEMAND_RATE:
        return rows[later], _score(name, None, rows[later])
    fold = _fold(rows, rows[~later])
    scores = np.empty(len(rows))
    for number in range(FOLDS):
        wanted = later & (fold == number)
        if wanted.any():
            scores[wanted] = _score(name, _fitted(name, rows[~later & (fold != number)]), rows[wanted])
    return rows[later], scores[later]


def _fold(rows: pd.DataFrame, earlier: pd.DataFrame) -> NDArray[np.integer[Any]]:
    """Deal products into folds at random, so that each fold's others hold slow and other stock of the earlier half."""
    products = np.sort(rows["product_id"].unique())
    dealt = pd.Series(np.random.default_rng(SEED).permutation(len(products)) % FOLDS, index=products)
    outcome = earlier.groupby("product_id")["is_slow"].agg(["any", "all"]).sum(axis=1)
    fold = dealt.reindex(outcome.index).to_numpy()
    kinds = [outcome.to_numpy() > 0, outcome.to_numpy() < 2]
    if not all((kind & (fold != number)).any() for kind in kinds for number in range(FOLDS)):
        # Chance put all of one kind into one fold: deal by kind.
        ordered = outcome.sort_values(kind="stable").index
        dealt[ordered] = np.arange(len(ordered)) % FOLDS
    return rows["product_id"].map(dealt).to_numpy()


def _score(name: str, estimator: Any, features: pd.DataFrame) -> NDArray[np.float64]:
    if estimator is None:
        return features[ANSWERED[name]].to_numpy(dtype=np.float64)
    with _one_thread():
        scores: NDArray[np.float64] = estimator.predict_proba(matrix(features))[:, 1]
    return scores


def _log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    odds: NDArray[np.float64] = np.log(inside / (1 - inside))[:, None]
    return odds


def _medians(features: pd.DataFrame) -> dict[str, float]:
    known = matrix(features).join(features[list(ANSWERS)])
    return {str(name): float(value) for name, value in known.median().items()}
