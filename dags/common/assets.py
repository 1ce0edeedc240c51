"""Assets: what one DAG hands to the next. Every event carries the partition ``<company>@<business date>``."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

WAREHOUSE_URI = "postgres://warehouse:5432/warehouse"

LANDING_EXTRACTS = Asset(
    name="landing.extracts",
    uri="file://landing/extracts",
    group="landing",
    extra={"meaning": "A company's business date is over: its extract files may be loaded"},
)
RAW_EXTRACTS = Asset(
    name="raw.extracts",
    uri=f"{WAREHOUSE_URI}/raw/extracts",
    group="raw",
    extra={"meaning": "A batch of extracts lies in raw and passed the gate"},
)
CORE_STAR = Asset(
    name="core.star",
    uri=f"{WAREHOUSE_URI}/core/star",
    group="core",
    extra={"meaning": "The star and the marts that need no predictions contain the batch"},
)
DEMAND_FORECAST = Asset(
    name="ml.demand_forecast_predictions",
    uri=f"{WAREHOUSE_URI}/ml/demand_forecast_predictions",
    group="ml",
    extra={"meaning": "The demand forecast is written and passed its gate"},
)
SLOW_MOVERS = Asset(
    name="ml.slow_mover_scores",
    uri=f"{WAREHOUSE_URI}/ml/slow_mover_scores",
    group="ml",
    extra={"meaning": "The scores of slow movers and of product health are written and passed their gate"},
)


def hand_over(outlet_events: Any, asset: Asset, *partition_keys: str) -> None:
    """Emit asset for the partitions, also where the run itself was started by parameters and has no partition."""
    outlet_events[asset].add_partitions(list(partition_keys))
