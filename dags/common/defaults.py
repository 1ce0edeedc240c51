"""Defaults of every DAG and task: owner, retries by kind of error, time limits, parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule

from dags.common.alerts import deadline, report_failure

# Only what may pass by itself is tried again. A broken contract, a failed expectation, a failed data test or a defect
# stays the same however often it is tried.
TRANSIENT_ONLY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                "builtins.ConnectionError",
                "builtins.TimeoutError",
                "psycopg.OperationalError",
                "sqlalchemy.exc.OperationalError",
                "warehouse.outcomes.DbtConnectionError",
            ],
            action=RetryAction.RETRY,
            reason="connection lost or refused: it may be back at the next try",
        )
    ],
    default=RetryAction.FAIL,
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data",
    "retries": 2,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": TRANSIENT_ONLY,
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": report_failure,
}


def dag_defaults(layer: str, *, has_business_date: bool = True, **params: Param) -> dict[str, Any]:
    """Return the arguments that every DAG has in common.

    Args:
        layer: Layer of the warehouse that the DAG writes, for its tag.
        has_business_date: Whether a run is for one business date, and has the parameter ``business_date``.
        params: Parameters beside that one and ``company``.
    """
    company = Param(None, type=["null", "string"], description="Company (folder under companies/), for runs by hand")
    business_date = Param(None, type=["null", "string"], format="date", description="Business date, for runs by hand")
    return {
        "default_args": DEFAULT_ARGS,
        "catchup": False,
        "max_active_runs": 1,
        # A run starts by an asset or by hand; the nightly schedule is switched on by ORW_SCHEDULE.
        "is_paused_upon_creation": False,
        # People wait for the tables of every one in the morning.
        "tags": [f"layer:{layer}", "tier:1", "owner:data"],
        "deadline": deadline(timedelta(hours=4)),
        "params": {"company": company, **({"business_date": business_date} if has_business_date else {}), **params},
    }
