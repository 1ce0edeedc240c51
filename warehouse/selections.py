"""Names of dbt_project/selectors.yml: what a run builds, in order, and what it ends with."""

from __future__ import annotations

# A task per layer, not per model: starting dbt takes longer than most models. The first holds every incremental table.
LAYERS = ("core", "marts")
AFTER_ML, AFTER_ALERTS = "after_ml", "after_alerts"
RECONCILIATION = "reconciliation"
# What a refresh during the day builds, and the mart it publishes.
STOCK_STATUS, STOCK_STATUS_MARTS = "stock_status", ("mart_stock_status",)
