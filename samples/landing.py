"""A landing folder is written beside its place and renamed into it when complete, so that nobody meets half of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

MARKER = ".sample.json"


class LandingError(RuntimeError):
    """The landing folder cannot be written; the message names the remedy."""


def marker(sample: str, options: Mapping[str, object]) -> str:
    """Describe a run; the version is a digest of the code of all samples, some of it shared: other code writes anew."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py")))
    version = hashlib.sha256(code).hexdigest()[:16]
    return json.dumps({"sample": sample, "version": version, **options}, indent=1) + "\n"


def standing(out: Path) -> str | None:
    """Return the marker of the run whose files stand in a folder, None for none."""
    path = out / MARKER
    return path.read_text(encoding="utf-8") if path.exists() else None


def refuse_foreign(out: Path) -> None:
    """Check that a folder holds nothing but what these commands wrote.

    Raises:
        LandingError: it holds foreign files, or is no folder.
    """
    if out.exists() and not out.is_dir():
        raise LandingError(f"{out} is a file: choose another --out")
    if out.exists() and any(out.iterdir()) and not (out / MARKER).exists():
        raise LandingError(f"{out} holds files that this command did not write: choose another --out, or empty it")


def write_whole(out: Path, run: str, write: Callable[[Path], None]) -> None:
    """Write a landing folder as a whole, in the place of a former one.

    Args:
        out: The folder.
        run: Its marker.
        write: Writes all files into the folder it is given, which does not exist yet.
    """
    partial, old = (out.parent / f".{out.name}.{state}" for state in ("partial", "old"))
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write(partial)
        (partial / MARKER).write_text(run, encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        partial.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
