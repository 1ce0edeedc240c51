"""Landing zone of the company synth."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from samples.landing import LandingError, marker, refuse_foreign, standing, write_whole
from samples.synth.company import Progress, write_company
from samples.synth.network import assortment_size
from samples.synth.plan import Plan

# Small enough for a first run of the whole pipeline, long enough for forecasts and slow movers.
DEFAULT_PLAN = Plan(places=6, skus=120, years=2.0, seed=1)
# 15 were seen at the largest size of docs/samples.md, without store stock; small files take the rest.
_BYTES_PER_CELL_DAY, _BYTES_OF_FILES = 25, 20_000_000


def _check_room(plan: Plan, out: Path) -> None:
    """Check that the disk holds the company: by items listed, places and days.

    Raises:
        LandingError: it does not.
    """
    parent = next(folder for folder in (out, *out.parents) if folder.exists())
    listed = plan.skus * (1 + plan.dcs) + plan.stores * assortment_size(plan)
    needed, free = listed * plan.days * _BYTES_PER_CELL_DAY + _BYTES_OF_FILES, shutil.disk_usage(parent).free
    if needed > free:
        raise LandingError(
            f"{out} needs about {needed / 1e9:.0f} GB, {parent} has {free / 1e9:.0f} GB: choose smaller sizes"
        )


def generate(out: Path, plan: Plan | None = None, progress: Progress = lambda _: None) -> bool:
    """Write a company, unless the same one already stands.

    Args:
        out: Landing folder; the truth is its folder truth.
        plan: Size and seed; None takes what stands there, or the default.
        progress: Called with one line per step.

    Returns:
        True when files were written, False when they stood already.

    Raises:
        LandingError: out holds other files, or the disk is too small.
    """
    refuse_foreign(out)
    wanted = plan or DEFAULT_PLAN
    run = marker("synth", asdict(wanted))
    found = standing(out)
    if found == run or (found is not None and plan is None and json.loads(found)["sample"] == "synth"):
        return False
    if found is not None:
        raise LandingError(f"{out} holds another company, or one of other code: choose another --out, or delete it")
    _check_room(wanted, out)
    write_whole(out, run, lambda folder: write_company(wanted, folder, progress))
    return True
