"""Where owners are reached: addresses from the environment, which are secrets and appear in no log and no table."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

NOTIFY = "ORW_NOTIFY"
SCHEMA = re.compile(r"([a-z][a-z0-9]{1,20})://.", re.IGNORECASE)
# What a receiver says of a failure may name its address; its HTTP status does not.
HTTP_STATUS = re.compile(r"error=(\d{3})\b")
# Both write addresses into their logs.
TALKATIVE = ("apprise", "urllib3")
# A service counts characters or bytes, and some of ours become two where it reads Markdown.
FILLED_SHARE = 0.8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channel:
    """One address of an owner.

    Attributes:
        owner: Who is reached by it.
        schema: What kind it is, such as mailtos.
        digest: Slow hash of the address, which stands for it in the outbox.
        longest_bytes: Longest message, in bytes of UTF-8.
        service: Apprise's service, which knows the address.
    """

    owner: str
    schema: str
    digest: str
    longest_bytes: int
    service: Any

    def __str__(self) -> str:
        """Return what logs may say of it."""
        return f"{self.owner} by {self.schema}"

    def deliver(self, title: str, body: str, *, is_urgent: bool, timeout_seconds: float) -> str | None:
        """Send a message once.

        Args:
            title: One line.
            body: Plain text.
            is_urgent: Whether to mark it as a warning.
            timeout_seconds: Longest silence of the receiver, when connecting and when answering.

        Returns:
            Why it failed, without anything secret; None where the receiver took it.
        """
        service = self.service
        service.socket_connect_timeout = service.socket_read_timeout = timeout_seconds
        # Sends within this thread, so that whoever waits for it decides for how long.
        sender = Apprise(asset=service.asset)
        sender.add(service)
        result = sender.notify(
            body,
            title=title,
            notify_type=NotifyType.WARNING if is_urgent else NotifyType.INFO,
            body_format=NotifyFormat.TEXT,
        )
        if result:
            return None
        status = HTTP_STATUS.search(" ".join(entry.message for entry in result.logs()))
        return f"HTTP {status[1]}" if status else "not reached, or no answer"


def variable(owner: str) -> str:
    """Return the environment variable with an owner's own addresses.

    ORW_NOTIFY_ and the name in capitals, everything but letters and digits as ``_``; letters that no variable takes
    as U and their code point: ``head of planning`` has ORW_NOTIFY_HEAD_OF_PLANNING.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", owner) if not unicodedata.combining(letter))
    spelled = (
        letter if letter.isascii() else f"U{ord(letter):X}" if letter.isalnum() else "_" for letter in plain.upper()
    )
    return f"{NOTIFY}_{re.sub('[^A-Z0-9]+', '_', ''.join(spelled)).strip('_')}"


def of_owner(owner: str) -> list[Channel]:
    """Return the channels of an owner: those of the owner's own variable, else those of ORW_NOTIFY.

    What is no address is left out and logged, without what it says.
    """
    name = variable(owner)
    given = os.environ.get(name, "").split()
    if not given:
        name, given = NOTIFY, os.environ.get("ORW_NOTIFY", "").split()
    found: dict[str, Channel] = {}
    for position, address in enumerate(given, start=1):
        channel = _channel(owner, address)
        if channel is None:
            log.error("%s: number %d is no address that apprise knows", name, position)
        else:
            found[channel.digest] = channel
    return list(found.values())


@cache
def digest(address: str) -> str:
    """Return what stands for an address where others can read it: slow to compute, so that none is found by trying."""
    return hashlib.scrypt(address.encode(), salt=b"plan.notifications", n=2**14, r=8, p=1, dklen=16).hex()


def _channel(owner: str, address: str) -> Channel | None:
    schema = SCHEMA.match(address)
    if schema is None:
        return None
    _silence()
    service = Apprise.instantiate(address, asset=_asset())
    if service is None:
        return None
    # An address may ask for these, and would then be tried more often than is counted, or pass for told when it is not.
    service.retry, service.optional = 0, False
    # Apprise would wait seconds before the second message of a run, and two are no burst.
    service.request_rate_per_sec = 0
    longest = int(service.body_maxlen * FILLED_SHARE)
    return Channel(owner, schema[1].lower(), digest(address), longest, service)


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Open retail data warehouse",
        app_desc="Early warning",
        app_url="",
        # Nobody but the receiver learns of a message: pictures would be fetched from elsewhere.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        service_timeout=0,
    )


def _silence() -> None:
    """Keep libraries that log addresses from doing so, for good; results of apprise still hold what it said."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if logger.propagate:
            logger.propagate = False
            # Without any handler, Python would write warnings to stderr.
            logger.addHandler(logging.NullHandler())
