"""Size of a fictitious company: places, items, weeks, and the random streams that everything is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

# Every company ends here, a Sunday; more years reach further back. All weeks are whole: Monday to Sunday.
LAST_DAY = date(2024, 12, 29)
WEEKS_PER_YEAR = 365.25 / 7
FIRST_POSSIBLE_DAY = date(2000, 1, 1)
MINIMUM_PLACES = 3
MINIMUM_SKUS = 12
MINIMUM_WEEKS = 8
MAXIMUM_PLACES = 9_000
# The warehouse repeats stock for every day between two snapshots: beyond this, stores keep no stock records.
STORE_STOCK_DAYS = 20_000_000
_PLACES_PER_DC = 40


class SynthError(ValueError):
    """The company cannot be drawn; the message names the option and the remedy."""


class Stream(IntEnum):
    """Random streams: each part of the company draws from its own, so that one does not move the others."""

    CATALOG = 1
    FACTORS = 2
    NETWORK = 3
    SUPPLIERS = 4
    CUSTOMERS = 5
    DEMAND = 6
    ORDERS = 7
    BASKETS = 8
    RETURNS = 9
    FAKES = 10
    SCRAP = 11
    WEB = 12
    PARCELS = 13
    COMPETITORS = 14
    OFFICE = 15


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Attributes:
        places: Distribution centers, the web shop and stores together.
        skus: Items.
        years: Length of the history, also a part of a year.
        seed: Seed of everything that is drawn.
        store_stock: Whether the ERP keeps stock records of stores; None decides by size.
    """

    places: int
    skus: int
    years: float
    seed: int
    store_stock: bool | None = None

    def __post_init__(self) -> None:
        """Check the sizes.

        Raises:
            SynthError: a size is out of range.
        """
        if not MINIMUM_PLACES <= self.places <= MAXIMUM_PLACES:
            raise SynthError(
                f"--places is {self.places}: give {MINIMUM_PLACES} (one distribution center, the web shop, one store) "
                f"to {MAXIMUM_PLACES}"
            )
        if self.skus < MINIMUM_SKUS:
            raise SynthError(f"--skus is {self.skus}: give {MINIMUM_SKUS} or more, so that every kind of item occurs")
        if self.seed < 0:
            raise SynthError(f"--seed is {self.seed}: give 0 or more")
        if not self._is_long_enough() or self.first_day < FIRST_POSSIBLE_DAY:
            most = (LAST_DAY - FIRST_POSSIBLE_DAY).days // 366
            raise SynthError(f"--years is {self.years:g}: give 0.25 to {most}")

    def _is_long_enough(self) -> bool:
        return self.years * WEEKS_PER_YEAR >= MINIMUM_WEEKS

    @property
    def weeks(self) -> int:
        """Number of whole weeks."""
        return round(self.years * WEEKS_PER_YEAR)

    @property
    def days(self) -> int:
        """Number of days."""
        return 7 * self.weeks

    @property
    def first_day(self) -> date:
        """First day, a Monday."""
        try:
            return LAST_DAY - timedelta(days=self.days - 1)
        except OverflowError:
            return date.min

    @property
    def dcs(self) -> int:
        """Number of distribution centers."""
        return max(1, round(self.places / _PLACES_PER_DC))

    @property
    def stores(self) -> int:
        """Number of stores: the rest, without the web shop."""
        return self.places - self.dcs - 1

    def day_date(self, day: int) -> date:
        """Turn a day number, counted from 0, into its date."""
        return self.first_day + timedelta(days=day)

    def sunday(self, week: int) -> date:
        """Return the last day of a week."""
        return self.day_date(7 * week + 6)

    def random(self, stream: Stream, number: int = 0) -> np.random.Generator:
        """Open a random stream.

        Args:
            stream: Whose draws.
            number: Day or week, where each has a stream of its own.
        """
        return np.random.default_rng([self.seed, int(stream), number])
