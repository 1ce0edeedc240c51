"""What the gate of raw wants counted of rows while they load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from expectations.scope import Scope
from expectations.suites import RAW
from warehouse.figures import LoadFigure


def wanted(company_id: str, business_date: date) -> Mapping[str, Sequence[LoadFigure]]:
    """Return the figures that spare the gate of a load to read its rows, by entity; thresholds change none of them.

    Args:
        company_id: Company that loads.
        business_date: Date of the load.
    """
    scope = Scope(company_id=company_id, business_date=business_date)
    return {entity: guard(scope).all_figures for entity, guard in RAW.items()}
