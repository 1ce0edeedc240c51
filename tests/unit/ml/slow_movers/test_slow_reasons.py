from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from ml import splits
from ml.slow_movers import examples, features, label, model, panel, reasons
from ml.slow_movers.policy import Policy

Row = pd.Series
Rows = pd.DataFrame


def _number(text: str) -> float:
    return float(text.replace(",", ""))


# Each check recomputes a sentence from the item's weekly rows, oldest first, and the item's features for what
# concerns its category or location.
CHECKS: dict[str, Callable[[re.Match[str], Rows, Row], bool]] = {
    r"cover ([\d.,]+) weeks at the last (\d+) weeks' pace": lambda m, w, _: (
        abs(w["closing_on_hand_quantity"].iloc[-1] / w["sold_quantity"].tail(int(m[2])).mean() - _number(m[1])) <= 0.5
    ),
    r"no demand in the last (\d+) weeks for ([\d.,]+) on hand": lambda m, w, _: (
        w["sold_quantity"].tail(int(m[1])).sum() == 0 and w["closing_on_hand_quantity"].iloc[-1] == _number(m[2])
    ),
    r"no sale for (\d+) weeks": lambda m, w, _: (
        w["sold_quantity"].tail(int(m[1])).sum() == 0 and w["sold_quantity"].iloc[-1 - int(m[1])] > 0
    ),
    r"no sale in all its (\d+) weeks": lambda m, w, _: len(w) == int(m[1]) and w["sold_quantity"].sum() == 0,
    r"no sale in (\d+) of the last (\d+) weeks": lambda m, w, _: (
        (w["sold_quantity"].tail(int(m[2])) == 0).sum() == int(m[1])
    ),
    r"sales down (\d+) % against the previous (\d+) weeks": lambda m, w, _: (
        abs(
            1
            - w["sold_quantity"].tail(4).mean() / w["sold_quantity"].iloc[-4 - int(m[2]) : -4].mean()
            - int(m[1]) / 100
        )
        <= 0.005001
    ),
    r"demand swings: weekly deviation ([\d.]+) times its mean": lambda m, w, _: (
        abs(w["sold_quantity"].tail(13).std() / w["sold_quantity"].tail(13).mean() - float(m[1])) <= 0.0501
    ),
    r"received ([\d.,]+) and sold ([\d.,]+) in the last (\d+) weeks": lambda m, w, _: (
        w["received_quantity"].tail(int(m[3])).sum() == _number(m[1])
        and w["sold_quantity"].tail(int(m[3])).sum() == _number(m[2])
    ),
    r"no receipt for (\d+) weeks": lambda m, w, _: w["received_quantity"].tail(int(m[1])).sum() == 0,
    r"stock ([\d.]+) times its (\d+)-week average": lambda m, w, _: (
        abs(w["closing_on_hand_quantity"].iloc[-1] / w["closing_on_hand_quantity"].tail(int(m[2])).mean() - float(m[1]))
        <= 0.0501
    ),
    r"in the range for (\d+) weeks?": lambda m, w, _: len(w) == int(m[1]),
    r"sold at (\d+) % discount in the last 4 weeks": lambda m, w, _: (
        abs(1 - w["net_sales_amount"].tail(4).sum() / w["gross_sales_amount"].tail(4).sum() - int(m[1]) / 100)
        <= 0.005001
    ),
    r"price (\d+) % above its category's median": lambda m, _, f: (
        abs(f["regular_unit_price"] / f["category_price"] - 1 - int(m[1]) / 100) <= 0.005001
    ),
    r"not promoted in the last 4 weeks": lambda m, w, _: w["promoted_share"].tail(4).sum() == 0,
    r"category sales down (\d+) % against the previous 8 weeks": lambda m, _, f: (
        abs(-f["category_trend"] - int(m[1]) / 100) <= 0.005001
    ),
    r"category sold only (\d+) % of its stock in 13 weeks": lambda m, _, f: (
        abs(f["category_sell_through_13"] - int(m[1]) / 100) <= 0.005001 and int(m[1]) <= 50
    ),
    r"among the last ([\d.]+) % of its location's sales value": lambda m, _, f: (
        f["value_from_here"] <= (float(m[1]) + 0.0501) / 100
    ),
}


@pytest.fixture(scope="module", params=[model.GRADIENT_BOOSTING, model.LOGISTIC_REGRESSION])
def explained(
    request: pytest.FixtureRequest, history: panel.Panel, items: pd.DataFrame, weekly: pd.DataFrame, limits: Policy
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    plan = splits.split(label.known_cutoffs(history, limits), limits.horizon_weeks)
    assert plan is not None
    fitted = model.fit(request.param, examples.build(history, items, plan.final, limits))
    stock = features.at(history, items, history.weeks[-1], limits)
    last = weekly[weekly["week_start_date"] == history.weeks[-1]].merge(items, on=panel.KEYS)
    value = weekly[weekly["week_start_date"] > history.weeks[-1] - pd.Timedelta(weeks=52)]
    value = value.groupby(panel.KEYS)["net_sales_amount"].sum().rename("value").reset_index()
    facts = last.merge(value, on=panel.KEYS).assign(
        category_price=last.groupby("category_2")["regular_unit_price"].transform("median")
    )
    place = facts.sort_values("value").groupby("planning_location_id")["value"]
    facts["value_from_here"] = place.cumsum() / facts.groupby("planning_location_id")["value"].transform("sum")
    facts = facts[[*panel.KEYS, "category_price", "value_from_here"]]
    known = stock.merge(facts, on=panel.KEYS, how="left").set_index(stock.index)
    return reasons.explain(fitted, stock), known, reasons.contributions(fitted, stock)


def test_every_reason_is_true(explained: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], weekly: pd.DataFrame) -> None:
    said, known, _ = explained
    by_item = dict(tuple(weekly.sort_values("week_start_date").groupby(panel.KEYS)))
    heard = set()
    for index, sentences in said.iterrows():
        row = known.loc[index]
        for sentence in sentences.dropna():
            form = next((form for form in CHECKS if re.fullmatch(form, sentence)), None)
            assert form is not None, f"unknown sentence: {sentence}"
            match = re.fullmatch(form, sentence)
            assert match
            weeks = by_item[row["product_id"], row["planning_location_id"]]
            assert CHECKS[form](match, weeks, row), f"{row['product_id']} {row['planning_location_id']}: {sentence}"
            heard.add(form)
    assert len(heard) >= 5


def test_reasons_come_by_strength_and_without_gaps(
    explained: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    said, known, raised = explained
    assert said["reason_1"].notna().all()
    assert said.loc[said["reason_2"].isna(), "reason_3"].isna().all()
    assert not (said["reason_1"] == said["reason_2"]).any()
    covered = raised["cover"] >= raised.drop(columns="cover").max(axis=1)
    strongest = covered & (raised["cover"] >= reasons.MINIMUM_CONTRIBUTION)
    assert strongest.any()
    assert said.loc[strongest, "reason_1"].str.match(r"cover|no demand").all()
    assert len(known) == len(said)
