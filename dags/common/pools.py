"""Names of the pools; their sizes are in ``pools.json``, from which they are created."""

from __future__ import annotations

PG_RAW = "pg_raw"
DBT = "dbt"
ML_TRAIN = "ml_train"
# publish_marts waits for two assets. When both events arrive within the same milliseconds, Airflow 3.3 notes each for a
# run of its own, and neither run begins: AssetManager._get_or_create_apdr locks the asset, not the waiting DAG. The one
# slot makes the tasks that emit them end one after the other.
ML_GATE = "ml_gate"
