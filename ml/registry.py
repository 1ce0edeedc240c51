"""The model registry: artefacts on disk, one row per trained version, one champion per company and use case."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from warehouse.settings import PROJECT_DIR, get_settings
from warehouse.settings import company_id as checked_company

log = logging.getLogger(__name__)

UNKNOWN_REVISION = "unknown"


class RegistryError(RuntimeError):
    """A version or its artefact is not where the registry says; the message names the remedy."""


@dataclass(frozen=True)
class Champion:
    """The version that scores for a company and use case.

    Attributes:
        model_version: Key of ml.model_registry.
        trained_through_date: Last day whose data the version has seen.
        window_start_date: First day whose data it has seen.
        metrics: What the backtest measured.
        parameters: What the version was trained with.
        artifact_path: Absolute path of the fitted artefact.
        git_revision: Revision of the code that trained it.
    """

    model_version: str
    trained_through_date: date
    window_start_date: date
    metrics: dict[str, Any]
    parameters: dict[str, Any]
    artifact_path: Path
    git_revision: str


def git_revision() -> str:
    """Return the revision of the running code: GIT_REVISION where set, otherwise git's, otherwise ``unknown``."""
    revision = os.environ.get("GIT_REVISION")
    if revision:
        return revision
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=PROJECT_DIR, check=False, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN_REVISION
    return done.stdout.strip() if done.returncode == 0 else UNKNOWN_REVISION


def register(
    connection: psycopg.Connection,
    *,
    company_id: str,
    use_case: str,
    model_name: str,
    trained_through_date: date,
    window_start_date: date,
    training_rows: int,
    parameters: dict[str, Any],
    metrics: dict[str, Any],
    artifact: object,
) -> str:
    """Write an artefact and its registry row as a candidate; the caller's transaction decides when the row shows.

    The version is derived from company, use case, code revision, data window and parameters. Put a fingerprint of
    the training data into parameters: training the same again then renews the row instead of adding one, and its
    status stays what it was.

    Args:
        connection: Connection of the role modeler.
        company_id: Company the model serves.
        use_case: ``demand_forecast``, ``slow_movers`` or ``product_health``.
        model_name: What kind of model it is.
        trained_through_date: Last day whose data the model has seen.
        window_start_date: First day of the training window.
        training_rows: Rows learned from.
        parameters: Everything that decides the outcome; must be JSON.
        metrics: What the backtest measured; nan is stored as null.
        artifact: The fitted object, written with joblib.

    Returns:
        The model version.
    """
    revision = git_revision()
    names = [checked_company(company_id), use_case, model_name, revision]
    identity = [*names, trained_through_date, window_start_date, training_rows, parameters]
    digest = hashlib.sha256(_json(identity).encode()).hexdigest()[:12]
    model_version = f"{use_case}-{trained_through_date:%Y%m%d}-{digest}"
    relative = Path(use_case) / company_id / f"{model_version}.joblib"
    _write_artifact(artifact, get_settings().artifacts_dir / relative)
    connection.execute(
        """
        insert into ml.model_registry (
            model_version, company_id, use_case, model_name, git_revision, trained_through_date, window_start_date,
            training_rows, parameters, metrics, artifact_path, status
        )
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, 'candidate')
        on conflict (model_version) do update set metrics = excluded.metrics, trained_at = now()
        """,
        [
            *(model_version, company_id, use_case, model_name, revision, trained_through_date, window_start_date),
            *(training_rows, _json(parameters), _json(metrics), str(relative)),
        ],
    )
    log.info("registered %s for %s", model_version, company_id)
    return model_version


def promote(connection: psycopg.Connection, model_version: str) -> bool:
    """Make a version the champion of its company and use case, and archive the previous one.

    A version trained for a past date never displaces a champion trained on later data: it is archived, where
    ``champion(as_of=...)`` finds it for its own dates. One that was withdrawn (ml/rollbacks.py) stays so.

    Returns:
        Whether the version is the champion now.

    Raises:
        RegistryError: the registry does not know the version.
    """
    with connection.transaction():
        company_id, use_case, trained_through, status = lock(connection, model_version)
        if status == "withdrawn":
            log.warning("%s was withdrawn and is not promoted again", model_version)
            return False
        current = champion(connection, company_id, use_case)
        is_latest = current is None or current.trained_through_date <= trained_through
        if is_latest:
            connection.execute(
                """
                update ml.model_registry set status = 'archived'
                where company_id = %s and use_case = %s and status = 'champion' and model_version <> %s
                """,
                [company_id, use_case, model_version],
            )
        connection.execute(
            "update ml.model_registry set status = %s where model_version = %s",
            ["champion" if is_latest else "archived", model_version],
        )
    log.info("%s is %s of %s", model_version, "champion" if is_latest else "archived", company_id)
    return is_latest


def lock(connection: psycopg.Connection, model_version: str) -> tuple[str, str, date, str]:
    """Keep others from changing who serves until the transaction ends: two at once would both find no champion.

    Returns:
        Company, use case, last day learnt from and status of the version.

    Raises:
        RegistryError: the registry does not know the version.
    """
    query = "select company_id, use_case, trained_through_date, status from ml.model_registry where model_version = %s"
    row = connection.execute(query, [model_version]).fetchone()
    if row is None:
        raise RegistryError(f"{model_version} is not in ml.model_registry: register it before promoting it")
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"{row[0]}/{row[1]}"])
    found = connection.execute(query, [model_version]).fetchone()
    return found or row


def champion(
    connection: psycopg.Connection, company_id: str, use_case: str, *, as_of: date | None = None
) -> Champion | None:
    """Return the champion of a company and use case, or None.

    Args:
        connection: Connection of any role that reads ml.
        company_id: Company.
        use_case: ``demand_forecast``, ``slow_movers`` or ``product_health``.
        as_of: With a date, the newest version that is or was champion and has seen nothing after it, so that a past
            date is scored without knowledge of its future. Versions that were withdrawn serve no date.
    """
    statuses = ["champion"] if as_of is None else ["champion", "archived"]
    return next(iter(versions(connection, company_id, use_case, statuses, as_of or date.max)), None)


def versions(
    connection: psycopg.Connection, company_id: str, use_case: str, statuses: Sequence[str], as_of: date
) -> list[Champion]:
    """Return the versions of a company and use case with one of the statuses: the champion, then the newest data first.

    Args:
        connection: Connection of any role that reads ml.
        company_id: Company.
        use_case: ``demand_forecast``, ``slow_movers`` or ``product_health``.
        statuses: Of champion, archived, candidate, withdrawn.
        as_of: Only those that have seen nothing after this date.
    """
    rows = connection.execute(
        """
        select
            model_version, trained_through_date, window_start_date, metrics, parameters, artifact_path, git_revision
        from ml.model_registry
        where company_id = %s and use_case = %s and status = any(%s) and trained_through_date <= %s
        -- After a rollback, an archived version may have seen more than the champion.
        order by status = 'champion' desc, trained_through_date desc, trained_at desc, model_version
        """,
        [company_id, use_case, list(statuses), as_of],
    ).fetchall()
    folder = get_settings().artifacts_dir
    return [
        Champion(version, trained_through, start, metrics, parameters, folder / relative, revision)
        for version, trained_through, start, metrics, parameters, relative, revision in rows
    ]


def load_artifact(champion: Champion) -> Any:
    """Read the fitted object of a champion. A class may say by FORM, and its objects by form, which fields they have.

    Raises:
        RegistryError: the file is gone, or this version of the code cannot read it.
    """
    import joblib

    if not champion.artifact_path.is_file():
        raise RegistryError(
            f"artefact {champion.artifact_path} of {champion.model_version} is missing: restore it or train again"
        )
    try:
        artifact = joblib.load(champion.artifact_path)
        # Only what the file holds counts: a class attribute is that of the code.
        if (form := getattr(artifact, "FORM", None)) is not None and vars(artifact).get("form") != form:
            raise AttributeError(f"it is not of form {form}")
    except (ImportError, AttributeError) as error:
        raise RegistryError(
            f"artefact {champion.artifact_path} of {champion.model_version} is of another version of the code "
            f"({error}): train again with --force"
        ) from None
    return artifact


def serves(champion: Champion | None) -> bool:
    """Tell whether there is a champion whose artefact can be read."""
    if champion is None:
        return False
    try:
        load_artifact(champion)
    except RegistryError:
        return False
    return True


def _write_artifact(artifact: object, path: Path) -> None:
    """Write a fitted object so that a reader finds the old file or the new one, never a part."""
    import joblib

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    joblib.dump(artifact, partial, compress=3)
    partial.replace(path)


def _json(value: object) -> str:
    """Return canonical JSON; numpy scalars become numbers and values that are not finite become null."""
    return json.dumps(plain(value), sort_keys=True, allow_nan=False, default=str)


def plain(value: Any) -> Any:
    """Return value with numpy scalars as numbers and values that are not finite as None, as JSON wants them."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
