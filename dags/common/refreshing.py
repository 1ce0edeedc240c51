"""What one refresh during the day does: the steps of the nightly chain, for stock status alone."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.fresh import Fresh

logger = logging.getLogger(__name__)


class RefreshError(RuntimeError):
    """The refresh of a company failed; those of the others went on."""


def refresh_all(run_id: str, company: str | None = None) -> list[str]:
    """Refresh every company for which something has landed.

    Args:
        run_id: Run on whose behalf the gate judges.
        company: Only this one; None for every company that was published.

    Returns:
        The companies whose stock status was published.

    Raises:
        RefreshError: one or more failed; the message names them with the reason.
    """
    from warehouse.batches import refreshing
    from warehouse.refresh import open_days

    refreshed, failures = [], []
    for name, day in open_days().items():
        if company not in (None, name):
            continue
        try:
            with refreshing(name) as may_work:
                if may_work and _refresh(name, day, run_id):
                    refreshed.append(name)
        except Exception as error:
            logger.exception("%s", name)
            # A line each: the log has the rest, times of day too, which would make an old failure look like a new one.
            failures.append(f"{name}: {str(error).partition(chr(10))[0]}")
    if failures:
        raise RefreshError("\n".join(failures))
    return refreshed


def _refresh(company: str, open_day: date, run_id: str) -> bool:
    from ingest.fresh import fresh_files
    from warehouse.batches import loaded_batches
    from warehouse.refresh import refresh_stock_status, unrefreshed_date

    if fresh := fresh_files(company, open_day):
        _load(company, fresh)
    # The batch just loaded, or one of a refresh that broke off.
    for batch_id in loaded_batches(company, open_day):
        _judge(company, open_day, batch_id, run_id)
    day = unrefreshed_date(company)
    if day is None:
        return False
    refresh_stock_status(company, day)
    return True


def _load(company: str, fresh: Fresh) -> None:
    from expectations.counting import wanted
    from ingest.load import load_fresh

    report = load_fresh(company, fresh, wanted(company, fresh.business_date))
    logger.info("%s %s: batch %s", company, fresh.business_date, report.as_dict())


def _judge(company: str, open_day: date, batch_id: int, run_id: str) -> None:
    # Great Expectations takes seconds to import, and most looks find nothing to judge.
    from expectations.gate import accept, judge

    judge(company, open_day, batch_id, run_id)
    accept(batch_id)
