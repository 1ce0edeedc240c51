"""A reader of the marts that never stops: all it ever sees must be a published state."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from warehouse.connection import Role, connect

# Number and hash of a company's rows by mart.
State = tuple[tuple[str, int, str | None], ...]
PAUSE_SECONDS = 0.2


@dataclass
class Reader:
    """What a reader sees of one company, in one transaction each time."""

    company: str
    seen: set[State] = field(default_factory=set)
    polls: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until it is told to stop; connect anew when the server goes away, as any dashboard does."""
        while not self._stop.is_set():
            with contextlib.suppress(psycopg.OperationalError), connect(Role.ANALYST) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                while not self._stop.wait(PAUSE_SECONDS):
                    self.seen.add(state(connection, self.company))
                    self.polls += 1
            self._stop.wait(PAUSE_SECONDS)


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
