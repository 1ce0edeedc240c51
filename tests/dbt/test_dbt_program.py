"""What dbt writes when it is run as the project runs it."""

from __future__ import annotations

import json
from datetime import date

from warehouse.dbt import run_dbt
from warehouse.settings import Settings


def test_builds_leave_results_and_no_manifest(empty_warehouse: Settings) -> None:
    """manifest.json is large, and nothing reads that of a build."""
    target = empty_warehouse.state_dir / "dbt" / "other"
    (target / "manifest.json").unlink(missing_ok=True)
    run_dbt(["run", "--select", "stg_products"], "shop", date(2024, 3, 1))
    results = json.loads((target / "run_results.json").read_text())["results"]
    assert [result["unique_id"].split(".")[-1] for result in results] == ["stg_products"]
    assert not (target / "manifest.json").exists()
