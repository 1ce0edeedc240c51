"""Receivers that refuse, stay silent or are not there, senders that die, and two senders at once."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from receivers import MailServer, Webhook
from shops import DAY, ORANGE, RED, YELLOW, Shop

from planning.notify import outbox
from planning.notify.rounds import Limits
from planning.notify.send import send
from warehouse.connection import Role, connect
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

SHORT = Limits(total=5, answer=0.3, backoff=0.05, tries=2)


@pytest.fixture
def everything_logged() -> Iterator[list[str]]:
    """All that any library says, however quietly."""
    said: list[str] = []
    handler = logging.Handler(logging.NOTSET)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def outcome(result: dict[str, Any]) -> tuple[int, int, int]:
    return result["sent"], result["pending"], result["failed"]


@pytest.mark.parametrize(
    ("failing", "failure"),
    [
        ({"status": 500}, "HTTP 500"),
        ({"silence": 1.0}, "not reached, or no answer"),
        ({}, "not reached, or no answer"),
    ],
    ids=["500", "hangs", "refused"],
)
def test_what_was_not_taken_goes_once_with_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, failing: dict[str, Any], failure: str
) -> None:
    receiver = Webhook()
    port = receiver.server_address[1]
    monkeypatch.setenv("ORW_NOTIFY", receiver.address)
    for name, value in failing.items():
        setattr(receiver, name, value)
    if not failing:
        receiver.close()
    shop.write(DAY, RED, ORANGE)
    assert outcome(send(shop.company_id, DAY, "run 1", limits=SHORT)) == (0, 1, 0)
    assert shop.rows() == [(f"alert {shop.alert_id('tea')} red", "pending", 2, failure)]
    if failing:
        assert receiver.tries == 2
        receiver.close()

    receiver = Webhook(port)
    assert outcome(send(shop.company_id, DAY, "run 2", limits=SHORT)) == (2, 0, 0)
    assert outcome(send(shop.company_id, DAY, "run 3", limits=SHORT)) == (0, 0, 0)
    receiver.close()
    assert len(receiver.taken) == receiver.tries == 2
    assert [row[1:] for row in shop.rows()] == [("sent", 3, None), ("sent", 1, None)]


def test_what_nobody_took_goes_with_the_next_business_date(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORW_NOTIFY", webhook.address)
    webhook.status = 503
    shop.write(DAY, ORANGE)
    send(shop.company_id, DAY, "run 1", limits=SHORT)
    later = DAY + timedelta(days=1)
    shop.write(later, ORANGE, RED)
    send(shop.company_id, later, "run 2", limits=SHORT)
    webhook.status = 200
    last = DAY + timedelta(days=2)
    shop.write(last, ORANGE, RED | {"level": "yellow"}, YELLOW)
    assert outcome(send(shop.company_id, last, "run 3", limits=SHORT)) == (1, 0, 0)
    assert webhook.taken[0]["title"].startswith("Tea & Co, 2024-05-08: 3 new or changed alerts")
    assert [(subject.split()[0], status) for subject, status, *_ in shop.rows()] == [
        ("alert", "obsolete"),
        ("digest", "obsolete"),
        ("digest", "sent"),
    ]


@pytest.mark.parametrize("way", ["silence", "trickles"])
def test_receiver_that_hangs_delays_neither_the_others_nor_the_chain(
    shop: Shop, webhook: Webhook, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    setattr(webhook, way, 5)
    monkeypatch.setenv("ORW_NOTIFY", f"{webhook.address} {mail_server.address}")
    shop.write(DAY, RED, ORANGE)
    began = time.monotonic()
    result = send(shop.company_id, DAY, "run 1", limits=Limits(total=1, answer=0.6, backoff=0.1))
    assert time.monotonic() - began < 2
    assert outcome(result) == (2, 1, 0)
    assert len(mail_server.mailbox.taken) == 2
    assert sorted(row[1] for row in shop.rows()) == ["pending", "sent", "sent"]


def test_two_senders_at_once_deliver_once(
    shop: Shop, webhook: Webhook, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.silence = 0.2
    monkeypatch.setenv("ORW_NOTIFY", f"{webhook.address} {mail_server.address}")
    shop.write(DAY, RED, ORANGE)
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(lambda run: send(shop.company_id, DAY, run), ["a", "b", "c"]))
    assert sorted(each["sent"] for each in found) == [0, 0, 4]
    assert (len(webhook.taken), len(mail_server.mailbox.taken)) == (2, 2)


def test_sender_that_takes_too_long_is_not_waited_for(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORW_NOTIFY", webhook.address)
    shop.write(DAY, RED)
    with connect(Role.ADVISOR) as other:
        assert outbox.lock(other, shop.company_id, 1)
        result = send(shop.company_id, DAY, "run 1", limits=Limits(total=0.2))
    assert "sent" not in result
    assert (webhook.tries, shop.rows()) == (0, [])


def test_what_a_dead_sender_was_sending_is_not_sent_again(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.silence = 60
    monkeypatch.setenv("ORW_NOTIFY", webhook.address)
    shop.write(DAY, RED, ORANGE)
    sender = subprocess.Popen(
        [sys.executable, "-m", "planning.notify", "send", "--company", shop.company_id],
        cwd=PROJECT_DIR,
        env=os.environ | {"PYTHONPATH": str(PROJECT_DIR)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    assert webhook.came.wait(20)
    sender.send_signal(signal.SIGKILL)
    sender.wait(5)
    webhook.silence = 0
    result = send(shop.company_id, DAY, "run 2")
    assert (result["unknown"], *outcome(result)) == (1, 1, 0, 0)
    # Whether the owner knows of the red one, nobody does: the digest names it.
    assert [taken["message"].splitlines()[0][:8] for taken in webhook.taken] == ["1. [RED;"]
    assert [row[1] for row in shop.rows()] == ["unknown", "sent"]
    assert outcome(send(shop.company_id, DAY, "run 3")) == (0, 0, 0)


def test_addresses_are_in_no_log_and_no_table(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, everything_logged: list[str]
) -> None:
    webhook.status = 500
    closed = Webhook()
    closed.close()
    addresses = [
        webhook.address,
        closed.address.replace("json:", "jsons:"),
        "s3cret-without-a-schema",
        "nothing://s3cret-of-nothing",
        "wecombot://s3cret!key",
        "mailto://:s3cret@",
    ]
    monkeypatch.setenv("ORW_NOTIFY", " ".join(addresses))
    shop.write(DAY, RED)
    assert outcome(send(shop.company_id, DAY, "run 1", limits=SHORT)) == (0, 2, 0)
    with connect(Role.ADVISOR) as connection:
        rows = connection.execute(
            "select n::text from plan.notifications as n where company_id = %s", [shop.company_id]
        ).fetchall()
    assert len(rows) == 2
    assert any("number 4 is no address" in line for line in everything_logged)
    assert [text for text in (*everything_logged, *(row[0] for row in rows)) if "s3cret" in text] == []
