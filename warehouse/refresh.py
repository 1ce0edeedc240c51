"""Refreshes during the day: stock status from what has just been loaded, without a build of everything."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from warehouse.batches import ACCEPTED
from warehouse.builds import BROUGHT_ROWS, full_refresh_reason, start_build
from warehouse.connection import Role, connect
from warehouse.dbt import REFRESH, run_dbt
from warehouse.publish import publish
from warehouse.selections import STOCK_STATUS, STOCK_STATUS_MARTS

logger = logging.getLogger(__name__)


def open_days() -> dict[str, date]:
    """Return the day that is open for refreshes, by company: the one after the last that was published.

    Files of later days wait, or the build of the night would show a day that is half loaded. A company that was never
    published waits for its next whole build; so do all of them when models changed.
    """
    if full_refresh_reason():
        return {}
    with connect(Role.TRANSFORMER) as connection:
        rows = connection.execute(
            "select company_id, max(business_date) from ops.publications where not is_partial group by 1 order by 1"
        ).fetchall()
    return {company_id: published + timedelta(days=1) for company_id, published in rows}


def unrefreshed_date(company_id: str) -> date | None:
    """Return the business date of accepted rows that no publication shows yet, None when all are shown.

    They are what this refresh loaded, or what one that broke off left; what a whole run has claimed, it publishes.
    """
    with connect(Role.TRANSFORMER) as connection:
        row = connection.execute(
            f"""
            select max(b.business_date) from ops.batches as b
            where b.company_id = %s and b.gate_status = any(%s) and b.build_id is null and {BROUGHT_ROWS}
                and b.gate_decided_at > (select max(published_at) from ops.publications where company_id = b.company_id)
            """,
            [company_id, ACCEPTED],
        ).fetchone()
    found: date | None = row[0] if row else None
    return found


def refresh_stock_status(company_id: str, business_date: date) -> None:
    """Build stock status from every accepted batch and publish it.

    Args:
        company_id: Company.
        business_date: Date of what was loaded.

    Raises:
        DbtRunError: a model failed, or dbt could not run.
        PublicationError: the mart could not be published.
    """
    # It is never complete, so the next build takes over its days: not all that facts make was made anew.
    start_build(REFRESH)
    run_dbt(["run", "--selector", STOCK_STATUS], company_id, business_date, REFRESH)
    publication = publish(company_id, business_date, STOCK_STATUS_MARTS)
    for mart, change in (publication.changes if publication else {}).items():
        logger.info("%s: %s rows added, %s removed", mart, change.added, change.removed)
