"""Figures of a load that are counted while it loads, so that its gate need not read the rows again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

# Values of one figure beyond which a load keeps none of them: the gate then reads the rows.
MAX_VALUES = 100_000


@dataclass(frozen=True)
class LoadFigure:
    """Something to count of the rows of a load.

    Attributes:
        name: What it says.
        value: SQL over alias r, the row, that PostgreSQL and DuckDB read alike; of kind rows, a column.
        kind: sum and max aggregate value; rows counts the rows of each value of a column, null left out.
    """

    name: str
    value: str
    kind: Literal["sum", "max", "rows"] = "sum"

    @property
    def item(self) -> str:
        """Name under which it is kept. It changes with the definition, so that an old count is never taken for it."""
        digest = hashlib.sha256(f"{self.kind} {self.value}".encode()).hexdigest()
        return f"{self.name} {digest[:12]}"
