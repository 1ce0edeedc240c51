"""Companies the pipeline runs for: companies/<company_id>/sources.yml and policy.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import yaml
from pydantic import ValidationError

from ingest import locations
from ingest.feeds import Source, SourcesFile
from warehouse import policy, thresholds
from warehouse.settings import company_id as checked_company_id
from warehouse.settings import get_settings


class CompanyError(ValueError):
    """The configuration of a company is missing or wrong; the message names file, key and remedy."""


class UnreachableSourceError(CompanyError, ConnectionError):
    """Where a source's extracts lie does not answer: it may be back at the next try."""


@dataclass(frozen=True)
class CompanyConfig:
    """A company, its source systems and its thresholds.

    Attributes:
        company_id: Name of its folder.
        name: Name shown to people.
        currency: ISO 4217 code.
        timezone: IANA zone.
        country: ISO 3166 alpha-2 code.
        business_date: Date of extracts whose names carry none.
        sources: Source systems by name.
        policy: All thresholds by dotted name, as texts; those that policy.yml leaves out have their defaults.
    """

    company_id: str
    name: str
    currency: str
    timezone: str
    country: str
    business_date: date | None
    sources: Mapping[str, Source]
    policy: Mapping[str, str]

    def source(self, name: str) -> Source:
        """Return a source system.

        Raises:
            CompanyError: the company has none of that name.
        """
        if name not in self.sources:
            raise CompanyError(f"{self.company_id} has no source {name!r}; there are {', '.join(self.sources)}")
        return self.sources[name]

    def source_names(self, only: str | None = None) -> list[str]:
        """Return the names of all source systems, or the one that is asked for.

        Raises:
            CompanyError: the company has none of that name.
        """
        if only is None:
            return list(self.sources)
        self.source(only)
        return [only]

    def location(self, source_name: str) -> str:
        """Return where the files of a source lie, with variables replaced.

        Raises:
            CompanyError: a variable has no value.
        """
        source = self.source(source_name)
        try:
            return locations.expand(source.location or source.database or "", self.company_id)
        except locations.LocationError as error:
            key = "location" if source.location else "database"
            raise CompanyError(
                f"{_file(self.company_id, 'sources.yml')}: sources.{source_name}.{key}: {error}"
            ) from None


def load_company_config(company_id: str) -> CompanyConfig:
    """Read the configuration of a company.

    Raises:
        CompanyError: a file is missing or wrong.
    """
    checked_company_id(company_id)
    path = _file(company_id, "sources.yml")
    content = _read_yaml(path)
    try:
        parsed = SourcesFile.model_validate(content)
    except ValidationError as error:
        raise CompanyError("\n".join(f"{path}: {line}" for line in _problems(error))) from None
    return CompanyConfig(
        company_id=company_id,
        name=parsed.company.name,
        currency=parsed.company.currency,
        timezone=parsed.company.timezone,
        country=parsed.company.country,
        business_date=parsed.company.business_date,
        sources=parsed.sources,
        policy=_load_policy(_file(company_id, "policy.yml")),
    )


def latest_business_date(company_id: str) -> date:
    """Return the latest date in the names of a company's files, or the business date of sources.yml without any.

    Raises:
        CompanyError: there is neither.
    """
    config = load_company_config(company_id)
    found = [file_date for name in config.sources for file_date in _file_dates(config, name)]
    latest = max(found, default=config.business_date)
    if latest is None:
        places = ", ".join(
            f"{name} ({locations.without_login(config.location(name))})"
            for name, source in config.sources.items()
            if source.location
        )
        raise CompanyError(
            f"{company_id} has no file with a date in its name yet; looked in {places}. "
            f"Put extracts there, or set company.business_date in {_file(company_id, 'sources.yml')}"
        )
    return latest


def first_business_date(company_id: str) -> date | None:
    """Return the earliest date in the names of a company's files; None when some of its deliveries carry no date.

    Raises:
        CompanyError: the configuration cannot be read.
    """
    config = load_company_config(company_id)
    if any(feed.file_date is None for source in config.sources.values() for feed in source.feeds):
        return None
    return min((file_date for name in config.sources for file_date in _file_dates(config, name)), default=None)


def register(connection: psycopg.Connection, config: CompanyConfig) -> None:
    """Write a company and its thresholds into ops; thresholds no longer in policy.yml are removed."""
    connection.execute(
        """
        insert into ops.companies (company_id, company_name, currency, timezone, country_code)
        values (%s, %s, %s, %s, %s)
        on conflict (company_id) do update set
            company_name = excluded.company_name, currency = excluded.currency,
            timezone = excluded.timezone, country_code = excluded.country_code
        """,
        [config.company_id, config.name, config.currency, config.timezone, config.country],
    )
    thresholds.write(connection, config.company_id, config.policy)


def _file(company_id: str, name: str) -> Path:
    path = get_settings().companies_dir / company_id / name
    project = get_settings().project_dir
    return path.relative_to(project) if path.is_relative_to(project) else path


def _read_yaml(path: Path) -> Any:
    full = get_settings().project_dir / path
    try:
        content = yaml.safe_load(full.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = sorted(found.parent.name for found in get_settings().companies_dir.glob("*/sources.yml"))
        raise CompanyError(f"{path} does not exist; companies are {', '.join(known) or 'none yet'}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CompanyError(f"{path}: not readable as YAML: {error}") from None
    if not isinstance(content, dict):
        raise CompanyError(f"{path}: must be a mapping of keys to values")
    return content


def _problems(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    ]


def _load_policy(path: Path) -> dict[str, str]:
    try:
        return policy.parse(_read_yaml(path)).texts()
    except policy.PolicyError as error:
        raise CompanyError("\n".join(f"{path}: {problem}" for problem in error.problems)) from None


def _file_dates(config: CompanyConfig, source_name: str) -> Iterator[date]:
    source = config.sources[source_name]
    if source.location is None:
        return
    for feed in source.feeds:
        if feed.file_date is None:
            continue
        try:
            files = locations.find_files(config.location(source_name), feed, feed.file_date)
        except locations.LocationError:
            continue
        yield from (file.file_date for file in files if file.file_date is not None)
