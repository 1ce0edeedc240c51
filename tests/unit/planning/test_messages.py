"""What alerts say, in English and Chinese."""

from __future__ import annotations

import itertools
import math
import re
from string import Formatter
from typing import Any

import pytest

from planning.alerts import messages, wording
from planning.alerts.actions import ACTIONS
from planning.alerts.evaluate import EVIDENCE
from planning.alerts.rules import LEVELS, RULES
from planning.notify import letters

RULE_IDS = [rule.rule_id for rule in RULES]
GIVEN = {
    "product_name", "planning_location_name", "uom", "currency", "observed", "standard", "deviation", "value",
    "action_quantity", "expected_effect_amount", "estimated_quantity", "promised_quantity", "discount_pct", "new_price",
    "effect_low", "effect_high", "to_location_name", "from_location_name", "alternative_suppliers",
}  # fmt: skip
TEA: dict[str, object] = {
    "product_name": "Tea 500 g",
    "planning_location_name": "Depot",
    "uom": "EA",
    "currency": "USD",
    "sold_quantity": 40.0,
    "demand_low": 60.0,
    "demand_high": 95.0,
    "cover_weeks": 31.2,
    "value": 1240.0,
    "discount_pct": 0.15,
    "new_price": 3.3915,
    "expected_effect_amount": 180.0,
    "effect_low": 90.0,
    "effect_high": 260.0,
}
# Every figure there is, each with a value of its own.
ALL = {name: 2 + position / 7 for position, name in enumerate(sorted({*EVIDENCE, *GIVEN}))} | {
    name: f"the {name}"
    for name in (
        "product_name", "planning_location_name", "uom", "currency", "supplier_id", "supplier_name", "slow_reason",
        "to_location_name", "from_location_name", "alternative_suppliers",
    )
}  # fmt: skip


def templates(texts: Any) -> list[str]:
    """Return all templates of a catalog, in its order."""
    if isinstance(texts, str):
        return [texts]
    parts = texts.values() if isinstance(texts, dict) else texts
    return [template for part in parts for template in templates(part)]


def placeholders(template: str) -> list[str]:
    return sorted(f"{name}:{kind}" for _, name, kind, _ in Formatter().parse(template) if name is not None)


@pytest.mark.parametrize("figures", [{}, TEA, ALL], ids=["none", "some", "all"])
@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_every_alert_has_sentences_in_both_languages(rule_id: str, figures: dict[str, object]) -> None:
    for level, action in itertools.product(LEVELS, ACTIONS):
        found = messages.write(rule_id, level, action, figures)
        assert found.keys() == {"en", "zh"}
        assert found["en"].endswith(".")
        assert found["zh"].endswith("。")
        for text in found.values():
            assert not re.search(r"[{}#~]|None|nan|\s\s", text)
        assert re.search("[\u4e00-\u9fff]", found["zh"])
        assert found["en"].isascii()


@pytest.mark.parametrize("folder", [wording.TEXTS, letters.TEXTS], ids=["alerts", "notifications"])
def test_both_catalogs_say_the_same_with_the_same_figures(folder: Any) -> None:
    english, chinese = (wording.catalog(folder, language) for language in wording.LANGUAGES)
    assert english.keys() == chinese.keys()
    for section in english.keys() - {"words"}:
        said = [[placeholders(template) for template in templates(texts[section])] for texts in (english, chinese)]
        assert said[0] == said[1], section


def test_catalogs_know_every_rule_action_and_level_and_no_other() -> None:
    for language in wording.LANGUAGES:
        texts = wording.catalog(wording.TEXTS, language)
        assert list(texts["rules"]) == RULE_IDS
        assert sorted(texts["actions"]) == sorted(ACTIONS)
        assert list(texts["levels"]) == list(LEVELS)


def test_messages_ask_for_figures_that_exist() -> None:
    texts = wording.catalog(wording.TEXTS, "en")
    asked = {
        entry.partition(":")[0]
        for section in texts.keys() - {"words"}
        for template in templates(texts[section])
        for entry in placeholders(template)
    }
    assert asked <= {*EVIDENCE, *GIVEN}


@pytest.mark.parametrize(
    ("rule_id", "level", "action", "more", "english", "chinese"),
    [
        (
            "demand_falls",
            "yellow",
            "adjust_price",
            {},
            "Tea 500 g at Depot: 40 sold in four weeks, 60 to 95 would be usual. Stock and orders for 31 weeks; "
            "1,240.00 USD at risk. Lower the price by 15 % to 3.39: brings 180.00 USD (90.00 to 260.00).",
            "Tea 500 g（Depot）：四周售出 40 件，通常为 60 至 95。库存加在途可用 31 周，风险金额 1,240.00 美元。"
            "建议降价 15% 至 3.39，"
            "预计增收 180.00 美元（90.00 至 260.00）。",
        ),
        (
            "stock_runs_out",
            "red",
            "replenish",
            {
                "cover_weeks": 1.0,
                "safe_weeks": 3.5,
                "on_hand_quantity": 1200,
                "inbound_quantity": 0.0,
                "uom": "KG",
                "action_quantity": 2345.6,
                "supplier_name": "Acme",
                "alternative_suppliers": "Best, Cheap",
                "planning_location_name": "All places",
            },
            "Tea 500 g at all places: stock and orders last 1 week, 3.5 weeks would be safe. 1,200 KG on hand, 0 "
            "on order; "
            "1,240.00 USD of margin at risk. Order 2,346 KG from Acme: saves 180.00 USD. Other suppliers: Best, Cheap. "
            "Urgent.",
            "Tea 500 g（全部地点）：库存加在途可用 1 周，安全水平为 3.5 周。现有 1,200 KG，在途 0；"
            "风险毛利 1,240.00 美元。"
            "建议向 Acme 补货 2,346 KG，预计挽回 180.00 美元。备选供应商：Best, Cheap。紧急。",
        ),
        (
            "three_dimensions",
            "red",
            "crisis_team",
            {"deviation": math.inf, "demand_score": 71.26, "supply_score": 60.0, "competition_score": 99.96},
            "Tea 500 g at Depot: demand, supply and competition are critical at once: 71, 60 and 100 of 100. "
            "Stock and orders for 31 "
            "weeks; 1,240.00 USD at risk. Call the crisis team. Urgent.",
            "Tea 500 g（Depot）：需求、供应、竞争三个维度同时达到临界：71、60、100（满分 100）。库存加在途可用 31 周，"
            "风险金额 1,240.00 美元。请召集危机小组。紧急。",
        ),
        (
            "slow_mover",
            "orange",
            "transfer",
            {"observed": 0.62, "standard": 0.5, "to_location_name": "S2", "action_quantity": 3.04, "currency": "CNY"},
            "Tea 500 g at Depot: 62 % of the stock will be left; the limit is 50 %. 1,240.00 CNY at risk. Move "
            "3 to S2: "
            "saves 180.00 CNY.",
            "Tea 500 g（Depot）：预计库存的 62% 将滞销，上限为 50%。风险金额 1,240.00 元。建议向 S2 调拨 3 件，"
            "预计节省 180.00 元。",
        ),
        (
            "rival_cheaper",
            "yellow",
            "clear",
            {"own_price": 4, "competitor_price": 3.5, "action_quantity": 61, "effect_low": -20, "value": None},
            "Tea 500 g at Depot: sold at 4.00, by rivals at 3.50 on average. Clear at 15 % off, for 3.39: sells 61 "
            "more, brings 180.00 USD (-20.00 to 260.00).",
            "Tea 500 g（Depot）：本店售价 4.00，竞品均价 3.50。建议清仓：降价 15%，售价 3.39，预计多售 61 件，"
            "增收 180.00 美元（-20.00 至 260.00）。",
        ),
        (
            "demand_rises",
            "yellow",
            "review",
            {"estimated_quantity": 80.0, "promised_quantity": 12.0, "on_hand_quantity": 4, "inbound_quantity": 6},
            "Tea 500 g at Depot: 40 sold in four weeks, about 80 with stock on every day; 60 to 95 would be usual. 4 "
            "on hand, 6 on order; 1,240.00 USD of margin at risk. Look into it; a transfer of 12 is already advised "
            "with another place.",
            "Tea 500 g（Depot）：四周售出 40 件，若每天有货约为 80；通常为 60 至 95。现有 4 件，在途 6；"
            "风险毛利 1,240.00 美元。已建议与其他地点调拨 12 件，请人工核查。",
        ),
    ],
    ids=["demand_falls", "stock_runs_out", "three_dimensions", "slow_mover", "rival_cheaper", "demand_rises"],
)
def test_texts_are_those_written_by_hand(
    rule_id: str, level: str, action: str, more: dict[str, object], english: str, chinese: str
) -> None:
    assert messages.write(rule_id, level, action, TEA | more) == {"en": english, "zh": chinese}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("{observed} {0} %s ${value} {product_name.__class__}", "{observed} {0} %s ${value} {product_name.__class__}"),
        ("Tea\r\nSubject: paid\u2028now\x00\u202e\ttoo", "Tea Subject: paid now too"),
        ("=HYPERLINK(A1)", "“=HYPERLINK(A1)”"),
        ("@SUM(1)", "“@SUM(1)”"),
        ("  -2+3", "“-2+3”"),
        ("x" * 5000, "x" * 99 + "…"),
        ("茶\ud800叶", "茶 叶"),
    ],
    ids=["braces", "lines", "formula", "function", "sum", "long", "surrogate"],
)
def test_names_of_others_are_shown_and_do_nothing(name: str, shown: str) -> None:
    found = messages.write("demand_falls", "yellow", "review", TEA | {"product_name": name})
    assert found["en"] == f"{shown} at Depot: 40 sold in four weeks, 60 to 95 would be usual. " + (
        "Stock and orders for 31 weeks; 1,240.00 USD at risk. Look into it."
    )
    assert found["zh"].startswith(f"{shown}（Depot）：四周售出")
    assert "\n" not in "".join(found.values())
    "".join(found.values()).encode()


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf, "", "n/a", object()])
def test_a_figure_that_is_none_is_left_out(unknown: object) -> None:
    found = messages.write("demand_falls", "yellow", "review", TEA | {"value": unknown})
    assert found["en"] == "Tea 500 g at Depot: 40 sold in four weeks, 60 to 95 would be usual. Look into it."


@pytest.mark.parametrize(
    ("kind", "value", "english", "chinese"),
    [
        ("quantity", 1234567.8, "1,234,568", "1,234,568 件"),
        ("quantity", 9.97, "10", "10 件"),
        ("quantity", -0.001, "0", "0 件"),
        ("number", 2.5, "2.5", "2.5"),
        ("pct", 0.025, "2.5 %", "2.5%"),
        ("pct", 1.2, "120 %", "120%"),
        ("money", -0.004, "0.00 USD", "0.00 美元"),
        ("weeks", 1, "1 week", "1 周"),
        ("days", 0, "0 days", "0 天"),
    ],
)
def test_figures_are_written_as_each_language_does(kind: str, value: float, english: str, chinese: str) -> None:
    figures = {"x": value, "uom": "EA", "currency": "USD"}
    shown = [wording.first([f"{{x:{kind}}}"], figures, language) for language in wording.LANGUAGES]
    assert shown == [english, chinese]


def test_what_no_catalog_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match="demand_rests"):
        messages.write("demand_rests", "yellow", "review", {})
