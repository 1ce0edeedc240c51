"""Which errors are tried again: only what may pass by itself."""

from __future__ import annotations

import psycopg
import pytest

from dags.common.defaults import TRANSIENT_ONLY
from ingest.companies import CompanyError, UnreachableSourceError
from ingest.databases import UnreachableDatabaseError
from ingest.inspection import RefusedFileError
from warehouse.outcomes import DbtConnectionError, DbtRunError, DbtTestError


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset"),
        TimeoutError("late"),
        psycopg.OperationalError("the database system is starting up"),
        psycopg.errors.DeadlockDetected("deadlock"),
        DbtConnectionError("connection refused"),
        UnreachableDatabaseError("the source database does not answer"),
        UnreachableSourceError("the bucket cannot be listed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_lost_connections_are_tried_again(error: Exception) -> None:
    assert TRANSIENT_ONLY.evaluate(error, 1, 2).action.value == "retry"


@pytest.mark.parametrize(
    "error",
    [
        DbtTestError("unique_key failed"),
        DbtRunError("column x does not exist"),
        psycopg.errors.UniqueViolation("duplicate key"),
        ValueError("bad contract"),
        RefusedFileError("no such table"),
        CompanyError("the folder does not exist"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_judgements_and_defects_are_not(error: Exception) -> None:
    assert TRANSIENT_ONLY.evaluate(error, 1, 2).action.value == "fail"
