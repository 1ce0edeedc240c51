"""Contract checks as SQL for DuckDB: all rules of an entity in one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from ingest.contracts import ContractError, Entity, Field
from ingest.workspace import literal

UNIQUE_RULE = "unique"
MALFORMED_RULE = "malformed"
# A row records the rules it broke as the bits of one signed 64-bit number; one bit is for the unique key.
MAX_RULES = 62
FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"
_TYPE_NAMES = {
    "integer": "a whole number",
    "bigint": "a whole number",
    "boolean": "true or false",
    "date": "a date between 0001-01-01 and 9999-12-31",
    "timestamptz": "a point in time between 0001-01-01 and 9999-12-31",
    "text": "text: it holds a NUL character",
}


@dataclass(frozen=True)
class Check:
    """One rule on one field.

    Attributes:
        field: Field it judges.
        rule: Kind of rule, as in ops.quarantine.
        reason: What a row that breaks it does wrong.
        condition: SQL that is true for such a row, over ``raw_<n>`` (text or source type) and ``value_<n>`` (typed).
        is_personal: True when the value is personal data.
    """

    field: str
    rule: str
    reason: str
    condition: str
    is_personal: bool


def raw_name(position: int) -> str:
    """Return the name of the SQL column with the mapped value of a field before it is typed."""
    return f"raw_{position}"


def value_name(position: int) -> str:
    """Return the name of the SQL column with the typed value of a field."""
    return f"value_{position}"


def failed_name(position: int) -> str:
    """Return the name of the SQL column that is true where the expression of a field failed."""
    return f"failed_{position}"


def inputs_name(position: int) -> str:
    """Return the name of the SQL column with what the expression of a field read, as text."""
    return f"inputs_{position}"


def typed(field: Field, raw: str, time_format: str | None = None) -> str:
    """Return the SQL that types a mapped value, null where it cannot be typed.

    Decimals never pass through a double: texts are cast to DECIMAL directly; doubles are rounded half away from zero
    to the scale of the field.

    Args:
        field: Field the value is for.
        raw: SQL of the mapped value.
        time_format: strptime format of a date or time text.
    """
    kind = field.physical_type
    if kind == "text":
        return f"cast({raw} as varchar)"
    if kind in ("integer", "bigint"):
        # A plain cast would round 12.7 to 13.
        return f"case when try_cast({raw} as double) = try_cast({raw} as {kind}) then try_cast({raw} as {kind}) end"
    if kind == "boolean" or kind.startswith("numeric"):
        return f"try_cast({raw} as {kind})"
    # Infinity is a date to DuckDB.
    moment = f"try_strptime(cast({raw} as varchar), {literal(time_format)})" if time_format else raw
    cast = f"try_cast({moment} as {kind})"
    within = f"between cast('{FIRST_DAY}' as {kind}) and cast('{LAST_DAY}' as {kind})"
    return f"case when {cast} {within} then {cast} end"


def contract_checks(
    entity: Entity, mapped: Collection[str], *, may_hold_nul: bool, fallible: Collection[str] = ()
) -> tuple[Check, ...]:
    """Return the checks of an entity's mapped fields, in the order of the contract.

    Args:
        entity: The contract.
        mapped: Fields that have a value.
        may_hold_nul: True when the reader has not excluded NUL characters, which PostgreSQL cannot store.
        fallible: Fields whose expression is to fail on single rows.

    Raises:
        ContractError: there are more rules than a row can record.
    """
    checks: list[Check] = []
    for position, field in enumerate(entity.fields):
        if field.name in mapped:
            failed = failed_name(position) if field.name in fallible else None
            checks += _field_checks(field, raw_name(position), value_name(position), failed, may_hold_nul=may_hold_nul)
    if len(checks) > MAX_RULES:
        raise ContractError(f"{entity.name}: {len(checks)} rules, and one number holds {MAX_RULES}: split the entity")
    return tuple(checks)


def _field_checks(field: Field, raw: str, value: str, failed: str | None, *, may_hold_nul: bool) -> Iterator[Check]:
    def check(rule: str, reason: str, condition: str) -> Check:
        return Check(field.name, rule, reason, condition, field.is_personal)

    if failed:
        yield check("expression", "expression failed on this row; the value shows the columns it read", failed)
    if field.required:
        is_empty = f"{raw} is null and not {failed}" if failed else f"{raw} is null"
        yield check("required", "is empty, but the contract requires it", is_empty)
    if field.physical_type != "text":
        kind = _TYPE_NAMES.get(field.physical_type) or f"a number that fits {field.physical_type}"
        yield check("type", f"is not {kind}", f"{raw} is not null and {value} is null")
    elif may_hold_nul:
        yield check("type", f"is not {_TYPE_NAMES['text']}", f"contains({value}, chr(0))")
    yield from _limit_checks(field, value, check)


def _limit_checks(field: Field, value: str, check: Callable[[str, str, str], Check]) -> Iterator[Check]:
    if field.minimum is not None:
        yield check("minimum", f"is below {field.minimum}", f"{value} < {_limit(field.minimum)}")
    if field.exclusive_minimum is not None:
        limit = field.exclusive_minimum
        yield check("exclusive_minimum", f"is not above {limit}", f"{value} <= {limit}")
    if field.maximum is not None:
        yield check("maximum", f"is above {field.maximum}", f"{value} > {_limit(field.maximum)}")
    if field.min_length is not None:
        yield check(
            "min_length", f"has fewer than {field.min_length} characters", f"length({value}) < {field.min_length}"
        )
    if field.pattern is not None:
        condition = f"not regexp_matches({value}, {literal(field.pattern)})"
        yield check("pattern", f"does not match {field.pattern}", condition)
    if field.vocabulary:
        words = ", ".join(literal(word) for word in field.vocabulary)
        yield check("vocabulary", f"is none of {', '.join(field.vocabulary)}", f"{value} not in ({words})")


def _limit(limit: float | str) -> str:
    return f"date {literal(limit)}" if isinstance(limit, str) else str(limit)
