"""Telling one channel: red alerts first, then the digest, each tried a few times."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from planning.notify import letters, news
from planning.notify.channels import Channel
from planning.notify.letters import Letterhead
from planning.notify.news import Alert
from planning.notify.outbox import Mailbox

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How long to try, in seconds.

    Attributes:
        total: A run, all channels together; another sender of the company is waited for as long.
        answer: Silence of a receiver.
        backoff: Before the second try; twice as long before each further one.
        tries: Tries of one message in one run.
    """

    total: float = 30
    answer: float = 8
    backoff: float = 1
    tries: int = 3


@dataclass
class Round:
    """Telling one channel: a thread of its own, so that a receiver that hangs delays no other."""

    channel: Channel
    mailbox: Mailbox
    head: Letterhead
    alerts: Sequence[Alert]
    limits: Limits
    deadline: float
    outcomes: Counter[str] = field(default_factory=Counter)
    sending: tuple[str, ...] = ()

    def run(self) -> None:
        """Send what is due; what goes wrong ends this channel's round only."""
        try:
            self._send()
        except Exception as error:
            # Its text may name the address. What was claimed stays so: whether it arrived, nobody knows.
            log.error("%s: %s", self.channel, type(error).__name__)
            self.outcomes["failed"] += 1

    def _send(self) -> None:
        latest = self.mailbox.latest()
        if latest is not None and latest > self.head.day:
            log.info("%s: told of %s before, so nothing of %s", self.channel, latest, self.head.day)
            return
        urgent = [alert for alert in self.alerts if alert.is_urgent]
        due = set(self.mailbox.add_red(urgent))
        red = [alert for alert in urgent if alert.alert_id in due]
        if red:
            subjects = tuple(f"alert {alert.alert_id} red" for alert in red)
            title, body = letters.red(self.head, self.channel.owner, red, self.channel.longest_bytes)
            if not self._deliver(subjects, title, body, states=None):
                return
        self._send_digest()

    def _send_digest(self) -> None:
        if self.mailbox.has_digest():
            return
        found = news.since(self.alerts, self.mailbox.told(), self.mailbox.red_sent())
        if not found.alerts:
            return
        self.mailbox.add_digest()
        title, body = letters.digest(self.head, self.channel.owner, found, self.channel.longest_bytes)
        self._deliver((self.mailbox.digest,), title, body, states=dict(found.states))

    def _deliver(self, subjects: tuple[str, ...], title: str, body: str, *, states: dict[str, str] | None) -> bool:
        """Try until it went, the tries are used up or the time is."""
        for attempt in range(self.limits.tries):
            if attempt and not self._wait(self.limits.backoff * 2 ** (attempt - 1)):
                break
            self.sending = subjects
            if not self.mailbox.claim(subjects):
                raise RuntimeError("rows were taken by another sender in spite of the lock")
            failure = self.channel.deliver(
                title, body, is_urgent=states is None, timeout_seconds=self._remaining(self.limits.answer)
            )
            if failure is None:
                self.mailbox.close(subjects, states)
                self.sending = ()
                log.info("%s: sent %s", self.channel, _named(subjects))
                self.outcomes["sent"] += 1
                return True
            self.mailbox.release(subjects, failure)
            self.sending = ()
            log.warning("%s: try %d of %s failed: %s", self.channel, attempt + 1, _named(subjects), failure)
        self.outcomes["pending"] += 1
        return False

    def _wait(self, seconds: float) -> bool:
        """Wait before the next try, if there is time for one after it."""
        if time.monotonic() + seconds + self.limits.backoff >= self.deadline:
            return False
        time.sleep(seconds)
        return True

    def _remaining(self, most: float) -> float:
        return max(0.1, min(most, self.deadline - time.monotonic()))


def _named(subjects: Sequence[str]) -> str:
    return subjects[0] if len(subjects) == 1 else f"{len(subjects)} red alerts"
