"""Products that follow others: what the earlier one sold is the past of the later one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml.demand_forecast.panel import Panel


def follow(panel: Panel) -> Panel:
    """Return the panel with the time before each successor began filled with that of the series it follows.

    A chain of several is followed to its first. Nothing is learnt from what was filled in (``target`` stays nan there),
    because it is learnt from where it was sold; measures known afterwards stay those of the series itself. A series
    that began no later than the one it is said to follow keeps its own past, so circles do no harm.
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
        filled[row, before], demand[row, before] = filled[earlier, before], demand[earlier, before]
        for values in known.values():
            values[row, before] = values[earlier, before]
    return replace(panel, filled=filled, demand=demand, known=known)
