"""A full disk is not the fault of the file: nothing is refused, and the repeated load goes on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from conftest import CAMPAIGNS, Shop

from ingest.workspace import NoRoomError
from warehouse.access import explained

pytestmark = pytest.mark.integration


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk with no more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_scratch_disk_refuses_no_file(shop: Shop) -> None:
    # Of another encoding, the file is copied before it is read.
    shop.configure(CAMPAIGNS | {"encoding": "latin-1"})
    shop.put("big.csv", *(f"c{number},Spring,2024-01-01,2024-01-02" for number in range(5_000)))
    with files_no_longer_than(64 << 10), pytest.raises(NoRoomError, match="no room for scratch files in .*make room"):
        shop.load()
    assert shop.ledger() == []
    assert shop.rows("select 1 from raw.campaigns where company_id = %(company)s") == []
    shop.load()
    assert shop.ledger() == [("big.csv", "loaded", 5_000, 5_000, 0)]


def test_a_full_disk_of_the_warehouse_is_called_by_its_name() -> None:
    error = psycopg.errors.DiskFull("could not extend file: No space left on device")
    assert explained(error).startswith("the disk of the warehouse is full: make room, then run the command again")
