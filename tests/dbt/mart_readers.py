"""Readers of the published marts, and what they find there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from warehouse.connection import Role, connect

# Number and hash of a company's rows by mart, as any reader can find them out.
State = dict[str, tuple[int, str | None]]


def state(connection: psycopg.Connection, company: str) -> State:
    marts = [row[0] for row in connection.execute("select tablename from pg_tables where schemaname = 'marts'")]
    rows = "select count(*), md5(string_agg(m::text, '|' order by m::text)) from marts.{} as m where company_id = %s"
    return {mart: connection.execute(rows.format(mart), [company]).fetchone() for mart in marts}  # type: ignore[misc]


def current(company: str) -> State:
    with connect(Role.ANALYST) as connection:
        return state(connection, company)


@dataclass
class Reader:
    """Reads every mart of a company again and again, as a dashboard does, in one transaction each time."""

    company: str
    seen: list[State] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    polled: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            with connect(Role.ANALYST) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                while not self.stop.is_set():
                    with connection.transaction():
                        self.seen.append(state(connection, self.company))
                    self.polled.set()
        except BaseException as error:
            self.errors.append(error)
            self.polled.set()


@contextmanager
def readers(company: str, count: int) -> Iterator[list[Reader]]:
    """Readers at work; each has read once when the body begins, and reads once more when it has ended."""
    working = [Reader(company) for _ in range(count)]
    threads = [threading.Thread(target=reader.run) for reader in working]
    for thread in threads:
        thread.start()
    for reader in working:
        assert reader.polled.wait(60)
    yield working
    for reader in working:
        # The poll that is under way may have begun before.
        for _ in range(2):
            reader.polled.clear()
            assert reader.polled.wait(60)
        reader.stop.set()
    for thread in threads:
        thread.join(60)
