"""How fast twenty questions of a dashboard are answered while marts are refreshed: from marts, facts, and by DuckDB."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.dashboards.clients import CLIENTS, Round, ask_all
from benchmarks.dashboards.peers import Answer, Ask, duck, export_marts, is_same, postgres
from benchmarks.dashboards.questions import INCOMPARABLE, Question, draw, questions, values
from benchmarks.dashboards.refreshing import refreshes
from benchmarks.results import Figure
from benchmarks.warehouse_scale import COMPANY, SMALL, build, load, write_company
from benchmarks.workspace import own_state
from warehouse import embedded
from warehouse.connection import Role, connect
from warehouse.publish import publish

SECONDS = 60
SEED = 1
LIMIT_MS = 100
# So often each question is put to marts, facts and DuckDB alike, and the answers are compared.
COMPARISONS = 3
SLOWEST = 5


def measure(size: Sequence[str] = SMALL, seconds: float = SECONDS) -> list[Figure]:
    """Return the milliseconds until an answer, from marts, facts and DuckDB, and the errors.

    Refreshes go on beside all three, a publication of every mart beside the first alone: its peers notice none.

    Args:
        size: Size of the company, as options of ``python -m samples synth``.
        seconds: How long the clients ask each of the three.

    Raises:
        RuntimeError: facts or DuckDB answer differently from the marts.
    """
    with own_state() as state, embedded.running_server():
        day = write_company(state, size)
        before = day - timedelta(days=1)
        build(load(before), before, full_refresh=True)
        publish(COMPANY, before)
        export_marts(state / "export")
        with connect(Role.ANALYST) as connection:
            known = values(connection, COMPANY)
            row = connection.execute("select count(*) from core.fct_sales_lines").fetchone()
        compared = compare(state / "export", known)
        # What readers do not see yet: it is published while they ask.
        build(load(day), day, full_refresh=False)
        return [
            *compared,
            *_rounds(state, day, known, seconds, f"{row[0] if row else 0:,} sales lines"),
        ]


def compare(export: Path, known: Mapping[str, Sequence[Any]]) -> list[Figure]:
    """Put every question to marts, facts and DuckDB; return how many found something, and how many were compared.

    Raises:
        RuntimeError: answers differ.
    """
    random, found, asked = Random(SEED), 0, questions()
    with postgres() as ask, duck(export) as ask_duck:
        for question in asked:
            drawn = [draw(known, random) for _ in range(COMPARISONS)]
            answers = [_compared(question, one, ask, ask_duck) for one in drawn]
            found += any(answer.rows for answer in answers)
    peers = [question for question in asked if question.facts]
    return [
        Figure("questions that found rows", found, "", f"{len(asked)} questions, each asked {COMPARISONS} times"),
        Figure("questions that DuckDB answered alike", len(asked), "", f"{len(asked)} questions"),
        Figure("questions that facts answered alike", len(peers), "", f"no facts tell {', '.join(INCOMPARABLE)}"),
    ]


def _compared(question: Question, drawn: Mapping[str, Any], ask: Ask, ask_duck: Ask) -> Answer:
    answer = ask(question.marts, drawn)
    peers = {"DuckDB": ask_duck(question.marts, drawn)}
    if question.facts:
        peers["facts"] = ask(question.facts, drawn)
    for name, peer in peers.items():
        if not is_same(answer, peer):
            raise RuntimeError(f"{question.name} with {drawn}: marts say {answer}, {name} {peer}")
    return answer


def _rounds(state: Path, day: date, known: Mapping[str, Sequence[Any]], seconds: float, size: str) -> list[Figure]:
    asked = questions()
    marts = {question.name: question.marts for question in asked}
    facts = {question.name: question.facts for question in asked if question.facts}
    folder, open_day = state / "landing" / COMPANY / "erp", day + timedelta(days=1)
    with refreshes(folder, open_day, unpublished=day) as background:
        of_marts = ask_all(postgres, marts, known, seconds, SEED)
    published, *refreshed = background
    with refreshes(folder, open_day):
        of_facts = ask_all(postgres, facts, known, seconds, SEED)
    with refreshes(folder, open_day):
        of_duckdb = ask_all(partial(duck, state / "export"), marts, known, seconds, SEED)
    behind = f"behind it a publication ({published:.0f} s) and {len(refreshed)} refreshes"
    return figures(of_marts, of_facts, of_duckdb, f"{CLIENTS} clients, {size}, {behind}")


def figures(marts: Round, facts: Round, duckdb: Round, setting: str) -> list[Figure]:
    """Return percentiles, throughput and errors of the marts beside those of the peers, and the slowest questions."""
    for error in (*marts.errors, *facts.errors, *duckdb.errors):
        print(error, file=sys.stderr)
    p95 = marts.percentile(95)
    found = [
        Figure("dashboard, answers", len(marts.timings), "", setting),
        Figure("dashboard, errors", len(marts.errors), "", "the aim is none"),
        Figure("dashboard, p95", p95, "ms", f"the aim is {LIMIT_MS} ms", p95 / LIMIT_MS),
    ]
    shared = {timing.question for timing in facts.timings}
    same = Round([timing for timing in marts.timings if timing.question in shared], marts.throughput)
    for name, ours, peer in (("facts", same, facts), ("DuckDB over Parquet", marts, duckdb)):
        of = f"{len({timing.question for timing in peer.timings})} questions"
        for label, one, other in (
            ("p50", ours.percentile(50), peer.percentile(50)),
            ("p95", ours.percentile(95), peer.percentile(95)),
            ("longest", _longest(ours), _longest(peer)),
        ):
            beside = f"{name}: {other:.1f} ms, {len(peer.errors)} errors"
            found.append(Figure(f"dashboard, {of}, {label}", one, "ms", beside, one / other))
    beside = f"facts: {facts.throughput:.1f}, DuckDB over Parquet: {duckdb.throughput:.1f}"
    found.append(Figure("dashboard, throughput", marts.throughput, "/s", beside))
    names = {timing.question for timing in marts.timings}
    for name in sorted(names, key=lambda one: marts.percentile(95, one), reverse=True)[:SLOWEST]:
        peers = [
            f"{label}: {peer.percentile(95, name):.1f} ms"
            for label, peer in (("DuckDB", duckdb), ("facts", facts))
            if any(timing.question == name for timing in peer.timings)
        ]
        found.append(Figure(f"dashboard, {name}, p95", marts.percentile(95, name), "ms", ", ".join(peers)))
    return found


def _longest(measured: Round) -> float:
    return max(timing.milliseconds for timing in measured.timings)
