"""Hashes of the keys of a file, to tell at its end whether any key repeats: in memory while few, on disk when many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

# 32 MiB in memory while reading, and about twice that for one part while comparing.
IN_MEMORY = 4 << 20
CHUNK = 1 << 20


class KeyHashes:
    """64-bit hashes in any order; equal keys have equal hashes."""

    def __init__(self, spill: Path) -> None:
        """Start empty.

        Args:
            spill: File to be written when there are more than memory should hold.
        """
        self._spill = spill
        self._held: list[Any] = []
        self._held_count = self._spilled_count = 0

    def add(self, hashes: Any) -> None:
        """Add the hashes of a batch, an array of uint64."""
        # A copy: a view would keep the whole batch in memory.
        self._held.append(hashes.copy())
        self._held_count += len(hashes)
        if self._held_count > IN_MEMORY:
            with self._spill.open("ab") as file:
                for part in self._held:
                    part.tofile(file)
            self._spilled_count += self._held_count
            self._held, self._held_count = [], 0

    def has_repeated(self) -> bool:
        """Tell whether two of the hashes are equal."""
        # By leading bits, so that equal hashes meet in the same part and every part fits into memory.
        bits = (self._spilled_count // IN_MEMORY).bit_length()
        return any(_has_equal(self._part(number, bits)) for number in range(1 << bits))

    def _part(self, number: int, bits: int) -> Any:
        shift = np.uint64(64 - bits)
        chosen = [part if not bits else part[part >> shift == number] for part in self._chunks()]
        return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.uint64)

    def _chunks(self) -> Iterator[Any]:
        yield from self._held
        if self._spilled_count:
            with self._spill.open("rb") as file:
                while len(chunk := np.fromfile(file, dtype=np.uint64, count=CHUNK)):
                    yield chunk


def _has_equal(hashes: Any) -> bool:
    hashes.sort()
    return bool((hashes[1:] == hashes[:-1]).any())
