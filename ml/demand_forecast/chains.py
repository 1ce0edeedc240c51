"""Products that follow others: what the earlier one sold is the past of the later one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.demand_forecast.panel import Panel
from ml.metrics import Floats

# Periods of the earlier series that its level is taken from, and of the later one that it is held against.
PERIODS = 26
# Periods that the level of the earlier one counts for beside what the later one has sold by then.
LEVEL_WEIGHT = 2.0
# What is followed may have faded out before it was replaced: its past is not raised beyond this multiple.
MOST = 2.0


def follow(panel: Panel) -> Panel:
    """Return the panel with the time before each successor began filled with that of the series it follows.

    A chain of several is followed to its first. The more a successor has sold by itself, the more its pace tells: the
    past is scaled to it, the level of what it follows counting for two more periods. Nothing is learnt from what was
    filled in (``target`` stays nan there), because it is learnt from where it was sold; measures known afterwards stay
    those of the series itself. A series that began no later than the one it is said to follow keeps its own past, so
    circles do no harm.
    """
    if not (panel.predecessors != "").any():
        return panel
    length = len(panel.periods)
    where = np.minimum(np.searchsorted(panel.ids, panel.predecessors), len(panel.ids) - 1)
    is_here = (panel.predecessors != "") & (panel.ids[where] == panel.predecessors)
    begun = ~np.isnan(panel.filled)
    first = np.where(begun.any(axis=1), begun.argmax(axis=1), length)
    late = np.flatnonzero(is_here & (first[where] < first))
    filled, demand = panel.filled.copy(), panel.demand.copy()
    known = {name: values.copy() for name, values in panel.known.items()}
    # The earlier of a chain first, so that the later find its past filled in.
    for row in map(int, late[np.argsort(first[late], kind="stable")]):
        before, earlier = slice(0, int(first[row])), int(where[row])
        scale = _scale(filled[earlier, before], filled[row, first[row] :])
        filled[row, before], demand[row, before] = scale * filled[earlier, before], scale * demand[earlier, before]
        for values in known.values():
            values[row, before] = values[earlier, before]
    return replace(panel, filled=filled, demand=demand, known=known)


def _scale(earlier: Floats, own: Floats) -> float:
    """Return what a successor sells of what it follows sold, as far as it has shown it; 1 before it has."""
    level = np.nanmean(earlier[-PERIODS:])
    sold = np.flatnonzero(own > 0)
    # What comes after its last sale does not count where there was one: it may have been replaced in its turn.
    own = own[: sold[-1] + 1][:PERIODS] if len(sold) else own[:PERIODS]
    if not level > 0 or not len(own):
        return 1.0
    seen = (own.sum() + LEVEL_WEIGHT * level) / ((len(own) + LEVEL_WEIGHT) * level)
    return float(np.clip(seen, 0.0, MOST))
