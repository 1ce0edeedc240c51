"""Rows that open on one day and close on another: orders, parcels."""

from __future__ import annotations

from samples.synth.arrays import Rows, joined, where


class OpenRows:
    """Rows with the columns opened and closed (day numbers), kept until the week in which they close is over."""

    def __init__(self) -> None:
        self._parts: list[Rows] = []

    def add(self, rows: Rows) -> None:
        """Add rows."""
        if len(rows["opened"]):
            self._parts.append(rows)

    def closing(self, day: int) -> Rows | None:
        """Return the rows that close on a day."""
        found = [where(part, hit) for part in self._parts if (hit := part["closed"] == day).any()]
        return joined(found) if found else None

    def changed(self, first_day: int, last_day: int) -> Rows | None:
        """Return what opened or closed between two days, and forget what is closed by then."""
        if not self._parts:
            return None
        rows = joined(self._parts)
        still = rows["closed"] > last_day
        self._parts = [where(rows, still)] if still.any() else []
        opens = (rows["opened"] >= first_day) & (rows["opened"] <= last_day)
        is_changed = opens | ((rows["closed"] >= first_day) & ~still)
        return where(rows, is_changed) if is_changed.any() else None
