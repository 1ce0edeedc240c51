"""The log of a gate holds its verdict, and not what Great Expectations says about itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]
# As in a task: everything from INFO on goes to the log.
SCRIPT = """
import logging, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO)
from expectations.context import open_project
open_project(Path(sys.argv[1]), {})
logging.info("done")
"""


def test_opening_the_project_logs_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], check=True, cwd=PROJECT, capture_output=True, text=True
    )
    assert [line for line in done.stderr.splitlines() if line.startswith(("INFO", "DEBUG"))] == ["INFO:root:done"]
