"""Sentences with figures, from catalogs of texts, one per language.

A template names its figures and how each is written, ``{value:money}``: kinds are text, place, line, number, quantity,
amount, price, money, pct, weeks, days, date. What a figure says is never read as a template.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, TypeAlias

import yaml

LANGUAGES = ("en", "zh")
TEXTS = Path(__file__).parent / "texts"
LONGEST_NAME = 100
# Spreadsheets take a cell that begins so for a formula.
FORMULA_STARTS = "=+-@|＝＋－＠"
Figures: TypeAlias = Mapping[str, object]


@cache
def catalog(folder: Path, language: str) -> dict[str, Any]:
    """Return the texts of a language.

    Args:
        folder: Folder with one file per language.
        language: One of LANGUAGES.
    """
    found: dict[str, Any] = yaml.safe_load((folder / f"{language}.yml").read_text(encoding="utf-8"))
    return found


@cache
def parsed(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return the parts of a template: text, and the name and the kind of the figure after it."""
    return tuple((text, name, kind or "") for text, name, kind, _ in Formatter().parse(template))


def first(alternatives: Iterable[str], figures: Figures, language: str) -> str:
    """Return the first of some templates whose figures are all known, filled; an empty text where there is none."""
    for template in alternatives:
        filled = _filled(template, figures, language)
        if filled is not None:
            return filled
    return ""


def clean(name: object) -> str:
    """Return a name of somebody else's in one harmless line.

    No line breaks, control or direction characters, not longer than LONGEST_NAME, in quotes where a spreadsheet might
    take it for a formula.
    """
    text = one_line(str(name))
    if len(text) > LONGEST_NAME:
        text = text[: LONGEST_NAME - 1].rstrip() + "…"
    return f"“{text}”" if text[:1] and text[0] in FORMULA_STARTS else text


def one_line(text: str) -> str:
    """Return a text without line breaks, control and direction characters, and what no encoding has."""
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return re.sub(" +", " ", plain).strip()


def _filled(template: str, figures: Figures, language: str) -> str | None:
    words = catalog(TEXTS, language)["words"]
    parts = []
    for text, name, kind in parsed(template):
        parts.append(text)
        if name is not None:
            shown = _shown(kind, figures.get(name), figures, words)
            if not shown:
                return None
            parts.append(shown)
    return "".join(parts)


def _shown(kind: str, value: object, figures: Figures, words: Mapping[str, Any]) -> str | None:
    """Return how a figure is written; None where it is unknown."""
    if kind in ("text", "place"):
        name = words["places"].get(value, value) if kind == "place" and isinstance(value, str) else value
        return clean(name) if isinstance(name, str) else None
    if kind == "line":
        return one_line(value) if isinstance(value, str) else None
    if kind == "date":
        return value.isoformat() if isinstance(value, date) else None
    number = _number(value)
    return None if number is None else NUMBERS[kind](number, figures, words)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _plain(number: float) -> str:
    """Write a number with one decimal below ten, none above, and none where it is whole."""
    digits = 1 if abs(number) < 9.95 and abs(number - round(number)) >= 0.05 else 0
    written = f"{number:,.{digits}f}"
    return written if written.strip("-0.") else written.lstrip("-")


def _quantity(number: float, figures: Figures, words: Mapping[str, Any]) -> str:
    unit = clean(figures.get("uom") or "")
    if not unit or unit.upper() in words["pieces"]:
        return str(words["piece"]).replace("#", _plain(number))
    return str(words["unit"]).replace("#", _plain(number)).replace("~", unit)


def _amount(number: float, figures: Figures, words: Mapping[str, Any]) -> str:
    written = f"{number:,.2f}"
    return written if written.strip("-0.") else written.lstrip("-")


def _money(number: float, figures: Figures, words: Mapping[str, Any]) -> str:
    amount = _amount(number, figures, words)
    currency = clean(figures.get("currency") or "")
    name = words["currencies"].get(currency, currency)
    return str(words["money"]).replace("#", amount).replace("~", name) if name else amount


def _counted(unit: str) -> Callable[[float, Figures, Mapping[str, Any]], str]:
    def written(number: float, figures: Figures, words: Mapping[str, Any]) -> str:
        plain = _plain(number)
        one, many = words[unit]
        return str(one if plain == "1" else many).replace("#", plain)

    return written


NUMBERS: dict[str, Callable[[float, Figures, Mapping[str, Any]], str]] = {
    "number": lambda number, figures, words: _plain(number),
    "quantity": _quantity,
    "amount": _amount,
    "price": _amount,
    "money": _money,
    "pct": lambda number, figures, words: str(words["pct"]).replace("#", _plain(100 * number)),
    "weeks": _counted("weeks"),
    "days": _counted("days"),
}
