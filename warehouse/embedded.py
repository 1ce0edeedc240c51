"""The embedded PostgreSQL server: started on 127.0.0.1 while somebody uses it, stopped when nobody does.

Every user of the server holds a shared lock on ``server.lock`` for as long as it works. Whoever releases the last
one stops the server, unless ``make up`` asked to keep it. The lock is the kernel's: a killed user leaves none behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psutil

from warehouse.programs import SERVER_OPTIONS, bin_dir, hand_to_server, open_to_server, run_as_server
from warehouse.secrets import secret
from warehouse.settings import SERVER_USER, SHARED_STATE_DIR, closed_folder, get_settings

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.25
# What pg_isready says of a server that starts, or replays its log after a crash.
ACCEPTING, REJECTING = 0, 1
# What a server says whose predecessor was killed, as long as one of its processes is busy, or nobody noticed its end.
HAS_PREDECESSOR = ("is still in use", 'lock file "postmaster.pid" already exists')


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
        """TCP port on 127.0.0.1; another one when somebody else has it at the next start."""
        return int(self.port_file.read_text())


def server() -> Server:
    """Return the embedded server of this state folder, running or not."""
    return Server(get_settings().state_dir / "postgres" / "data")


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Keep the embedded server running for the length of the block.

    Raises:
        ServerError: the server does not start, or cannot work in the state folder.
    """
    target = server()
    create_folder()
    with target.lock_file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        with _starting(target):
            if not _runs_at_last(target):
                _start_or_stop(target)
        try:
            yield target
        finally:
            _release(target, lock.fileno())


def warehouse_server() -> AbstractContextManager[Server | None]:
    """Return what keeps the warehouse's server running for the length of a block: nothing, where it is another one.

    Raises:
        ServerError: the block is entered and the embedded server does not start, or cannot work in the state folder.
    """
    return running_server() if get_settings().warehouse_url is None else contextlib.nullcontext()


def create_folder() -> None:
    """Create the server's folder, and the state folder with it.

    Raises:
        ServerError: the server's account could not enter it. Then nothing has been created.
    """
    closed = closed_folder(get_settings().state_dir)
    if closed:
        raise ServerError(
            f"Started by root, PostgreSQL runs as the account {SERVER_USER}, which cannot enter {closed}: set "
            f"ORW_STATE_DIR to a folder elsewhere, such as {SHARED_STATE_DIR}, or allow it with `chmod o+x {closed}`"
        )
    with open_to_server():
        server().data_dir.parent.mkdir(parents=True, exist_ok=True)


def keep(wanted: bool) -> None:
    """Say whether the server shall go on when nobody uses it (``make up``) or not (``make down``)."""
    target = server()
    if wanted:
        create_folder()
        target.keep_file.touch()
    else:
        target.keep_file.unlink(missing_ok=True)


def is_running(target: Server) -> bool:
    """Tell whether the server answers on its port, and not another one there."""
    if not target.port_file.exists() or not _is_at_work(target):
        return False
    return _answer(target) == ACCEPTING


def _runs_at_last(target: Server) -> bool:
    """Tell whether the server runs, after waiting for one that is recovering: another one must not be started then.

    Raises:
        ServerError: it recovers for longer than a start may take.
    """
    limit = time.monotonic() + START_TIMEOUT_SECONDS
    # One answer decides: between two of them the server may have opened its doors.
    while target.port_file.exists() and _is_at_work(target):
        answer = _answer(target)
        if answer != REJECTING:
            return answer == ACCEPTING
        if time.monotonic() > limit:
            raise ServerError(
                f"The server is still recovering from a crash: wait, {target.log_file} shows how far it is"
            )
        time.sleep(PAUSE_SECONDS)
    return False


def _answer(target: Server) -> int:
    command = [str(bin_dir() / "pg_isready"), "-q", "-h", HOST, "-p", str(target.port)]
    return subprocess.run(command, check=False).returncode


def _is_at_work(target: Server) -> bool:
    """Tell whether the process that postmaster.pid names serves this folder: a copied folder names that of another."""
    lines = _pid_lines(target)
    # A disk that was full when the server started may have left less.
    if len(lines) < 4:
        return False
    pid, folder, _, port = lines[:4]
    return Path(folder) == target.data_dir and int(port) == target.port and _is_alive(int(pid))


def _pid_lines(target: Server) -> list[str]:
    try:
        return (target.data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


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


def _start_or_stop(target: Server) -> None:
    """Start the server; a start that is interrupted leaves none behind."""
    try:
        _start(target)
    except BaseException:
        with contextlib.suppress(ServerError):
            _stop(target)
        raise


def _start(target: Server) -> None:
    hand_to_server(target.data_dir.parent)
    if not (target.data_dir / "PG_VERSION").exists():
        _initialize(target)
    # The port of a server at work is its own, even while it answers nobody.
    if not target.port_file.exists() or not (_is_free(target.port) or _is_at_work(target)):
        target.port_file.write_text(str(free_port()))
    options = " ".join(f"-c {name}={value}" for name, value in SERVER_OPTIONS.items())
    options += f" -c listen_addresses={HOST} -c unix_socket_directories='' -p {target.port}"
    command: list[str | Path] = ["pg_ctl", "-D", target.data_dir, "-l", target.log_file, "-o", options]
    limit = time.monotonic() + START_TIMEOUT_SECONDS
    # On a busy machine a server that recovers may have answered too late to be seen.
    while not is_running(target):
        try:
            # No inherited pipes: the server outlives this process when the user keeps it.
            _run([*command, "-w", "-t", str(START_TIMEOUT_SECONDS), "start"], target, quiet=True)
            break
        except ServerError as error:
            if not any(text in str(error) for text in HAS_PREDECESSOR) or time.monotonic() > limit:
                raise
            time.sleep(PAUSE_SECONDS)


def _initialize(target: Server) -> None:
    shutil.rmtree(target.data_dir, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=target.data_dir.parent, suffix=".pw") as password_file:
        password_file.write(secret("postgres_password"))
        password_file.flush()
        hand_to_server(Path(password_file.name))
        place: list[str | Path] = ["-D", target.data_dir, "-U", SUPERUSER, "--pwfile", password_file.name]
        _run(["initdb", *place, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"], target)


def _stop(target: Server) -> None:
    lines = _pid_lines(target)
    # A server that was killed leaves its file behind.
    if lines and _is_alive(int(lines[0])):
        _run(["pg_ctl", "-D", target.data_dir, "-m", "fast", "-w", "stop"], target)


def _run(command: list[str | Path], target: Server, *, quiet: bool = False) -> None:
    done = run_as_server(command, target.data_dir.parent, quiet=quiet)
    if done.returncode != 0:
        lines = target.log_file.read_text(errors="replace").splitlines()[-15:] if target.log_file.exists() else []
        log = "\n".join([f"End of {target.log_file}:", *lines]) if lines else ""
        raise ServerError(f"{command[0]} failed ({done.returncode}).\n{done.stderr or ''}{log}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a TCP port of HOST that nobody listens on at the moment."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
