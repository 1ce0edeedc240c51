"""Data contracts: one Open Data Contract Standard file per entity, the single source of what raw may hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError

CONTRACTS_DIR = Path(__file__).parent / "contracts"
PHYSICAL_TYPES = frozenset(
    {"text", "integer", "bigint", "boolean", "date", "timestamptz", "numeric(18,4)", "numeric(18,6)"}
)


class ContractError(ValueError):
    """A contract cannot be used; the message names the file and the field."""


@dataclass(frozen=True)
class Field:
    """One field of an entity.

    Attributes:
        name: Column in raw.
        physical_type: PostgreSQL type.
        description: One sentence for people.
        required: True when a row without it is refused.
        key_position: Place in the natural key from 1, None outside it.
        minimum: Smallest value allowed; of a date as YYYY-MM-DD.
        maximum: Largest value allowed; of a date as YYYY-MM-DD.
        exclusive_minimum: Value that must be exceeded.
        min_length: Smallest number of characters.
        pattern: Regular expression the text must match.
        vocabulary: The only values allowed; empty when free.
        unit: Unit of measure, such as currency or uom.
        is_personal: True when values are personal data.
    """

    name: str
    physical_type: str
    description: str
    required: bool = False
    key_position: int | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    exclusive_minimum: float | None = None
    min_length: int | None = None
    pattern: str | None = None
    vocabulary: tuple[str, ...] = ()
    unit: str | None = None
    is_personal: bool = False


@dataclass(frozen=True)
class Entity:
    """One table of raw: what its rows mean and which fields they have, in order."""

    name: str
    version: str
    description: str
    fields: tuple[Field, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Fields of the natural key within company and source system, in order."""
        members = [(field.key_position, field.name) for field in self.fields if field.key_position is not None]
        return tuple(name for _, name in sorted(members))


@cache
def load_entities() -> dict[str, Entity]:
    """Return every entity by name, in alphabetical order.

    Raises:
        ContractError: a contract does not follow the standard, or asks for what raw cannot hold.
    """
    entities = (load_entity(path) for path in sorted(CONTRACTS_DIR.glob("*.yaml")))
    return {entity.name: entity for entity in entities}


def load_entity(path: Path) -> Entity:
    """Read one contract.

    Raises:
        ContractError: the file does not follow the standard, or asks for what raw cannot hold.
    """
    try:
        # The parser in C: the one the standard's own reader uses takes ten times as long, in every command.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        contract = OpenDataContractStandard.model_validate(content)
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise ContractError(f"{path.name}: not a contract of the Open Data Contract Standard: {error}") from error
    schema = contract.schema_ or []
    if len(schema) != 1 or not schema[0].name or not schema[0].properties:
        raise ContractError(f"{path.name}: needs exactly one schema object with a name and properties")
    table = schema[0]
    entity = Entity(
        name=str(table.name),
        version=contract.version or "0",
        description=table.description or "",
        fields=tuple(_field(path, prop) for prop in table.properties or []),
    )
    if not entity.key:
        raise ContractError(f"{path.name}: no property is marked primaryKey")
    return entity


def _field(path: Path, prop: SchemaProperty) -> Field:
    options: dict[str, Any] = prop.logicalTypeOptions or {}
    if prop.physicalType not in PHYSICAL_TYPES:
        known = ", ".join(sorted(PHYSICAL_TYPES))
        raise ContractError(f"{path.name}: {prop.name}: physicalType {prop.physicalType!r} is none of {known}")
    return Field(
        name=str(prop.name),
        physical_type=prop.physicalType,
        description=prop.description or "",
        required=bool(prop.required),
        key_position=prop.primaryKeyPosition if prop.primaryKey else None,
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        exclusive_minimum=options.get("exclusiveMinimum"),
        min_length=options.get("minLength"),
        pattern=options.get("pattern"),
        vocabulary=_vocabulary(prop),
        unit=_unit(prop),
        is_personal=prop.classification == "personal",
    )


def _vocabulary(prop: SchemaProperty) -> tuple[str, ...]:
    for rule in prop.quality or []:
        if rule.metric == "invalidValues":
            return tuple((rule.arguments or {}).get("validValues", ()))
    return ()


def _unit(prop: SchemaProperty) -> Any:
    return next((item.value for item in prop.customProperties or [] if item.property == "unit"), None)
