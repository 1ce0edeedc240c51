"""What must be there before a DAG can run: the company's configuration, databases, raw tables, extract files."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

from stack.processes import StackError
from stack.progress import Progress
from warehouse import builds, schemas
from warehouse.embedded import running_server
from warehouse.settings import get_settings


def require_company(company: str) -> None:
    """Check that the company's configuration can be read, before anything is started.

    Raises:
        StackError: it cannot; the message names file, key and remedy.
    """
    from ingest.companies import CompanyError, load_company_config

    try:
        load_company_config(company)
    except CompanyError as error:
        raise StackError(str(error)) from None


@contextlib.contextmanager
def databases() -> Iterator[None]:
    """Keep the embedded server running for the length of the block, with the databases of warehouse and Airflow.

    With WAREHOUSE_URL set, the embedded server holds Airflow's metadata alone.
    """
    with running_server():
        schemas.initialize_airflow()
        schemas.initialize()
        yield


def prepare(company: str, progress: Progress) -> None:
    """Create the raw tables, and write the company's sample extract files if it has any."""
    with progress.step("Preparing the raw tables"):
        _python("ingest", "init")
    samples = get_settings().project_dir / "samples"
    if (samples / company).is_dir() or (samples / f"{company}.py").is_file():
        with progress.step(f"Preparing extract files of {company}"):
            _python("samples", company)
    if builds.full_refresh_reason() == builds.MODELS_CHANGED:
        progress.say(f"The next build makes every table anew, for all companies: {builds.MODELS_CHANGED}")


def latest_business_date(company: str) -> date:
    """Return the latest business date in the company's landing zone.

    Raises:
        StackError: there is none, or the configuration cannot be read.
    """
    from ingest import companies

    try:
        return companies.latest_business_date(company)
    except companies.CompanyError as error:
        raise StackError(str(error)) from None


def require_extracts(company: str, day: date) -> None:
    """Check that there is something to load up to a business date.

    Raises:
        StackError: all extracts are of later dates.
    """
    from ingest import companies

    first = companies.first_business_date(company)
    if first is not None and day < first:
        raise StackError(f"{company} has no extract dated {day} or before: the first is of {first}")


def _python(module: str, *arguments: str) -> None:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=False, cwd=get_settings().project_dir, env=os.environ)
    if done.returncode != 0:
        raise StackError(f"`python {' '.join(command[1:])}` ended with code {done.returncode}")
