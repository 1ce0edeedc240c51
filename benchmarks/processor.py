"""Processor seconds, which other work on the machine disturbs less than wall time: of programs, and of the server."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from warehouse import embedded

_TICKS = os.sysconf("SC_CLK_TCK")
# Of /proc/<pid>/stat, behind the name: seconds of the process, and of the children that have ended.
_OWN, _ENDED = slice(11, 13), slice(13, 15)


def seconds() -> float:
    """Return the processor seconds so far of this process, its ended programs, and the server with all its sessions."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used) + _server()


def _server() -> float:
    # A session that has just ended counts once the server has noticed.
    time.sleep(0.1)
    main = int((embedded.server().data_dir / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    ticks = _ticks(main, _ENDED) + sum(_ticks(process, _OWN) for process in (main, *map(int, children)))
    return ticks / _TICKS


def _ticks(process: int, which: slice) -> int:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return 0
    return sum(map(int, text.rpartition(") ")[2].split()[which]))
