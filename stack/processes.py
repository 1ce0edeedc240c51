"""Starting process trees that end with their parent, and ending them whole."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from stack.environment import STACK_MARKER, log_dir, marker

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 5


class StackError(RuntimeError):
    """Airflow could not be started or one of its processes ended; the message quotes its log."""


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent dies (Linux only)."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def start(
    command: Sequence[str], environment: dict[str, str], log: Path, *, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start command in a process group of its own, writing to log; on Linux it ends when this process is killed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    parent = os.getpid()

    def end_with_parent() -> None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one thread at this point, and no other way to ask for the signal
        )


def end(processes: Iterable[psutil.Process], grace_seconds: float) -> None:
    """End processes and all their descendants: politely first, then for certain.

    Args:
        processes: Roots of the trees.
        grace_seconds: How long the processes may take to end by themselves.
    """
    roots = list(processes)
    tree = _with_descendants(roots)
    for process in roots:
        _signal(process, signal.SIGTERM)
    psutil.wait_procs(tree, timeout=grace_seconds)
    # Children that were started meanwhile, and those whose parents have gone.
    rest = _with_descendants([*tree, *roots])
    for process in rest:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(rest, timeout=5)


def leftovers() -> list[psutil.Process]:
    """Return processes of this state folder's stack other than this process and its ancestors."""
    ours = {os.getpid(), *(process.pid for process in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in ours and _is_marked(process)]


def log_tail(name: str, lines: int = 25) -> str:
    """Return the end of a process' log."""
    path = log_dir() / f"{name}.log"
    if not path.exists():
        return f"{path} does not exist."
    return "\n".join([f"End of {path}:", *path.read_text(errors="replace").splitlines()[-lines:]])


def _is_marked(process: psutil.Process) -> bool:
    """Tell whether a process carries the marker, or writes a log of the stack: some overwrite their environment."""
    try:
        if process.environ().get(STACK_MARKER) == marker():
            return True
        logs = str(log_dir())
        return any(file.path.startswith(logs) and getattr(file, "mode", "r") != "r" for file in process.open_files())
    except (psutil.Error, OSError):
        return False


def _with_descendants(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for process in processes:
        try:
            for member in (process, *process.children(recursive=True)):
                if member.pid != os.getpid() and member.status() != psutil.STATUS_ZOMBIE:
                    found[member.pid] = member
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
