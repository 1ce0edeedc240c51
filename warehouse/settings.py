"""Settings of the project, read from the environment once per process; the two folders of inputs at each use."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
DEFAULT_COMPANY = "journey"
SERVER_USER = "pgserver"
SHARED_STATE_DIR = Path("/var/lib/open-retail-warehouse")
_COMPANY_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")


class SettingsError(ValueError):
    """A setting is missing or unusable; the message names the variable and the remedy."""


@dataclass(frozen=True)
class Settings:
    """Where things lie and how to reach them.

    Attributes:
        project_dir: Root of the checkout.
        state_dir: Everything the project writes outside the warehouse: the embedded server's data, generated
            secrets, landing files, model artefacts, logs. Safe to delete when nothing runs.
        warehouse_url: SQLAlchemy-style URL of an external PostgreSQL, or None for the embedded server.
        landing_dir: Root of the landing zone; one folder per company below it.
        artifacts_dir: Root of model artefacts.
        company: Company the process works for when a command names none.
    """

    project_dir: Path
    state_dir: Path
    warehouse_url: str | None
    landing_dir: Path
    artifacts_dir: Path
    company: str

    @property
    def companies_dir(self) -> Path:
        """Folder with one sub-folder per company, from ORW_COMPANIES_DIR; relative paths start at the project."""
        return (self.project_dir / os.environ.get("ORW_COMPANIES_DIR", "companies")).resolve()

    @property
    def real_data_dir(self) -> Path:
        """Folder with third-party data sets, from REAL_DATA; relative paths start at the project."""
        return (self.project_dir / os.environ.get("REAL_DATA", "../shared/data")).resolve()


def company_id(name: str) -> str:
    """Return name when it can serve as a company id.

    Raises:
        SettingsError: name is not lower-case letters, digits and underscores, starting with a letter.
    """
    if not _COMPANY_ID.fullmatch(name):
        raise SettingsError(
            f"COMPANY is {name!r}: use lower-case letters, digits and underscores, starting with a letter, "
            "as in the folder names under companies/"
        )
    return name


def closed_folder(path: Path) -> Path | None:
    """Return the outermost folder of path that a server started by root under its own account could not enter."""
    if os.geteuid() != 0:
        return None
    try:
        uid = pwd.getpwnam(SERVER_USER).pw_uid
    except KeyError:
        uid = -1
    existing = [folder for folder in (*reversed(path.parents), path) if folder.exists()]
    status = ((folder, folder.stat()) for folder in existing)
    return next((folder for folder, found in status if not (found.st_mode & 0o001 or found.st_uid == uid)), None)


def _default_state_dir() -> Path:
    inside = PROJECT_DIR / ".state"
    if closed_folder(inside) is None:
        return inside
    # Started by root, PostgreSQL runs under its own account, which cannot enter a private home.
    digest = hashlib.sha256(str(PROJECT_DIR).encode()).hexdigest()[:10]
    return SHARED_STATE_DIR / digest


@cache
def get_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: COMPANY is not a usable company id.
    """
    state = Path(os.environ.get("ORW_STATE_DIR") or _default_state_dir()).resolve()
    return Settings(
        project_dir=PROJECT_DIR,
        state_dir=state,
        warehouse_url=os.environ.get("WAREHOUSE_URL") or None,
        landing_dir=Path(os.environ.get("ORW_LANDING_DIR") or state / "landing"),
        artifacts_dir=Path(os.environ.get("ORW_ARTIFACTS_DIR") or state / "artifacts"),
        company=company_id(os.environ.get("COMPANY") or DEFAULT_COMPANY),
    )
