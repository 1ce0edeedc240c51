"""What the hash of a mart hangs on: its rows, and nothing that a server or a login prefers."""

from __future__ import annotations

import hashlib

import pytest

from warehouse import merging
from warehouse.connection import Role, connect

pytestmark = pytest.mark.integration

COLUMNS = "'shop' as company_id, date '2024-02-01' as d, timestamptz '2024-02-01 12:00+00' as t, 0.1::float8 as f"
PREFERENCES = ("datestyle = 'SQL, DMY'", "timezone = 'Asia/Tokyo'", "extra_float_digits = -15")


@pytest.mark.usefixtures("warehouse")
def test_the_hash_is_of_the_rows_whatever_the_login_prefers() -> None:
    found = []
    for preference in ("work_mem = '8MB'", *PREFERENCES):
        with connect(Role.TRANSFORMER) as connection:
            connection.execute(f"set {preference}")  # type: ignore[arg-type]
            connection.execute(f"create table marts_build.mart_hashed as select {COLUMNS}")  # type: ignore[arg-type]
            merging.fix_text(connection)
            found.append(merging.content(connection, "marts_build", "mart_hashed", "shop"))
            connection.rollback()
    digest = hashlib.md5(b'(shop,2024-02-01,"2024-02-01 12:00:00+00",0.1)', usedforsecurity=False).digest()
    assert found == [(1, int.from_bytes(digest[:8], "big", signed=True))] * 4
