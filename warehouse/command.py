"""What the command lines have in common: a failure that its reader can mend is one line, not a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from warehouse import embedded
from warehouse.access import explained
from warehouse.settings import SettingsError

MENDABLE: tuple[type[Exception], ...] = (SettingsError, embedded.ServerError, OSError)


@contextmanager
def mendable(*others: type[Exception]) -> Iterator[None]:
    """Say what fails inside in one line on standard error.

    Args:
        others: Exceptions, beside those of settings, files and PostgreSQL, whose message tells the remedy.

    Raises:
        SystemExit: something failed; the program ends with exit code 1.
    """
    expected = (*MENDABLE, *others)
    try:
        yield
    except psycopg.Error as error:
        sys.exit(f"error: {explained(error)}")
    except expected as error:
        sys.exit(f"error: {error}")
