"""Write a company's demand forecast of the coming weeks."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from ml import registry
from ml.demand_forecast.states import USE_CASE
from ml.registry import Champion
from warehouse import frames, thresholds
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    import pandas as pd

    from ml.demand_forecast.panel import Panel

log = logging.getLogger(__name__)

TABLE = "ml.demand_forecast_predictions"
SCENARIO = "base"
DECIMALS = 4
NOTHING = {"rows": 0, "series": 0, "fallback_series": 0}
KEYS = ["unique_id", "product_id", "planning_location_id"]
COLUMNS = {
    "ds": "week_start_date",
    "step": "horizon_week",
    "mean": "mean_quantity",
    "naive": "naive_quantity",
    "baseline": "baseline_quantity",
}


def predict(company_id: str, business_date: date, run_id: str) -> dict[str, Any]:
    """Forecast every active planning item and replace the rows of this business date and version; also what would
    have sold in recent weeks with days without stock.

    The version is the newest champion that has seen nothing after the business date; rows of other versions and other
    dates stay. A company without demand or without active items gets no rows, and is told why.

    Args:
        company_id: Company.
        business_date: Date the run works for; the first week forecast follows the last week complete on it.
        run_id: Written to every row.

    Returns:
        ``status`` (``predicted``, or ``empty`` with ``reason``), ``model_version``, ``rows`` written, ``series``
        forecast and how many of them by the fallback.

    Raises:
        RegistryError: no champion, or its artefact is missing.
        ValueError: a policy is missing, as for a company that was never loaded.
    """
    import pandas as pd

    from ml.demand_forecast import estimates, history, panel

    with connect(Role.MODELER) as connection:
        values = thresholds.policies(connection, company_id)
        champion = registry.champion(connection, company_id, USE_CASE, as_of=history.trained_through(business_date))
        reading = history.learnt(values, champion.parameters if champion else {})
        demand, items = history.read(connection, company_id, business_date, reading)
    wanted = items[items["is_active"].astype(bool)]
    result: dict[str, Any] = {"status": "predicted", "model_version": champion.model_version if champion else None}
    if demand.empty or wanted.empty:
        reason = history.nothing(company_id, business_date) if demand.empty else f"{company_id} has no active item"
        log.warning("%s", reason)
        result |= {"status": "empty", "reason": reason}
        found = pd.DataFrame(), pd.DataFrame()
    elif champion is None:
        raise registry.RegistryError(
            f"{company_id} has no demand forecast trained on data before {business_date}: run "
            f"python -m ml.demand_forecast train --company {company_id} --date {business_date}"
        )
    else:
        grid = panel.build(demand, history.FREQ)
        found = _forecast(champion, grid, wanted), estimates.recent(grid, demand, items[KEYS])
    counts = _write(*found, champion, company_id, business_date, run_id) if champion else NOTHING
    return result | counts


def _write(
    forecast: pd.DataFrame,
    estimated: pd.DataFrame,
    champion: Champion,
    company_id: str,
    business_date: date,
    run_id: str,
) -> dict[str, int]:
    """Replace the rows of a business date and version, by none where there is no forecast, and return the counts."""
    from ml.demand_forecast import estimates

    key: dict[str, Any] = {
        "company_id": company_id,
        "business_date": business_date,
        "model_version": champion.model_version,
        "scenario_id": SCENARIO,
    }
    rows = forecast.assign(**key, run_id=run_id, trained_through_date=champion.trained_through_date)
    with connect(Role.MODELER) as connection:
        _, written = frames.replace(connection, TABLE, rows, where=key)
        date_key: dict[str, Any] = {"company_id": company_id, "business_date": business_date}
        frames.replace(connection, estimates.TABLE, estimated.assign(**date_key, run_id=run_id), where=date_key)
    log.info("wrote %d rows of %s for %s", written, champion.model_version, business_date)
    if not written:
        return NOTHING
    first = rows[rows["horizon_week"] == 1]
    return {"rows": written, "series": len(first), "fallback_series": int(first["is_fallback"].sum())}


def _forecast(champion: Champion, grid: Panel, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast in the columns of the table that no run decides."""
    import numpy as np
    import pandas as pd

    from ml.demand_forecast import chains, classes, engine, history, promotions

    learned = registry.load_artifact(champion)
    known = np.isin(wanted["unique_id"].to_numpy(dtype=str), grid.ids)
    # All series are looked at, because they show how their groups go; those wanted are kept.
    grid = grid.extended(wanted[~known])
    found = engine.forecast(learned, grid)
    rows = engine.long(found, grid)
    rows["baseline"] = promotions.baseline(learned, grid, found, history.PROMOTED).ravel()
    rows["promoted_share"] = promotions.ahead(grid, history.PROMOTED, found.mean.shape[1]).ravel()
    status = pd.DataFrame({"unique_id": grid.ids, "data_status": classes.data_status(chains.follow(grid).demand)})
    rows = rows.merge(wanted[KEYS], on="unique_id", validate="many_to_one").merge(status, on="unique_id")
    names = COLUMNS | {name: f"{name}_quantity" for name in engine.QUANTILE_NAMES}
    rows = rows.drop(columns="unique_id").rename(columns=names).round(DECIMALS)
    is_fallback = rows["data_status"] == classes.INSUFFICIENT
    return rows.assign(
        week_start_date=rows["week_start_date"].dt.date,
        is_fallback=is_fallback,
        demand_class=rows["demand_class"].mask(is_fallback, classes.UNCLASSIFIED),
    )
