"""Questions of the dashboard benchmark: what they read, what they are asked with, and how answers are judged."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks.dashboards.clients import Round, Timing, percentile
from benchmarks.dashboards.measuring import figures
from benchmarks.dashboards.peers import Answer, is_same
from benchmarks.dashboards.questions import INCOMPARABLE, SOURCES, draw, for_duckdb, parameters, questions

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
ASKED = questions()


def models(folder: str) -> set[str]:
    return {path.stem for path in (MODELS / folder).rglob("*.sql")}


def relations(query: str) -> set[tuple[str, str]]:
    """Return schema and name of what a query reads from schemas."""
    return set(re.findall(r"\b(?:from|join)\s+(\w+)\.(\w+)", query))


def test_twenty_questions_read_marts_of_every_subject() -> None:
    assert len(ASKED) == 20
    read = {name for question in ASKED for _, name in relations(question.marts)}
    folders = {path.parent.name for path in (MODELS / "marts").rglob("*.sql") if path.stem in read}
    assert folders == {"sales", "inventory", "purchasing", "logistics", "company"}


@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.name)
def test_queries_read_what_exists_with_known_parameters(question) -> None:
    marts = relations(question.marts)
    assert marts
    assert {schema for schema, _ in marts} == {"marts"}
    assert {name for _, name in marts} <= models("marts")
    facts = relations(question.facts or "")
    assert {name for _, name in facts} <= models("core")
    assert (question.facts is None) == (question.name in INCOMPARABLE)
    assert "company" in parameters(question.marts)
    assert parameters(question.marts + (question.facts or "")) <= {"company", *SOURCES}
    assert question.marts.startswith("-- ")


def test_every_parameter_is_asked_for() -> None:
    assert set(SOURCES) <= {name for one in ASKED for name in parameters(one.marts + (one.facts or ""))}


def test_the_same_seed_draws_the_same_values() -> None:
    known = {"product": [f"P{number}" for number in range(50)], "week": [date(2024, 1, 1), date(2024, 1, 8)]}
    first, again, other = ([draw(known, random) for _ in range(20)] for random in (Random(1), Random(1), Random(2)))
    assert first == again
    assert first != other
    assert {one["week"] for one in first} == set(known["week"])
    assert all(one["product"] in known["product"] for one in first)


def test_parameters_are_written_as_duckdb_writes_them() -> None:
    assert for_duckdb("week >= %(week)s - 21 and week < %(week)s + 7") == "week >= $week - 21 and week < $week + 7"


@pytest.mark.parametrize("count", [1, 2, 7, 400])
@pytest.mark.parametrize("percent", [50, 95])
def test_percentiles_are_those_of_numpy(count: int, percent: int) -> None:
    measured = [float(value) for value in np.random.default_rng(count).lognormal(size=count)]
    assert percentile(measured, percent) == pytest.approx(np.percentile(measured, percent))


def answer(*rows: tuple[object, ...], columns: str = "product amount share") -> Answer:
    return Answer(tuple(columns.split()), list(rows))


WHOLE = answer(("A", Decimal("3.5000"), Decimal("0.333333")), ("B", None, None))


@pytest.mark.parametrize(
    ("part", "same"),
    [
        (answer(("A", Decimal("3.5"), 1 / 3), ("B", None, None)), True),
        (answer((3.5, "A"), (None, "B"), columns="amount product"), True),
        (answer(("B",), ("A",), columns="product"), False),
        (answer(("A",), columns="product"), False),
        (answer(("A", 0), ("B", None), columns="product amount"), False),
        (answer(("A", Decimal("3.5")), ("B", 0), columns="product amount"), False),
        (answer(("A", Decimal("3.5001")), ("B", None), columns="product amount"), False),
    ],
    ids=["rounded", "fewer columns", "other order", "fewer rows", "zero", "zero for unknown", "other amount"],
)
def test_answers_are_the_same_in_the_columns_that_both_have(part: Answer, same: bool) -> None:
    assert is_same(WHOLE, part) is same


def test_figures_compare_the_questions_that_both_answered() -> None:
    marts = Round([Timing("a", 10), Timing("a", 30), Timing("b", 1000, "Error: gone")], 3)
    facts = Round([Timing("a", 100), Timing("a", 300)], 1)
    duckdb = Round([Timing("a", 5), Timing("a", 5), Timing("b", 50)], 2)
    found = {figure.name: figure for figure in figures(marts, facts, duckdb, "here")}
    assert found["dashboard, errors"].value == 1
    assert found["dashboard, 1 questions, p50"].ratio == pytest.approx(20 / 200)
    assert found["dashboard, 2 questions, longest"].ratio == pytest.approx(1000 / 50)
    assert "facts" not in found["dashboard, b, p95"].peer
