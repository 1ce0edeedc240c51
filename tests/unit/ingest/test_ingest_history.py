"""Whatever happens to files in a folder: the state they state is loaded, and nothing is loaded twice."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.deliveries import Delivery
from ingest.feeds import Feed
from ingest.history import History, Seen
from ingest.locations import FoundFile
from ingest.mapping import FeedMapping, map_feed

DAY = date(2024, 3, 1)
CONTENTS = st.sampled_from("ABC")


@cache
def mapping() -> FeedMapping:
    return map_feed(Feed.model_validate({"entity": "campaigns", "files": "*"}))


class Folder:
    """A folder of files, and a warehouse that remembers what was loaded."""

    def __init__(self, dates: dict[str, date] | None = None) -> None:
        self.dates = dates or {}
        self.files: dict[str, str] = {}
        self.seen: list[Seen] = []
        self.numbers = count(1)

    def load(self) -> list[str]:
        """Load everything and return the names of the files that were."""
        feed = ("campaigns", mapping().fingerprint)
        history = History(self.seen, {feed})
        loaded = []
        for name, content in sorted(self.files.items()):
            file = FoundFile(name, name, self.dates.get(name))
            delivery = Delivery(mapping(), "", file, neighbors=frozenset(self.files))
            known = history.judge(delivery, content).known
            is_copy = known is not None and known.file != name
            if known is None or is_copy:
                seen = Seen(next(self.numbers), *feed, name, file.file_date, content, None, DAY, is_copy)
                self.seen.append(seen)
                history.add(seen)
            if known is None:
                loaded.append(name)
        assert [name for name in self.files if self._is_new(history, name)] == []
        return loaded

    def _is_new(self, history: History, name: str) -> bool:
        file = FoundFile(name, name, self.dates.get(name))
        delivery = Delivery(mapping(), "", file, neighbors=frozenset(self.files))
        return history.judge(delivery, self.files[name]).known is None

    @property
    def newest(self) -> str:
        """Content of the load that was last."""
        return next(seen.content for seen in reversed(self.seen) if not seen.is_copy)


@given(steps=st.lists(st.one_of(CONTENTS, st.just("rename")), min_size=1, max_size=10), dated=st.booleans())
def test_one_file_renamed_and_changed_at_will_is_what_the_warehouse_says(steps: list[str], dated: bool) -> None:
    name, content = "n0", "A"
    folder = Folder({f"n{number}": DAY for number in range(20)} if dated else None)
    for number, step in enumerate(steps, 1):
        name = f"n{number}" if step == "rename" else name
        content = content if step == "rename" else step
        folder.files = {name: content}
        folder.load()
        assert folder.newest == content


@given(steps=st.lists(st.tuples(st.sampled_from(["n1", "n2", "n3"]), CONTENTS), min_size=1, max_size=8))
def test_every_change_of_a_file_that_stays_is_loaded(steps: list[tuple[str, str]]) -> None:
    folder = Folder({name: date(2024, 3, int(name[1])) for name in ("n1", "n2", "n3")})
    for name, content in steps:
        is_changed = folder.files.get(name) != content
        folder.files[name] = content
        assert folder.load() == ([name] if is_changed else [])


@given(first=st.lists(CONTENTS, min_size=1, max_size=6), second=st.lists(CONTENTS, min_size=1, max_size=6))
def test_nothing_is_loaded_twice_from_a_folder_that_stays(first: list[str], second: list[str]) -> None:
    folder = Folder()
    for contents in (first, second):
        folder.files |= {f"n{number}": content for number, content in enumerate(contents)}
        folder.load()
        assert folder.load() == []


@pytest.mark.parametrize("dates", [None, {"v1": DAY, "v2": DAY, "v3": DAY}], ids=["undated", "dated"])
def test_state_that_comes_back_under_another_name_is_loaded(dates: dict[str, date] | None) -> None:
    folder = Folder(dates)
    for name, content in (("v1", "A"), ("v2", "B"), ("v3", "A")):
        folder.files[name] = content
        assert folder.load() == [name]


def test_moving_a_folder_loads_nothing() -> None:
    for dates in (None, {"a": DAY, "b": DAY, "old/a": DAY, "old/b": DAY}):
        folder = Folder(dates)
        folder.files = {"a": "A", "b": "B"}
        assert folder.load() == ["a", "b"]
        folder.files = {"old/a": "A", "old/b": "B"}
        assert folder.load() == []
