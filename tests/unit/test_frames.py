"""Week arithmetic and fingerprints."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from ml import registry
from warehouse import frames


@pytest.mark.parametrize(
    ("business_date", "monday"),
    [
        pytest.param(date(2017, 12, 31), date(2017, 12, 25), id="sunday-completes-its-week"),
        pytest.param(date(2017, 12, 30), date(2017, 12, 18), id="saturday"),
        pytest.param(date(2018, 1, 1), date(2017, 12, 25), id="monday"),
    ],
)
def test_last_complete_week(business_date: date, monday: date) -> None:
    assert frames.last_complete_week(business_date) == monday
    assert monday.weekday() == 0


def test_fingerprint_follows_values_names_and_order() -> None:
    frame = pd.DataFrame({"product_id": ["a", "b"], "y": [1.0, None]})
    known = frames.fingerprint(frame)
    assert known == frames.fingerprint(frame.copy())
    changed = [frame.assign(y=[1.0, 0.0]), frame.rename(columns={"y": "z"}), frame.iloc[::-1]]
    assert known not in [frames.fingerprint(other) for other in changed]


def test_git_revision_prefers_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_REVISION", "abc123")
    assert registry.git_revision() == "abc123"
