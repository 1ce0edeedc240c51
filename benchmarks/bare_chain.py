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
    from expectations.run import check
    from ingest.ledger import set_gate_status
    from ingest.load import load_company
    from ml.demand_forecast.predict import predict
    from ml.demand_forecast.train import train as train_forecast
    from ml.slow_movers.score import score
    from ml.slow_movers.train import train as train_slow_movers
    from warehouse.builds import claim_batches, complete_build
    from warehouse.dbt import run_dbt

    known: dict[str, Any] = {}

    def load() -> None:
        known["batch"] = load_company(company, day, "bare").batch_id

    def gate() -> None:
        check("raw", company, day, batch_id=known["batch"], run_id="bare")
        set_gate_status(known["batch"], "passed", "bare chain")
        known["build"] = claim_batches(company, day)

    def dbt(*arguments: str) -> Callable[[], None]:
        return lambda: run_dbt(list(arguments), company, day, known["build"])

    return [
        ("load", load),
        ("check raw", gate),
        ("dbt freshness", dbt("source", "freshness")),
        ("dbt core", dbt("build", "--selector", "core")),
        ("dbt marts", dbt("build", "--selector", "marts")),
        ("complete build", lambda: complete_build(known["build"])),
        ("train forecast", lambda: train_forecast(company, day, "bare")),
        ("predict demand", lambda: predict(company, day, "bare")),
        ("check forecast", lambda: check("demand_forecast", company, day, run_id="bare")),
        ("train slow movers", lambda: train_slow_movers(company, day, "bare")),
        ("score slow movers", lambda: score(company, day, "bare")),
        ("check slow movers", lambda: check("slow_movers", company, day, run_id="bare")),
        ("dbt marts after ml", dbt("build", "--selector", "after_ml")),
        ("dbt reconcile", dbt("test", "--select", "test_type:singular")),
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
