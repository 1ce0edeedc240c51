"""Ten faults of the harness, always the same: after each the warehouse is as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest
from harness import PROJECT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_ten_faults_lose_and_double_nothing() -> None:
    # Runs through Airflow are killed by the other tests of this folder.
    command = [sys.executable, "-m", "benchmarks.chaos", "--points", "10", "--seed", "3"]
    command += ["--groups", "load", "file", "build", "publish"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 points, 0 rows lost, 0 doubled, 0 points violated" in done.stdout
    results = json.loads((PROJECT / "build" / "chaos.json").read_text())
    assert all(result["hash_equal"] is True for result in results)
    # Faults that come too late prove nothing.
    struck = Counter(result["point"]["group"] for result in results if result["where"] != "after its end")
    assert struck["load"] >= 4
    assert struck["build"] + struck["publish"] >= 1
