"""What sources.yml may say: source systems, their feeds, and how columns map onto contracts."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ingest.contracts import Entity, load_entities
from ingest.cursors import Cursor

Format = Literal["csv", "tsv", "xlsx", "jsonl", "parquet"]
_ALIAS = re.compile(r"[a-z][a-z0-9_]*")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileOptions(_Strict):
    """How to read files.

    Attributes:
        files: Glob relative to the location.
        format: File format; empty to tell it from the file name.
        encoding: Character encoding of text formats.
        delimiter: Field separator of csv; empty for a comma, or a tab in tsv.
        quote: Quote character of csv; empty text for none.
        header: True when the first line names the columns.
        names: Column names of files without a header.
        nulls: Texts that mean an empty value, besides the empty text.
        sheet: Sheet of a workbook; empty for the first.
    """

    files: str | None = None
    format: Format | None = None
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    quote: Annotated[str, Field(max_length=1)] = '"'
    header: bool = True
    names: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    sheet: str | None = None

    @field_validator("files")
    @classmethod
    def _relative(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith("/") or "://" in value):
            raise ValueError("must be relative to the location of the source")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f"no encoding is called {value!r}") from None
        return value

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.header and not self.names:
            raise ValueError("header is false: list the column names in names")
        return self


class Column(_Strict):
    """Where the value of one contract field comes from: a column of the file, a constant, or an SQL expression.

    Attributes:
        column: Column of the file.
        format: strptime format of a date or time text in column.
        constant: The same value for every row.
        sql: Expression in DuckDB's dialect over ``src`` (the file) and the lookups.
    """

    column: str | None = None
    format: str | None = None
    constant: str | int | float | bool | None = None
    sql: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [name for name in ("column", "constant", "sql") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("needs a column name, {constant: ...}, {sql: ...} or {column: ..., format: ...}")
        if self.format and not self.column:
            raise ValueError("format goes with column")
        return self


def _plain_name(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Mapping = dict[str, Annotated[Column, BeforeValidator(_plain_name)]]


class Feed(FileOptions):
    """One extract of one entity: which files or rows, and how they map.

    Attributes:
        entity: Contract the rows follow.
        table: Table of the source's database, ``schema.table`` or ``table``.
        query: Query of the source's database; ``:business_date`` stands for the business date.
        cursor: How changes of the table or query are told, to pull them only; without it, all rows are read each time.
        timezone: IANA zone of times of the table or query that carry none; without it they are UTC. It reaches only the
            cursor of SQLite, which keeps times as texts, and only columns of type DATETIME of MySQL and MariaDB.
        file_date: Regular expression whose first group is the date of a file in its name, as YYYY-MM-DD or YYYYMMDD.
        lookups: Further files whose columns joins may reach, by alias.
        joins: Joins from ``src`` to the lookups.
        where: Rows to keep.
        keep: Which of several rows with the same key to keep, by their order in the file; without it, the first good
            one is loaded and the others are quarantined.
        columns: Contract field to origin; without it, columns called like contract fields are taken.
    """

    entity: str
    table: str | None = None
    query: str | None = None
    cursor: Cursor | None = None
    timezone: str | None = None
    file_date: str | None = None
    lookups: dict[str, FileOptions] = {}
    joins: str = ""
    where: str | None = None
    keep: Literal["first", "last"] | None = None
    columns: Mapping = {}

    @field_validator("file_date")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        if groups < 1:
            raise ValueError("needs a group around the date, such as (\\d{4}-\\d{2}-\\d{2})")
        return value

    @field_validator("lookups")
    @classmethod
    def _aliases(cls, value: dict[str, FileOptions]) -> dict[str, FileOptions]:
        for alias, lookup in value.items():
            if not _ALIAS.fullmatch(alias) or alias == "src":
                raise ValueError(f"{alias!r} cannot be an alias: use lower-case letters, digits, _, and not src")
            if not lookup.files:
                raise ValueError(f"{alias}: files is missing")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None else ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is called {value!r}: give one such as Europe/Paris") from None

    @property
    def zone(self) -> ZoneInfo:
        """Zone of times of the database that carry none."""
        return ZoneInfo(self.timezone or "UTC")

    @property
    def database_name(self) -> str:
        """What the rows of a table or query are recorded as."""
        return f"table {self.table}" if self.table else f"query of {self.entity}"

    @model_validator(mode="after")
    def _follows_contract(self) -> Self:
        entities = load_entities()
        if self.entity not in entities:
            raise ValueError(f"entity {self.entity!r} has no contract; there are {', '.join(entities)}")
        if sum(origin is not None for origin in (self.files, self.table, self.query)) != 1:
            raise ValueError("needs exactly one of files, table and query")
        if self.files is not None and (self.cursor or self.timezone):
            raise ValueError("cursor and timezone go with table or query")
        if self.cursor and ":business_date" in (self.query or ""):
            raise ValueError("cursor: a query that depends on :business_date has other rows each day: leave one out")
        if self.cursor and self.keep:
            raise ValueError("cursor: keep chooses among all rows of a key, and a pull has only the changed ones")
        if self.columns:
            self._covers(entities[self.entity])
        return self

    def _covers(self, entity: Entity) -> None:
        fields = {field.name for field in entity.fields}
        if unknown := sorted(set(self.columns) - fields):
            raise ValueError(f"columns: {entity.name} has no field {', '.join(unknown)}")
        missing = [field.name for field in entity.fields if field.required and field.name not in self.columns]
        if missing:
            raise ValueError(f"columns: required fields of {entity.name} are not mapped: {', '.join(missing)}")


class Source(_Strict):
    """One source system: where its extracts lie, or its database, and its feeds.

    Attributes:
        description: What the system is.
        location: Folder or URL below which the files of all feeds lie.
        database: SQLAlchemy URL.
        feeds: Extracts the system delivers, in the order of loading.
    """

    description: str = ""
    location: str | None = None
    database: str | None = None
    feeds: tuple[Feed, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if (self.location is None) == (self.database is None):
            raise ValueError("needs either location or database")
        for number, feed in enumerate(self.feeds):
            if (feed.files is None) == (self.location is not None):
                wanted = "files" if self.location is not None else "table or query"
                raise ValueError(f"feeds.{number} ({feed.entity}): needs {wanted}")
            namesakes = [(f.entity, f.database_name) for f in self.feeds].count((feed.entity, feed.database_name))
            if feed.cursor and namesakes > 1:
                raise ValueError(
                    f"feeds.{number} ({feed.entity}): {feed.database_name} is there twice, and a cursor keeps one mark "
                    "for it: name a view of the database instead"
                )
        return self


class Company(_Strict):
    """The company itself.

    Attributes:
        name: Name shown to people.
        currency: ISO 4217 code of its books.
        timezone: IANA zone of its business day.
        country: ISO 3166 alpha-2 code, for holidays.
        business_date: Date of extracts whose file names carry none.
    """

    name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    timezone: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    business_date: date | None = None


class SourcesFile(_Strict):
    """All of sources.yml."""

    company: Company
    sources: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Source] = Field(min_length=1)
