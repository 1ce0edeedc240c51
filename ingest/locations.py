"""Where extracts lie: variables in locations, the files a feed matches, and copies of remote files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import cache
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from ingest.feeds import FileOptions
from warehouse.settings import get_settings

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
COPY_BYTES = 4 << 20
# What clients of object stores say when the network or the service is gone; all that they raise is OSError.
_LOST = ("NETWORK_CONNECTION", "UNAVAILABLE")


class LocationError(ValueError):
    """A location is not usable; the message names the place and the remedy."""


class UnreachableLocationError(LocationError, ConnectionError):
    """A location on another machine does not answer: it may be back at the next try."""


@dataclass(frozen=True)
class FoundFile:
    """One file of a feed.

    Attributes:
        name: Path relative to the location, as recorded in the ledger.
        path: Local path, or path within the remote file system.
        file_date: Date in the name, None without one.
        problem: Why the file must be refused unread, None when it may be read.
        modified_at: When it was written last, None where that is not known.
    """

    name: str
    path: str
    file_date: date | None
    problem: str | None = None
    modified_at: datetime | None = None


def expand(text: str, company_id: str) -> str:
    """Replace ``${VAR}`` and ``${VAR:-default}`` in a location or database URL.

    LANDING (landing zone of the company) and REAL_DATA have values without being set.

    Raises:
        LocationError: a variable has no value.
    """
    settings = get_settings()
    known = {"LANDING": str(settings.landing_dir / company_id), "REAL_DATA": str(settings.real_data_dir)}

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        if name in known:
            return known[name]
        found = os.environ.get(name) or default
        if found is None:
            raise LocationError(f"variable {name} is not set, and {text!r} needs it")
        return found

    return _VARIABLE.sub(value, text)


def variables(text: str) -> list[str]:
    """Return the variables in a location, without their marks."""
    return [match.group(1) for match in _VARIABLE.finditer(text)]


def is_remote(location: str) -> bool:
    """Tell whether a location is on another machine (``s3://`` and the like)."""
    return "://" in location and not location.startswith("file://")


def local_root(location: str) -> Path:
    """Return the folder a local location means; relative paths start at the project."""
    path = unquote(urlsplit(location).path) if location.startswith("file://") else location
    return (get_settings().project_dir / path).resolve()


def find_files(location: str, options: FileOptions, file_date: str | None = None) -> list[FoundFile]:
    """List the files a feed or lookup matches, by date and name.

    Args:
        location: Expanded location.
        options: Feed or lookup.
        file_date: Regular expression whose first group is the date in a file name.

    Raises:
        UnreachableLocationError: the location is on another machine, which does not answer.
        LocationError: the location does not exist.
    """
    pattern = options.files or ""
    found = _remote_files(location, pattern) if is_remote(location) else _local_files(location, pattern)
    files = [_dated(file, file_date) for file in found]
    return sorted(files, key=lambda file: (file.file_date or date.min, file.name))


def local_copy(location: str, file: FoundFile, target: Path) -> Path:
    """Return a local path of a file: its own, or target after downloading a remote file there.

    Raises:
        UnreachableLocationError: the file is on another machine, which does not answer.
        OSError: it cannot be downloaded or written for another reason.
    """
    if not is_remote(location):
        return Path(file.path)
    system, _ = _file_system(location)
    try:
        with system.open_input_stream(file.path, compression=None) as stream, target.open("wb") as copy:
            while chunk := stream.read(COPY_BYTES):
                copy.write(chunk)
    except OSError as error:
        if _is_lost(error):
            raise _problem(location, "read", error) from error
        raise
    return target


def _local_files(location: str, pattern: str) -> list[FoundFile]:
    root = local_root(location)
    if not root.is_dir():
        raise LocationError(f"{root} does not exist")
    names = glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 - Path.glob refuses '..', which is judged here
    files = [(name, root / name) for name in names if (root / name).is_file()]
    return [
        FoundFile(_shown(name), str(path), None, _unnamed(name) or _escape(root, path), _modified_at(path))
        for name, path in files
    ]


def _modified_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        # Taken away meanwhile; reading it says so.
        return None


def _shown(name: str) -> str:
    """Return a name that any program can print and store."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _unnamed(name: str) -> str | None:
    return None if _shown(name) == name else "its name is not UTF-8: rename it"


def _escape(root: Path, path: Path) -> str | None:
    if Path(os.path.realpath(path)).is_relative_to(root):
        return None
    return f"lies outside {root} by a link or '..': put the file itself there, or set the location to where it lies"


def _remote_files(location: str, pattern: str) -> list[FoundFile]:
    system, root = _file_system(location)
    try:
        infos = system.get_file_info(fs.FileSelector(root, recursive=True))
    except OSError as error:
        raise _problem(location, "listed", error) from error
    files = [info for info in infos if info.type == fs.FileType.File]
    named = [FoundFile(info.path[len(root) :].lstrip("/"), info.path, None, None, info.mtime) for info in files]
    return [file for file in named if _matches(file.name.split("/"), pattern.split("/"))]


def _matches(folders: Sequence[str], patterns: Sequence[str]) -> bool:
    """Tell whether a name matches as glob would have it, both taken apart at the slashes.

    A star stops at a slash, ``**`` stands for any number of folders, and neither finds a hidden name.
    """
    if not patterns or not folders:
        return not folders and all(pattern == "**" for pattern in patterns)
    first, pattern = folders[0], patterns[0]
    is_hidden = first.startswith(".")
    if pattern == "**":
        return _matches(folders, patterns[1:]) or (not is_hidden and _matches(folders[1:], patterns))
    if is_hidden and not pattern.startswith("."):
        return False
    return fnmatchcase(first, pattern) and _matches(folders[1:], patterns[1:])


# A client opens connections of its own, and a load asks for the same bucket with every file.
@cache
def _file_system(location: str) -> tuple[Any, str]:
    try:
        system, root = fs.FileSystem.from_uri(location)
    except (OSError, ValueError) as error:
        raise _problem(location, "opened", error) from error
    return system, root.rstrip("/")


def _problem(location: str, what: str, error: Exception) -> LocationError:
    kind = UnreachableLocationError if _is_lost(error) else LocationError
    return kind(f"{without_login(location)} cannot be {what}: {error}")


def _is_lost(error: Exception) -> bool:
    return isinstance(error, ConnectionError | TimeoutError) or any(said in str(error) for said in _LOST)


def without_login(url: str) -> str:
    """Return a location as it may be shown: without keys and parameters."""
    if not is_remote(url):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _dated(file: FoundFile, pattern: str | None) -> FoundFile:
    if pattern is None:
        return file
    match = re.search(pattern, file.name)
    try:
        return replace(file, file_date=date.fromisoformat(match.group(1) if match else ""))
    except ValueError:
        missing = f"its name holds no date as file_date ({pattern}) expects: rename the file, or correct file_date"
        return replace(file, problem=file.problem or missing)
