"""The steps of the chain one after the other in one process, without Airflow: the peer of the orchestration."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from warehouse.embedded import running_server


def steps(company: str, day: date) -> list[tuple[str, Callable[[], Any]]]:
    """Return the steps of the chain in order, each with its name."""
    from expectations.counting import wanted
    from expectations.gate import accept, judge
    from expectations.run import check
    from ingest.load import load_company
    from ml.demand_forecast.monitoring import monitor
    from ml.demand_forecast.predict import predict
    from ml.demand_forecast.train import train as train_forecast
    from ml.product_health.score import score as score_health
    from ml.product_health.train import train as train_health
    from ml.slow_movers.score import score
    from ml.slow_movers.train import train as train_slow_movers
    from warehouse.builds import claim_batches, complete_build
    from warehouse.dbt import run_dbt
    from warehouse.layers import build_after_ml, build_layer
    from warehouse.publish import publish
    from warehouse.selections import LAYERS, RECONCILIATION

    known: dict[str, Any] = {}

    def load() -> None:
        known["batch"] = load_company(company, day, figures=wanted(company, day)).batch_id

    def gate() -> None:
        judge(company, day, known["batch"], "bare")
        accept(known["batch"])
        known["build"] = claim_batches(company, day)

    def layer(name: str) -> tuple[str, Callable[[], None]]:
        return f"dbt {name}", lambda: build_layer(name, known["build"], company, day)

    return [
        ("load", load),
        ("check raw", gate),
        ("dbt freshness", lambda: run_dbt(["source", "freshness"], company, day, known["build"])),
        *map(layer, LAYERS),
        ("complete build", lambda: complete_build(known["build"])),
        ("monitor forecast", lambda: monitor(company, day, "bare")),
        ("train forecast", lambda: train_forecast(company, day, "bare")),
        ("predict demand", lambda: predict(company, day, "bare")),
        ("check forecast", lambda: check("demand_forecast", company, day, run_id="bare")),
        ("train slow movers", lambda: train_slow_movers(company, day, "bare")),
        ("score slow movers", lambda: score(company, day, "bare")),
        ("train product health", lambda: train_health(company, day, "bare")),
        ("score product health", lambda: score_health(company, day, "bare")),
        ("check slow movers", lambda: check("slow_movers", company, day, run_id="bare")),
        ("check product health", lambda: check("product_health", company, day, run_id="bare")),
        ("dbt marts after ml", lambda: build_after_ml(company, day)),
        ("dbt reconcile", lambda: run_dbt(["test", "--selector", RECONCILIATION], company, day)),
        ("publish", lambda: publish(company, day)),
    ]


def main(company: str, day: date) -> None:
    """Run the steps and print their seconds as one line of JSON."""
    seconds = {}
    with running_server():
        for name, step in steps(company, day):
            started = time.monotonic()
            step()
            seconds[name] = round(time.monotonic() - started, 2)
            print(f"{name}: {seconds[name]} s", file=sys.stderr)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1], date.fromisoformat(sys.argv[2]))
