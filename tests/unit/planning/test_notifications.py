"""Variables of owners, what is news, and messages that are not longer than a channel takes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

import pytest

from planning.notify import channels, letters, news
from planning.notify.letters import Letterhead
from planning.notify.news import Alert
from warehouse.policy import PolicyError, parse

TEA = Alert(
    uuid.UUID(int=1), "planner", "open", "orange", 100.0, date(2024, 5, 8), True, "Tea: too much.", "茶叶：库存过多。"
)
JAM = replace(TEA, alert_id=uuid.UUID(int=2), level="red", value=900.0)
ENGLISH = Letterhead("Shop", "EUR", "en", date(2024, 5, 6))


@pytest.mark.parametrize(
    ("owner", "variable"),
    [
        ("planner", "ORW_NOTIFY_PLANNER"),
        ("head of planning", "ORW_NOTIFY_HEAD_OF_PLANNING"),
        (" Müller & Söhne (2) ", "ORW_NOTIFY_MULLER_SOHNE_2"),
        ("采购 A", "ORW_NOTIFY_U91C7U8D2D_A"),
    ],
)
def test_owner_has_a_variable(owner: str, variable: str) -> None:
    assert channels.variable(owner) == variable


def test_own_channels_go_before_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORW_NOTIFY", "json://all.example")
    monkeypatch.setenv(
        "ORW_NOTIFY_BUYER", " jsons://a.example/x\n mailto://b.example?from=c@b.example jsons://a.example/x"
    )
    monkeypatch.setenv("ORW_NOTIFY_SELLER", "")
    found = {owner: [channel.schema for channel in channels.of_owner(owner)] for owner in ("buyer", "seller", "anna")}
    assert found == {"buyer": ["jsons", "mailto"], "seller": ["json"], "anna": ["json"]}


def test_address_cannot_change_how_often_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORW_NOTIFY", "json://all.example?retry=9&optional=yes&rto=900")
    (channel,) = channels.of_owner("anna")
    assert (channel.service.retry, channel.service.optional) == (0, False)
    assert str(channel) == "anna by json"


def test_hash_stands_for_the_whole_address() -> None:
    found = {channels.digest(f"mailtos://a:{password}@b.example") for password in ("one", "two", "one")}
    assert len(found) == 2
    assert all(len(each) == 32 for each in found)


def test_news_are_open_alerts_that_differ_from_what_was_told() -> None:
    snoozed = replace(TEA, alert_id=uuid.UUID(int=3), status="snoozed")
    told = {str(TEA.alert_id): "yellow/open", str(snoozed.alert_id): "orange/open", "gone": "red/open"}
    found = news.since([JAM, TEA, snoozed], told, told_red=set())
    assert found.alerts == [JAM, TEA]
    assert found.before == {str(TEA.alert_id): "yellow/open"}
    assert found.ended == {"snoozed": 1}
    assert set(found.states.values()) == {"red/open", "orange/open", "orange/snoozed"}
    assert news.since([JAM, TEA], {str(TEA.alert_id): "orange/open"}, {JAM.alert_id}).alerts == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("longest", [400, 1638, 100_000])
def test_message_fits_and_sums_up_what_does_not(language: str, longest: int) -> None:
    head = replace(ENGLISH, language=language)
    alerts = [replace(TEA, alert_id=uuid.UUID(int=number)) for number in range(40)]
    title, body = letters.digest(head, "planner", news.since(alerts, {}, set()), longest)
    assert len(f"{title}\n{body}".encode()) <= longest
    listed = body.count("Tea: " if language == "en" else "茶叶：")
    assert listed == {"en": {400: 4, 1638: 26}, "zh": {400: 2, 1638: 18}}[language].get(longest, 40)
    rest = 40 - listed
    summed = {
        "en": f"And {rest} orange more: {100 * rest:,}.00 EUR",
        "zh": f"另有 橙色 {rest} 条，风险金额 {100 * rest:,}.00 欧元",
    }
    assert (summed[language] in body) == (rest > 0)


def test_digest_says_what_an_alert_was() -> None:
    told = {str(TEA.alert_id): "yellow/open", str(JAM.alert_id): "red/snoozed"}
    _, body = letters.digest(ENGLISH, "planner", news.since([JAM, TEA], told, set()), 10_000)
    assert body.splitlines()[:2] == [
        "1. [RED, was snoozed; 900.00 EUR; due 2024-05-08] Tea: too much.",
        "2. [orange, was yellow; 100.00 EUR; due 2024-05-08] Tea: too much.",
    ]


def test_alert_without_a_signal_is_told_without_a_message() -> None:
    alert = replace(JAM, message_en=None)
    title, body = letters.red(ENGLISH, "planner", [alert], 10_000)
    assert title == "Shop, 2024-05-06: 1 red alert for planner, 900.00 EUR at risk"
    assert body.splitlines()[0] == "1. [RED; 900.00 EUR; due 2024-05-08]"


def test_language_is_one_that_there_is() -> None:
    assert parse({}).texts()["alerts.language"] == "en"
    assert parse({"alerts": {"language": "zh"}}).texts()["alerts.language"] == "zh"
    with pytest.raises(PolicyError, match="one of en, zh"):
        parse({"alerts": {"language": "fr"}})
