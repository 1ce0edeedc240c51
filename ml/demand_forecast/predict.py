"""Write a company's demand forecast of the coming weeks."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from ml import frames, registry
from ml.demand_forecast.train import USE_CASE
from ml.registry import Champion
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

TABLE = "ml.demand_forecast_predictions"
SCENARIO = "base"
DECIMALS = 4
COLUMNS = {
    "ds": "week_start_date",
    "step": "horizon_week",
    "mean": "mean_quantity",
    "naive": "naive_quantity",
    **{f"q{level}": f"q{level}_quantity" for level in range(10, 100, 10)},
}


def predict(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Forecast every active planning item and replace the rows of this business date and version.

    The version is the newest champion that has seen nothing after the business date; rows of other versions and other
    dates stay.

    Args:
        company_id: Company.
        business_date: Date the run works for; the first week forecast follows the last week complete on it.
        run_id: Written to every row.

    Returns:
        ``model_version``, rows written, series forecast and how many of them by the fallback.

    Raises:
        RegistryError: no champion, or its artefact is missing.
        ValueError: no demand.
    """
    from ml.demand_forecast import engine, history, panel

    with connect(Role.MODELER) as connection:
        champion = registry.champion(connection, company_id, USE_CASE, as_of=history.trained_through(business_date))
        if champion is None:
            raise registry.RegistryError(
                f"{company_id} has no demand forecast trained on data before {business_date}: run "
                f"python -m ml.demand_forecast train --company {company_id} --date {business_date}"
            )
        demand, items = history.read(connection, company_id, business_date)
    wanted = items[items["is_active"].astype(bool)]
    grid = panel.build(demand, history.FREQ)
    forecast = engine.forecast(registry.load_artifact(champion), grid, wanted)
    rows = _rows(forecast, wanted, champion, company_id, business_date, run_id)
    where = {
        "company_id": company_id,
        "business_date": business_date,
        "model_version": champion.model_version,
        "scenario_id": SCENARIO,
    }
    with connect(Role.MODELER) as connection:
        _, written = frames.replace(connection, TABLE, rows, where=where)
    fallbacks = int(rows.loc[rows["horizon_week"] == 1, "is_fallback"].sum()) if written else 0
    log.info("wrote %d rows of %s for %s", written, champion.model_version, business_date)
    return {
        "model_version": champion.model_version,
        "rows": written,
        "series": len(wanted),
        "fallback_series": fallbacks,
    }


def _rows(
    forecast: pd.DataFrame,
    wanted: pd.DataFrame,
    champion: Champion,
    company_id: str,
    business_date: date,
    run_id: str,
) -> pd.DataFrame:
    if forecast.empty:
        return forecast
    keys = wanted[["unique_id", "product_id", "planning_location_id"]]
    rows = forecast.merge(keys, on="unique_id", validate="many_to_one").drop(columns="unique_id")
    rows = rows.rename(columns=COLUMNS).round(DECIMALS)
    rows["week_start_date"] = rows["week_start_date"].dt.date
    return rows.assign(
        company_id=company_id,
        business_date=business_date,
        model_version=champion.model_version,
        scenario_id=SCENARIO,
        run_id=run_id,
        trained_through_date=champion.trained_through_date,
    )
