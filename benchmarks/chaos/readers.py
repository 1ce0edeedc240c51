"""A reader of the marts that never stops: all it ever sees must be a published state."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from warehouse.connection import Role, connect

# Number and hash of a company's rows by mart.
State = tuple[tuple[str, int, str | None], ...]
PAUSE_SECONDS = 0.2
LAST_POLL_SECONDS = 60


@dataclass
class Reader:
    """What a reader sees of one company, in one transaction each time.

    Attributes:
        company: The company.
        seen: Every state that it saw.
        polls: How often it looked.
        error: What made it blind before it was told to stop; None while it reads.
    """

    company: str
    seen: set[State] = field(default_factory=set)
    polls: int = 0
    error: Exception | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until it is told to stop; connect anew when the server goes away, as any dashboard does."""
        while not self._stop.wait(PAUSE_SECONDS):
            try:
                self._poll()
            except psycopg.OperationalError:
                continue
            except Exception as error:
                self.error = error
                return

    def look_again(self) -> None:
        """Wait until it has seen what is there now, as far as it sees anything."""
        # The poll that is under way may have begun before.
        wanted, limit = self.polls + 2, time.monotonic() + LAST_POLL_SECONDS
        while self.polls < wanted and self.error is None and time.monotonic() < limit:
            time.sleep(PAUSE_SECONDS)

    def _poll(self) -> None:
        with connect(Role.ANALYST) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not self._stop.wait(PAUSE_SECONDS):
                self.seen.add(state(connection, self.company))
                self.polls += 1


def state(connection: psycopg.Connection, company: str) -> State:
    """Return what a reader sees of a company."""
    with connection.transaction():
        names = "select tablename::text from pg_tables where schemaname = 'marts' order by 1"
        marts = [row[0] for row in connection.execute(names)]
        statement = " union all ".join(
            f"select '{mart}', count(*), md5(string_agg(m::text, '|' order by m::text)) "
            f"from marts.{mart} as m where company_id = %(company)s"
            for mart in marts
        )
        return tuple(connection.execute(statement, {"company": company}).fetchall())  # type: ignore[arg-type]


@contextlib.contextmanager
def reading(company: str) -> Iterator[Reader]:
    """Provide a reader at work."""
    reader = Reader(company)
    thread = threading.Thread(target=reader.read)
    thread.start()
    try:
        yield reader
    finally:
        reader._stop.set()
        thread.join()
