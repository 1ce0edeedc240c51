"""Reading a file once more, row by row, where an expression of its mapping fails on one of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ingest import rejects
from ingest.inspection import RefusedFileError
from ingest.mapping import FeedMapping
from ingest.workspace import Workspace

# How DuckDB begins the messages of errors that a value causes; in streams they come as errors of input and output.
_ROW_ERRORS = ("Conversion Error: ", "Invalid Input Error: ", "Out of Range Error: ")

Result = TypeVar("Result")


def read_with_care(workspace: Workspace, mapping: FeedMapping, read: Callable[[FeedMapping], Result]) -> Result:
    """Read a file as if all were well; if a value breaks an expression, again, so that its row goes to quarantine.

    Args:
        workspace: Where it is read.
        mapping: Feed with contract.
        read: Reads the file through a mapping, to the end of the quarantine.

    Returns:
        What read returned.

    Raises:
        RefusedFileError: the file cannot be read either way.
    """
    try:
        return read(mapping)
    except (RefusedFileError, OSError) as error:
        rejects.forget_any(workspace)
        if not (any(text in str(error) for text in _ROW_ERRORS) and mapping.fallible):
            raise
    # DuckDB computes what expressions have in common before it tries them, and fails on it for all rows.
    workspace.duck.execute("set disabled_optimizers = 'common_subexpressions'")
    try:
        return read(replace(mapping, is_row_by_row=True))
    except (RefusedFileError, OSError):
        rejects.forget_any(workspace)
        raise
    finally:
        workspace.duck.execute("reset disabled_optimizers")
