"""Command line: ``python -m benchmarks.slow_movers [--only synth]``; writes the figures into docs/slow-movers.md."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.forecast.page import replace
from benchmarks.slow_movers import frames, lead, page, tried, truth
from benchmarks.slow_movers.frames import DataSet
from ml.slow_movers import door
from warehouse.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "slow-movers.md"
NAMES = ("synth", "journey", "online_retail")


def main() -> None:
    """Measure what was asked for, and replace its part of the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_movers", description=__doc__)
    parser.add_argument("--only", choices=NAMES, help="one of them (default: all, some ten minutes)")
    asked = parser.parse_args().only
    for name in [asked] if asked else NAMES:
        with tempfile.TemporaryDirectory(prefix="orw-bench-", dir="/var/tmp") as folder:  # noqa: S108
            text = _text(_data(name, Path(folder)), Path(folder))
        print(text)
        replace(PAGE, name, text)


def _data(name: str, folder: Path) -> DataSet:
    if name == "synth":
        return frames.synth(folder / "company")
    return frames.journey() if name == "journey" else frames.online_retail()


def _text(data: DataSet, folder: Path) -> str:
    file, question = folder / "frame.parquet", door.usual(data.label)
    data.frame.to_parquet(file, index=False)
    given = door.read(file, question)
    found = door.judged(given, question.policy)
    best = truth.known(data.truth, found.tested, question.policy) if data.truth else None
    early = lead.measured(given, question, str(found.tested["model_name"].iloc[0]))
    return page.text(data.name, found, early, best, tried.table(given, question.policy), question.policy)


if __name__ == "__main__":
    main()
