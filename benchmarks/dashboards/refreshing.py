"""What goes on behind the readers: a publication of all marts, then stock lists that land and are shown, one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import refresh
from benchmarks.warehouse_scale import COMPANY
from dags.common.refreshing import refresh_all
from ingest.fresh import SETTLED
from warehouse.publish import publish


@contextmanager
def refreshes(folder: Path, open_day: date, unpublished: date | None = None) -> Iterator[list[float]]:
    """Refresh without a pause for the length of the block, and until the last one is done.

    Args:
        folder: Landing folder with the stock lists of the company.
        open_day: Day of the lists that land.
        unpublished: Date of a build of all marts to publish first, None for nothing.

    Yields:
        Seconds of each publication and refresh so far, the former first.

    Raises:
        RuntimeError: a stock list that has landed was not shown.
    """
    stop, seconds = threading.Event(), list[float]()
    with ThreadPoolExecutor(1) as executor:
        work = executor.submit(_work, folder, open_day, unpublished, stop, seconds)
        try:
            yield seconds
        finally:
            stop.set()
        work.result()


def _work(folder: Path, open_day: date, unpublished: date | None, stop: threading.Event, seconds: list[float]) -> None:
    if unpublished:
        started = time.monotonic()
        publish(COMPANY, unpublished)
        seconds.append(time.monotonic() - started)
    # Lists that landed have names of their own; those of the sample end with their day.
    stock = pq.read_table(sorted(folder.glob("stock_on_hand_????-??-??.parquet"))[-1])
    while not stop.is_set():
        number = len(list(folder.glob(f"stock_on_hand_{open_day}_*")))
        refresh.land(stock, open_day, 100_000 + number, folder / f"stock_on_hand_{open_day}_{number:04}.parquet")
        time.sleep(SETTLED.total_seconds())
        started = time.monotonic()
        if refresh_all("benchmark", COMPANY) != [COMPANY]:
            raise RuntimeError(f"stock list {number} of {open_day} was not shown")
        seconds.append(time.monotonic() - started)
