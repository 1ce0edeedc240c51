"""What an alert says: what happened, what is at stake, what to do until when, in every language."""

from __future__ import annotations

from collections.abc import Mapping

from planning.alerts import wording
from planning.alerts.wording import LANGUAGES, TEXTS


def write(rule_id: str, level: str, action: str, figures: Mapping[str, object]) -> dict[str, str]:
    """Return the text of an alert by language.

    A sentence whose figures are unknown says less, or is left out.

    Args:
        rule_id: One of ``rules.RULES``.
        level: yellow, orange or red.
        action: One of ``actions.ACTIONS``.
        figures: By name: the evidence of the signal (``evaluate.EVIDENCE`` and ``Advice.details``), and product_name,
            planning_location_name, uom, currency, observed, standard, deviation, value, action_quantity,
            expected_effect_amount, estimated_quantity. Quantities are in the base unit ``uom``, money in ``currency``,
            shares are 0 to 1; None, NaN and missing names are unknown.

    Raises:
        KeyError: no catalog knows the rule, the level or the action.
    """
    return {language: _text(language, rule_id, level, action, figures) for language in LANGUAGES}


def _text(language: str, rule_id: str, level: str, action: str, figures: Mapping[str, object]) -> str:
    texts = wording.catalog(TEXTS, language)
    sentences = [
        texts["subject"],
        *texts["rules"][rule_id],
        *texts["actions"][action],
        *texts["levels"][level],
    ]
    said = (wording.first(alternatives, figures, language) for alternatives in sentences)
    return str(texts["words"]["between"]).join(sentence for sentence in said if sentence)
