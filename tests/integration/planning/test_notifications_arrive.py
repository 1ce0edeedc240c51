"""What owners receive, when, and in which language."""

from __future__ import annotations

import sys
from datetime import timedelta
from email.message import EmailMessage

import pytest
from receivers import MailServer, Webhook
from shops import DAY, FOOTER, ORANGE, RED, UNLISTED, YELLOW, Shop

from planning.notify import __main__ as command
from planning.notify.send import send
from warehouse.connection import Role, connect

pytestmark = pytest.mark.integration


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n").strip()


def test_red_alerts_and_a_digest_arrive_once_on_every_channel(
    shop: Shop, webhook: Webhook, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write(DAY, RED, ORANGE, YELLOW, UNLISTED, {"product": "ink", "level": "red", "value": 9, "status": "snoozed"})
    monkeypatch.setenv("ORW_NOTIFY", f"{webhook.address} {mail_server.address}")
    result = send(shop.company_id, DAY, "run 1")
    result.pop("seconds")
    assert result == {
        "owners": 1, "channels": 2, "untold": [], "unknown": 0, "sent": 4, "pending": 0, "failed": 0,
    }  # fmt: skip
    titles = [
        "Tea & Co, 2024-05-06: 1 red alert for planner, 1,240.00 USD at risk",
        "Tea & Co, 2024-05-06: 3 new or changed alerts for planner, 1,320.50 USD at risk",
    ]
    bodies = [
        f"1. [RED; 1,240.00 USD; due 2024-05-08] tea: 60 % will be left.\n{FOOTER}",
        "1. [yellow; 1,000.50 USD; due 2024-05-08] oil: 60 % will be left.\n"
        "2. [orange; 300.00 USD; due 2024-05-08] jam: 60 % will be left.\n"
        f"And 1 yellow more: 20.00 USD at risk.\n{FOOTER}",
    ]
    assert [(taken["title"], taken["message"], taken["type"]) for taken in webhook.taken] == list(
        zip(titles, bodies, ["warning", "info"], strict=True)
    )
    mails = mail_server.mailbox.taken
    assert [mail["subject"] for mail in mails] == titles
    assert [text_of(mail) for mail in mails] == bodies
    assert [mail["to"] for mail in mails] == ["planner@shop.example"] * 2

    again = send(shop.company_id, DAY, "run 2")
    assert (again["sent"], again["pending"]) == (0, 0)
    assert (len(webhook.taken), len(mail_server.mailbox.taken)) == (2, 2)
    assert [row[1:] for row in shop.rows()] == [("sent", 1, None)] * 4


def test_company_that_speaks_chinese_is_told_in_chinese(
    shop: Shop, webhook: Webhook, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write(DAY, RED, ORANGE, UNLISTED)
    with connect(Role.LOADER) as connection:
        connection.execute(
            "insert into ops.policies (company_id, policy_name, policy_value) values (%s, 'alerts.language', 'zh')",
            [shop.company_id],
        )
    monkeypatch.setenv("ORW_NOTIFY_PLANNER", f"{webhook.address} {mail_server.address}")
    send(shop.company_id, DAY, "run 1")
    assert [(taken["title"], taken["message"]) for taken in webhook.taken] == [
        (
            "Tea & Co 2024-05-06：planner有 1 条红色预警，风险金额 1,240.00 美元",
            "1. 【红色；1,240.00 美元；2024-05-08 前处理】tea：预计 60% 将滞销。\n全部预警及数据见 marts.mart_alerts。",
        ),
        (
            "Tea & Co 2024-05-06：planner有 2 条新增或变化的预警，风险金额 320.00 美元",
            "1. 【橙色；300.00 美元；2024-05-08 前处理】jam：预计 60% 将滞销。\n"
            "另有 黄色 1 条，风险金额 20.00 美元。\n全部预警及数据见 marts.mart_alerts。",
        ),
    ]
    assert [mail["subject"] for mail in mail_server.mailbox.taken] == [taken["title"] for taken in webhook.taken]
    assert [text_of(mail) for mail in mail_server.mailbox.taken] == [taken["message"] for taken in webhook.taken]


def test_next_digest_tells_what_changed_since_the_last_one(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORW_NOTIFY", webhook.address)
    shop.write(DAY, RED, ORANGE, YELLOW)
    send(shop.company_id, DAY, "run 1")
    # What is as it was is no news, and an alert that ended alone needs nobody to act.
    quiet, later = DAY + timedelta(days=1), DAY + timedelta(days=2)
    shop.write(quiet, RED, ORANGE, YELLOW | {"status": "resolved"})
    assert send(shop.company_id, quiet, "run 2")["sent"] == 0
    shop.write(
        later,
        RED | {"level": "orange"},
        ORANGE | {"level": "red", "value": 900},
        YELLOW | {"status": "resolved"},
        UNLISTED | {"is_listed": True},
    )
    assert send(shop.company_id, later, "run 3")["sent"] == 2
    assert [taken["message"] for taken in webhook.taken[2:]] == [
        f"1. [RED; 900.00 USD; due 2024-05-10] jam: 60 % will be left.\n{FOOTER}",
        "1. [orange, was RED; 1,240.00 USD; due 2024-05-10] tea: 60 % will be left.\n"
        "2. [yellow; 20.00 USD; due 2024-05-10] nut: 60 % will be left.\n"
        f"No longer open: 1 resolved.\n{FOOTER}",
    ]
    # Told of a later day, nobody wants to hear of an earlier one.
    shop.write(quiet, {"product": "salt", "level": "red", "value": 5000})
    assert send(shop.company_id, quiet, "run 4")["sent"] == 0


def test_red_alert_that_was_snoozed_is_told_again_when_it_wakes(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORW_NOTIFY", webhook.address)
    for number, status in enumerate(("open", "open", "snoozed", "open", "open")):
        shop.write(DAY + timedelta(days=number), RED | {"status": status})
        send(shop.company_id, DAY + timedelta(days=number), "run")
    assert [taken["title"].split(": ")[1] for taken in webhook.taken] == [
        "1 red alert for planner, 1,240.00 USD at risk",
        "1 new or changed alert for planner, 1,240.00 USD at risk",
    ]


def test_every_owner_has_channels_of_their_own(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = [Webhook(), Webhook()]
    monkeypatch.setenv("ORW_NOTIFY_HEAD_OF_PLANNING", hooks[0].address)
    monkeypatch.setenv("ORW_NOTIFY_U91C7U8D2D", hooks[1].address)
    shop.write(DAY, RED, ORANGE | {"owner_name": "head of planning"}, YELLOW | {"owner_name": "采购"})
    result = send(shop.company_id, DAY, "run 1")
    for hook in hooks:
        hook.close()
    assert (result["owners"], result["channels"], result["untold"], result["sent"]) == (3, 2, ["planner"], 2)
    assert [[taken["title"].split(" for ")[1] for taken in hook.taken] for hook in hooks] == [
        ["head of planning, 300.00 USD at risk"],
        ["采购, 1,000.50 USD at risk"],
    ]


def test_without_a_channel_nothing_is_sent_or_written(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.write(DAY, RED, ORANGE)
    with caplog.at_level("INFO"):
        result = send(shop.company_id, DAY, "run 1")
    assert (result["channels"], result["untold"]) == (0, ["planner"])
    assert shop.rows() == []
    assert "neither ORW_NOTIFY_PLANNER nor ORW_NOTIFY is set, 2 open alerts stay untold" in caplog.text


def test_names_of_others_can_neither_add_headers_nor_markup(
    shop: Shop, webhook: Webhook, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = "planner\r\nBcc: thief@shop.example"
    name = "<script>alert(1)</script>\r\n.\r\nQUIT {message:line} [x](http://x.example) &amp;"
    addresses = f"{webhook.address} {mail_server.address} {mail_server.address}&format=html"
    monkeypatch.setenv("ORW_NOTIFY", addresses)
    shop.write(DAY, RED | {"owner_name": owner, "name": name})
    assert send(shop.company_id, DAY, "run 1")["sent"] == 3
    harmless = "<script>alert(1)</script> . QUIT {message:line} [x](http://x.example) &amp;: 60 % will be left."
    assert webhook.taken[0]["message"].splitlines()[0].endswith(harmless)
    plain, html = sorted(mail_server.mailbox.taken, key=EmailMessage.is_multipart)
    for mail in (plain, html):
        assert mail["bcc"] is None
        assert "for planner Bcc: thief@shop.example, 1,240.00" in mail["subject"]
        assert mail["to"] == "planner@shop.example"
    assert text_of(plain).splitlines()[0].endswith(harmless)
    (part,) = [part for part in html.walk() if part.get_content_type() == "text/html"]
    assert "<script" not in part.get_content()
    assert "&lt;script&gt;" in part.get_content()


def test_dry_run_shows_what_would_be_sent(
    shop: Shop, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["notify", "send", "--company", shop.company_id, "--dry-run"])
    with pytest.raises(SystemExit, match="were evaluated yet"):
        command.main()
    monkeypatch.setenv("ORW_NOTIFY_PLANNER", webhook.address)
    shop.write(DAY, RED, ORANGE | {"owner_name": "buyer"}, YELLOW)
    assert command.main() == 0
    shown = capsys.readouterr().out
    assert "--- buyer: no channel, set ORW_NOTIFY_BUYER or ORW_NOTIFY\n--- planner by json\n" in shown
    assert "1. [RED; 1,240.00 USD; due 2024-05-08] tea: 60 % will be left." in shown
    assert "1 new or changed alert for planner, 1,000.50 USD at risk" in shown
    assert "s3cret" not in shown
    assert (webhook.tries, shop.rows()) == (0, [])
    monkeypatch.setattr(sys, "argv", ["notify", "send", "--company", shop.company_id])
    assert command.main() == 0
    assert len(webhook.taken) == 2
