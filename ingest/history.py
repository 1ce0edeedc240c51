"""What a source has delivered before, and whether a file brings anything new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from ingest.deliveries import Delivery


@dataclass(frozen=True)
class Seen:
    """What a file name brought once: rows, or a copy of what another name had brought.

    Attributes:
        load_id: Its row in ops.load_ledger.
        entity: Entity of the rows.
        mapping: Fingerprint of the mapping they came through.
        file: Name of the file.
        file_date: Date of the file, None without one.
        content: Hash of the content.
        delivered: Hash of the bytes as delivered where these were packed, else None.
        business_date: Date of the load.
        is_copy: True when nothing was loaded, because another name had brought the same.
    """

    load_id: int
    entity: str
    mapping: str
    file: str
    file_date: date | None
    content: str
    delivered: str | None
    business_date: date
    is_copy: bool

    @property
    def name(self) -> tuple[str, str, str, date | None]:
        """What later deliveries replace each other under."""
        return (self.entity, self.mapping, self.file, self.file_date)


@dataclass(frozen=True)
class Verdict:
    """What to do with a delivery.

    Attributes:
        known: What already brought its content; None to load it.
        follows: Row of ops.load_ledger with what its name brought last, None if nothing.
    """

    known: Seen | None
    follows: int | None


class History:
    """The loads of one source so far, to which the loads of the session are added."""

    def __init__(self, seen: Iterable[Seen], in_use: Collection[tuple[str, str]]) -> None:
        """Take in what was seen.

        Args:
            seen: Loads that count, in order.
            in_use: Entity and mapping of every feed that sources.yml has now.
        """
        self._in_use = frozenset(in_use)
        self._ids: set[int] = set()
        self._last: dict[tuple[str, str, str, date | None], Seen] = {}
        self._last_of_file: dict[tuple[str, str, str], Seen] = {}
        self._newest: dict[tuple[str, str, date | None], Seen] = {}
        self._holders: defaultdict[tuple[str, str, str, date | None], list[Seen]] = defaultdict(list)
        self._retired: dict[tuple[str, str, date | None], int] = {}
        self._reached: dict[tuple[str, str], date] = {}
        for one in seen:
            self.add(one)

    def add(self, seen: Seen) -> None:
        """Take in one more load, unless it is known."""
        if seen.load_id in self._ids:
            return
        self._ids.add(seen.load_id)
        if seen.name not in self._last or self._last[seen.name].load_id < seen.load_id:
            self._last[seen.name] = seen
        self._last_of_file[seen.name[:3]] = seen
        if seen.is_copy:
            return
        if (seen.entity, seen.mapping) not in self._in_use:
            self._retired[seen.entity, seen.file, seen.file_date] = seen.load_id
        self._newest[seen.entity, seen.mapping, seen.file_date] = seen
        self._holders[seen.entity, seen.mapping, seen.content, seen.file_date].append(seen)
        reached = self._reached.get((seen.entity, seen.file), seen.business_date)
        self._reached[seen.entity, seen.file] = max(reached, seen.business_date)

    def unchanged(self, delivery: Delivery, *digests: str) -> Seen | None:
        """Return what the name of a delivery brought last, if that has one of the digests and still holds."""
        last = self._last_of(delivery)
        is_same = last is not None and not {last.content, last.delivered}.isdisjoint(digests)
        return last if last and is_same and self._holds(last) else None

    def judge(self, delivery: Delivery, *digests: str) -> Verdict:
        """Tell whether a delivery has to be loaded: docs/adr/0006-what-is-delivered-anew.md gives the reasons.

        Args:
            delivery: The file, or the rows of a table or query.
            digests: Hashes of its content: of what is inside, and of the bytes as delivered.
        """
        last = self._last_of(delivery)
        known = self.unchanged(delivery, *digests) or self._original(delivery, last, digests)
        return Verdict(known, last.load_id if last else None)

    def dated(self, delivery: Delivery, business_date: date) -> date:
        """Return the date that the rows of a delivery are of: that of its name, else that of the load.

        A file without a date is never older than what it replaces, whatever date it is loaded for.
        """
        reached = self._reached.get((delivery.entity, delivery.file.name), business_date)
        return delivery.file.file_date or max(business_date, reached)

    def _last_of(self, delivery: Delivery) -> Seen | None:
        feed, file = (delivery.entity, delivery.mapping.fingerprint), delivery.file
        if last := self._last.get((*feed, file.name, file.file_date)):
            return last
        # file_date may have been declared since, or given up. What passed for a copy without a date may be none.
        last = self._last_of_file.get((*feed, file.name))
        is_same = last is not None and None in (last.file_date, file.file_date) and not last.is_copy
        return last if is_same else None

    def _original(self, delivery: Delivery, last: Seen | None, digests: Collection[str]) -> Seen | None:
        """Return the load under another name of the same date that a delivery only repeats."""
        feed = (delivery.entity, delivery.mapping.fingerprint)
        for digest in digests:
            for seen in reversed(self._holders.get((*feed, digest, delivery.file.file_date), ())):
                if self._last[seen.name] is not seen or not self._holds(seen):
                    continue
                # The name has brought something else since, and comes back to this.
                if last and last.load_id > seen.load_id:
                    continue
                # With other content between the two and both there, it is a state that has come back.
                if self._newest[(*feed, seen.file_date)] is seen or seen.file not in delivery.neighbors:
                    return seen
        return None

    def _holds(self, seen: Seen) -> bool:
        """Tell whether no mapping that was given up has brought the same file since."""
        return self._retired.get((seen.entity, seen.file, seen.file_date), 0) < seen.load_id
