"""Programs of the models as a person runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from ml.command import run


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run ``python -m <name> <arguments>`` in this process; return its exit code."""

    def call(name: str, commands: Any, *arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        try:
            return run(name, "", commands)
        except SystemExit as end:
            if not isinstance(end.code, str):
                raise
            # As Python ends a program with a text.
            print(end.code, file=sys.stderr)
            return 1

    return call
