"""What was counted while loading is kept as long as gates compare with its batch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from gate_deliveries import BUSINESS_DATE
from gate_loading import load_history, open_batch

from expectations.gate import accept
from warehouse.connection import Role, connect

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("warehouse")]

COMPANY, OTHER = "figures_kept", "figures_of_another"


def kept(company: str) -> int:
    query = "select count(*) from ops.load_figures inner join ops.load_ledger using (load_id) where company_id = %s"
    with connect(Role.LOADER) as connection:
        return int(connection.execute(query, [company]).fetchall()[0][0])


def accept_after(company: str, days: int) -> None:
    """Accept a batch so many days after the business date; the history is of the day before that date."""
    with connect(Role.LOADER) as connection:
        batch = open_batch(connection, company, BUSINESS_DATE + timedelta(days=days))
    accept(batch)


def test_figures_are_kept_as_long_as_batches_are_compared_with() -> None:
    with connect(Role.LOADER) as connection:
        for company in (COMPANY, OTHER):
            load_history(connection, company, counted=["sales_lines"])
    before = kept(COMPANY)
    assert before > 0
    accept_after(COMPANY, 69)
    assert kept(COMPANY) == before
    accept_after(COMPANY, 70)
    assert (kept(COMPANY), kept(OTHER)) == (0, before)
