"""The SQL that runs over one file: mapping, typing, rules, repeated keys and quarantine rows, for DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest import checks
from ingest.checks import Check, failed_name, inputs_name, raw_name, value_name
from ingest.contracts import Entity
from ingest.mapping import FeedMapping, Selection
from ingest.readers import Extract
from ingest.workspace import identifier, literal

SHOWN_NUL = "\N{SYMBOL FOR NULL}"


@dataclass(frozen=True)
class FileQueries:
    """Statements over one file.

    Attributes:
        entity: Contract of its rows.
        mapped: Names of the mapped fields, in the order of the contract.
        fallible: Names of the fields whose expression is to fail on single rows.
        rules: Rules to check; the unique key comes after the last.
        base: CTEs up to ``_typed``: ``_row_number`` (place among the records DuckDB could read), ``_keep``, and the
            raw and typed value of every mapped field.
    """

    entity: Entity
    mapped: tuple[str, ...]
    fallible: frozenset[str]
    rules: tuple[Check, ...]
    base: str

    @property
    def unique_bit(self) -> int:
        """Bit of the unique key in ``_broken``."""
        return len(self.rules)

    def counts(self) -> str:
        """Rows mapped, rows kept, and keys that several kept rows have."""
        return (
            f"{self.base} select coalesce(sum(_count), 0)::bigint, coalesce(sum(_count) filter (_keep), 0)::bigint, "
            "count(*) filter (_keep and _count > 1) "
            f"from (select _keep, hash({_key(self.entity)}) as _hash, count(*) as _count from _typed group by all)"
        )

    def find_repeated(self) -> str:
        """Keep, for all but the first good row of each key, its number and that of the first, as ``_repeated``."""
        broken = " or ".join(f"({rule.condition})" for rule in self.rules) or "false"
        return (
            f"create or replace temp table _repeated as {self.base}, "
            f"_candidates as (select _row_number, {_key(self.entity)}, hash({_key(self.entity)}) as _hash from _typed "
            f"where _keep and not coalesce({broken}, false)), "
            "_hashes as (select _hash from _candidates group by _hash having count(*) > 1), "
            f"_numbered as (select _row_number, min(_row_number) over (partition by {_key(self.entity)}) as _first_row "
            "from _candidates semi join _hashes using (_hash)) "
            "select _row_number, _first_row from _numbered where _row_number > _first_row"
        )

    def judged_rows(self, *, has_repeated: bool, with_hash: bool) -> str:
        """All kept rows: ``_row_number``, typed fields, ``_broken``, ``_first_row``, and ``_hash`` of the key.

        ``_broken`` holds all broken rules of a row, a bit each: a list per row would cost more than all the checks.
        """
        conditions = [*(rule.condition for rule in self.rules), "_first_row is not null"]
        broken = " + ".join(f"case when {text} then {1 << bit} else 0 end" for bit, text in enumerate(conditions))
        values = ", ".join(
            f"{value_name(n)} as {identifier(field.name)}"
            for n, field in enumerate(self.entity.fields)
            if field.name in self.mapped
        )
        first_row = "_repeated._first_row" if has_repeated else "cast(null as bigint)"
        join = "left join _repeated using (_row_number)" if has_repeated else ""
        key_hash = f"hash({_key(self.entity)})" if with_hash else "cast(null as ubigint)"
        return (
            f"{self.base}, _met as (select _typed.*, {first_row} as _first_row from _typed {join} where _keep) "
            f"select _row_number, {values}, cast({broken} as bigint) as _broken, _first_row, {key_hash} as _hash "
            "from _met"
        )

    def quarantine_rows(self, bad_rows: Path, *, with_keys: bool = False) -> str:
        """One row per bad row and broken rule, in the columns of ops.quarantine.

        Args:
            bad_rows: Parquet with ``_row_number``, ``_broken``, ``_first_place`` and ``_place`` (in the file).
            with_keys: Add the typed values of the key, in columns called by key_column().
        """
        keys = self._typed_keys() if with_keys else {}
        key = ", ".join(f"_document ->> {literal(name)}" for name in self.entity.key)
        key_check = Check(", ".join(self.entity.key), checks.UNIQUE_RULE, "", "", is_personal=False)
        rules = ", ".join(
            f"({bit}, {literal(rule.field)}, {literal(rule.rule)}, {literal(rule.reason)}, {rule.is_personal})"
            for bit, rule in enumerate((*self.rules, key_check))
        )
        is_key = f"_bit = {self.unique_bit}"
        same = literal(f"has the same {key_check.field} as row ")
        return (
            f"{self.base}, _bad as (select _bad_rows.*, {self._document()} as _document"
            f"{''.join(f', {value} as {name}' for name, value in keys.items())} "
            f"from _typed join read_parquet({literal(str(bad_rows))}) as _bad_rows using (_row_number) where _keep), "
            f"_rules(_bit, _field, _rule, _reason, _is_personal) as (values {rules}) "
            "select _place as row_number, _field as column_name, _rule as rule, "
            f"case when {is_key} then {same} || _first_place || ' of the file' else _reason end as reason, "
            "_is_personal as is_personal, "
            f"case when {is_key} then concat_ws(', ', {key}) else _document ->> _field end as value, "
            f"_document as row_data{''.join(f', {name}' for name in keys)} "
            "from _bad join _rules on (_broken >> _bit) & 1 = 1 order by _place, _bit"
        )

    def _typed_keys(self) -> dict[str, str]:
        return {
            identifier(key_column(field.name)): _storable(value_name(n))
            if field.physical_type == "text"
            else value_name(n)
            for n, field in enumerate(self.entity.fields)
            if field.key_position is not None
        }

    def _document(self) -> str:
        members = [
            f"{identifier(field.name)} := {self._as_delivered(n, field.name)}"
            for n, field in enumerate(self.entity.fields)
            if field.name in self.mapped
        ]
        return f"cast(to_json(struct_pack({', '.join(members)})) as varchar)"

    def _as_delivered(self, position: int, field: str) -> str:
        raw = _storable(f"cast({raw_name(position)} as varchar)")
        if field not in self.fallible:
            return raw
        return f"case when {failed_name(position)} then {inputs_name(position)} else {raw} end"


def key_column(field: str) -> str:
    """Return the name of the column with the typed value that a bad row has in a field of the key."""
    return f"key_{field}"


def file_queries(
    mapping: FeedMapping, extract: Extract, selection: Selection, name: str, file_date: date | None
) -> FileQueries:
    """Return the statements over one file.

    Args:
        mapping: Feed with contract.
        extract: The file.
        selection: How its columns map.
        name: Its name, for expressions that use it.
        file_date: Date in its name, for expressions that use it.
    """
    fields = [(n, f) for n, f in enumerate(mapping.entity.fields) if f.name in selection.expressions]
    raw = ", ".join(_mapped(selection, n, f.name) for n, f in fields)
    formats = {key: column.format for key, column in mapping.feed.columns.items()}
    values = ", ".join(f"{checks.typed(f, raw_name(n), formats.get(f.name))} as {value_name(n)}" for n, f in fields)
    day = f"date '{file_date.isoformat()}'" if file_date else "cast(null as date)"
    keep = f"coalesce(({mapping.feed.where}), false)" if mapping.feed.where else "true"
    base = (
        f"with _source as (select row_number() over () as _row_number, {literal(name)} as _file_name, "
        f"{day} as _file_date, * from {extract.relation}), "
        f"_mapped as (select src._row_number, {keep} as _keep, {raw} from _source as src {mapping.feed.joins}), "
        f"_typed as ({_one_per_key(mapping, f'select *, {values} from _mapped')})"
    )
    fallible = frozenset(selection.inputs)
    rules = checks.contract_checks(
        mapping.entity, selection.expressions, may_hold_nul=not extract.is_csv, fallible=fallible
    )
    return FileQueries(mapping.entity, tuple(f.name for _, f in fields), fallible, rules, base)


def _storable(text: str) -> str:
    # PostgreSQL stores no NUL character, and the row may be bad for having one.
    return f"replace({text}, chr(0), '{SHOWN_NUL}')"


def _one_per_key(mapping: FeedMapping, rows: str) -> str:
    """Return the typed rows, and where the feed says so, only one of each key as kept."""
    if mapping.feed.keep is None:
        return rows
    order = "desc" if mapping.feed.keep == "last" else "asc"
    one = f"row_number() over (partition by _keep, {_key(mapping.entity)} order by _row_number {order}) = 1"
    return f"select * replace ((_keep and {one}) as _keep) from ({rows})"


def _key(entity: Entity) -> str:
    return ", ".join(value_name(n) for n, field in enumerate(entity.fields) if field.key_position is not None)


def _mapped(selection: Selection, position: int, field: str) -> str:
    """Return the mapped value of a field; of an expression that is tried also whether it failed, and what it read.

    The flag is made from a second try, of the value in a box, on the few rows where the first gave nothing: an
    expression may well result in null.
    """
    expression, raw = selection.expressions[field], raw_name(position)
    if field not in selection.inputs:
        return f"{expression} as {raw}"
    columns = selection.inputs[field]
    read = ", ".join(
        f"{literal(f'{name} = ')} || coalesce(src.{identifier(name)}::varchar, 'null')" for name in columns
    )
    return (
        f"try({expression}) as {raw}, case when try({expression}) is null then try({{'box': {expression}}}) is null "
        f"else false end as {failed_name(position)}, concat_ws(', ', {read or 'null'}) as {inputs_name(position)}"
    )
