"""The gate of raw: each waiting batch is judged once, oldest first, and let through or rejected."""

from __future__ import annotations

from datetime import date
from typing import Any

from expectations import counted
from expectations.run import QualityGateError, check
from expectations.scope import HISTORY_DAYS
from warehouse.batches import pending_batches, set_gate_status
from warehouse.connection import Role, connect

HOLDS = "every critical expectation holds"


def judge(company: str, business_date: date, batch_id: int, run_id: str) -> dict[str, Any]:
    """Hold a batch against its expectations, after the batches that earlier, broken runs left waiting.

    Args:
        company: Company.
        business_date: Business date of the run; batches of later dates are not judged.
        batch_id: Batch of the run. It stays pending when it holds: accept() lets it through.
        run_id: Run on whose behalf the gate judges.

    Returns:
        The summary of batch_id.

    Raises:
        QualityGateError: a critical expectation failed for batch_id, which is rejected. An earlier batch that fails is
            rejected too, and stops nothing.
    """
    for waiting in pending_batches(company, business_date):
        if waiting == batch_id:
            continue
        try:
            check("raw", company, business_date, batch_id=waiting, run_id=run_id)
        except QualityGateError as error:
            set_gate_status(waiting, "rejected", str(error))
        else:
            set_gate_status(waiting, "passed", f"{HOLDS}; left waiting by an earlier run")
    try:
        return check("raw", company, business_date, batch_id=batch_id, run_id=run_id)
    except QualityGateError as error:
        set_gate_status(batch_id, "rejected", str(error))
        raise


def accept(batch_id: int) -> None:
    """Let a batch through that holds, and forget what was counted of batches too old to be compared with."""
    set_gate_status(batch_id, "passed", HOLDS)
    with connect(Role.LOADER) as connection:
        counted.forget(connection, batch_id, HISTORY_DAYS)
