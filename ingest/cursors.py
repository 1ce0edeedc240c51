"""Cursors: the column by which the rows of a database table are pulled piece by piece, and where a pull begins."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Instant = datetime | int
RECONCILE_DAYS = {"daily": 1, "weekly": 7, "monthly": 30}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# No more digits than times can be taken back by: 99,999 weeks are 1,916 years.
_DURATION = re.compile(r"([0-9]{1,5})([smhdw])")
# What databases hold as a whole number, with room to take a lookback from it.
_NUMBER_LIMIT = 10**18


class Cursor(BaseModel):
    """How changes of a table are told.

    Attributes:
        column: Column of the table or query, as the database calls it, that only grows from change to change.
        type: timestamp for the time of the last change, integer for a number that each change draws anew.
        lookback: What every pull reads again before the mark: a duration such as 2h or 1d, or a number of an integer.
        initial: Value from which rows are wanted at all; the first pull takes everything without it.
        reconcile: How often, by business date, a pull compares everything; never without it, but for ``--full``.
        deletes: by_full_keys to write a tombstone for what a full pull no longer finds.
        max_deleted_share: Share of the live rows beyond which a full pull is refused instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Annotated[str, Field(min_length=1)]
    type: Literal["timestamp", "integer"]
    lookback: str | int
    initial: datetime | date | int | None = None
    reconcile: Literal["daily", "weekly", "monthly"] | None = None
    deletes: Literal["by_full_keys"] | None = None
    max_deleted_share: Annotated[float, Field(ge=0, le=1)] = 0.5

    @field_validator("lookback")
    @classmethod
    def _plain_number(cls, value: str | int) -> str | int:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("initial", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        # YAML has made dates and numbers of them; pydantic would take a number for seconds since 1970.
        if value is None or (isinstance(value, datetime | date | int) and not isinstance(value, bool)):
            return value
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            raise ValueError("needs a date, a time such as 2024-01-01T00:00:00Z, or a whole number") from None

    @model_validator(mode="after")
    def _sees_what_it_compares(self) -> Self:
        if self.initial is not None and self.deletes is not None:
            raise ValueError(
                "deletes: a pull that begins at initial sees no older rows, and would mark them as deleted: leave one "
                "out"
            )
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.type == "integer":
            if not isinstance(self.lookback, int) or not 0 <= self.lookback <= _NUMBER_LIMIT:
                raise ValueError(f"lookback of an integer is a whole number from 0 to {_NUMBER_LIMIT}, such as 1000")
            if not isinstance(self.initial, int | None) or abs(self.initial or 0) > _NUMBER_LIMIT:
                raise ValueError(f"initial of an integer is a whole number up to {_NUMBER_LIMIT}")
            return self
        if not isinstance(self.lookback, str) or not _DURATION.fullmatch(self.lookback):
            raise ValueError(
                "lookback of a timestamp is a duration: a number of up to five digits and s, m, h, d or w, such as 2h"
            )
        if isinstance(self.initial, int):
            raise ValueError("initial of a timestamp is a date or a time")
        return self

    @property
    def identity(self) -> dict[str, object]:
        """What decides which rows a mark vouches for: with another column or beginning, it says nothing."""
        return self.model_dump(mode="json", include={"column", "type", "initial"})

    def begin(self, mark: str | None, upper: Instant | None) -> Instant | None:
        """Return where a pull begins, None for at the very beginning.

        Args:
            mark: Mark of the last pull, as recorded; None to read everything.
            upper: What the source says now: its clock, or one more than its highest number.
        """
        if mark is None:
            return self._initial()
        if self.type == "integer":
            number = int(mark)
            # Numbers that began anew, and clocks set back: the lower of both is the safe one.
            number = number if upper is None else min(number, int(str(upper)))
            return number - int(self.lookback)
        moment = datetime.fromisoformat(mark)
        moment = min(moment, upper) if isinstance(upper, datetime) else moment
        return moment - self._duration()

    def _initial(self) -> Instant | None:
        if isinstance(self.initial, datetime):
            return self.initial if self.initial.tzinfo else self.initial.replace(tzinfo=UTC)
        if isinstance(self.initial, date):
            return datetime.combine(self.initial, time(), UTC)
        return self.initial

    def _duration(self) -> timedelta:
        match = _DURATION.fullmatch(str(self.lookback))
        number, unit = match.groups() if match else ("0", "s")
        return timedelta(**{_UNITS[unit]: int(number)})


def recorded(upper: Instant | None) -> str | None:
    """Return a mark as the ledger keeps it: an instant in UTC, or a number."""
    return upper.astimezone(UTC).isoformat() if isinstance(upper, datetime) else None if upper is None else str(upper)
