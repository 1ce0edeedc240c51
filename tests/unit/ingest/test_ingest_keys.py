"""Whether keys repeat, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest import keys
from ingest.keys import KeyHashes

TOP = 2**64 - 1


def repeats(path: Path, batches: list[list[int]]) -> bool:
    hashes = KeyHashes(path / "keys")
    for batch in batches:
        hashes.add(np.array(batch, dtype=np.uint64))
    return hashes.has_repeated()


@pytest.mark.parametrize("in_memory", [1, 3, 1_000])
@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([], False),
        ([[]], False),
        ([[7]], False),
        ([[7, 7]], True),
        ([[0, TOP], [1, TOP - 1]], False),
        ([[TOP, 5], [6], [2**63, TOP]], True),
        ([[0, 9], [1, 2], [3, 4], [0]], True),
        ([list(range(40)), list(range(40, 90))], False),
        ([[n << 57 for n in range(100)], [n << 57 for n in range(100, 128)], [99 << 57]], True),
    ],
)
def test_a_repeated_hash_is_found_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int, batches: list[list[int]], expected: bool
) -> None:
    monkeypatch.setattr(keys, "IN_MEMORY", in_memory)
    assert repeats(tmp_path, batches) is expected


def test_what_is_many_lies_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "IN_MEMORY", 1_000)
    drawn = np.random.default_rng(1).permutation(50_000).astype(np.uint64) * np.uint64(2**48)
    hashes = KeyHashes(tmp_path / "keys")
    for batch in np.array_split(drawn, 77):
        hashes.add(batch)
    assert not hashes.has_repeated()
    assert (tmp_path / "keys").stat().st_size > 8 * 49_000
    hashes.add(drawn[:1])
    assert hashes.has_repeated()
