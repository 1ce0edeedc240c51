"""Whether a training pays: not while the champion is young, or was gone back to, and errs no more than it promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from ml import registry, rollbacks
from ml.demand_forecast import states
from ml.demand_forecast.states import USE_CASE
from ml.registry import Champion

INSUFFICIENT = "insufficient"


@dataclass(frozen=True)
class Service:
    """The version that serves, and how it does.

    Attributes:
        champion: The version.
        state: What monitoring said of it last: ok, drifting, failing or unjudged.
        restored_date: Last day of the weeks known when it was gone back to, or None.
    """

    champion: Champion
    state: str
    restored_date: date | None = None

    @property
    def is_judged(self) -> bool:
        """Whether a backtest could judge it."""
        return bool(self.champion.metrics.get("status") != INSUFFICIENT)

    @property
    def is_drifting(self) -> bool:
        """Whether it errs more than it promised."""
        return self.state in (states.DRIFTING, states.FAILING)


def service(connection: psycopg.Connection, company_id: str, business_date: date) -> Service | None:
    """Return the version that serves a company on a business date, or None."""
    from ml.demand_forecast import history

    champion = registry.champion(connection, company_id, USE_CASE, as_of=history.trained_through(business_date))
    if champion is None:
        return None
    state = states.newest(connection, company_id, champion.model_version, business_date)
    back = rollbacks.newest(connection, company_id, USE_CASE, business_date)
    if back is None or back.restored_version != champion.model_version:
        return Service(champion, state)
    return Service(champion, state, history.trained_through(back.business_date))


def rest(serving: Service, through: date, settings: dict[str, Any], retrain_weeks: float) -> str | None:
    """Return why a training may wait, or None where it may not: of a version that errs more than it promised, or whose
    models do not know a season that the history shows by now.

    Args:
        serving: Version that serves.
        through: Last day that a training would learn from.
        settings: What a training would be set to; another setting or other code does not wait.
        retrain_weeks: Weeks that a version serves before the next training.
    """
    champion = serving.champion
    if not serving.is_judged or serving.is_drifting or _is_outgrown(champion, through):
        return None
    # Whoever went back knows the code and the settings of now, which may be what failed.
    if serving.restored_date and (through - serving.restored_date).days < 7 * retrain_weeks:
        return f"{champion.model_version} was gone back to less than {retrain_weeks:g} weeks ago"
    is_young = (through - champion.trained_through_date).days < 7 * retrain_weeks
    if is_young and is_like(champion, settings):
        return f"{champion.model_version} is younger than {retrain_weeks:g} weeks"
    return None


def repeated(
    connection: psycopg.Connection, company_id: str, serving: Service, through: date, parameters: dict[str, Any]
) -> str | None:
    """Return why training on these data would bring nothing new, or None where it would.

    Args:
        connection: Connection of the role modeler.
        company_id: Company.
        serving: Version that serves.
        through: Last day that a training would learn from.
        parameters: Settings and the fingerprint of the data.
    """
    champion = serving.champion
    if champion.trained_through_date == through and _is_same(champion, parameters):
        return f"{champion.model_version} is of the same data"
    if not registry.serves(champion):
        return None
    for tried in registry.versions(connection, company_id, USE_CASE, ["candidate", "withdrawn"], through):
        if tried.trained_through_date == through and _is_same(tried, parameters):
            return f"{tried.model_version} of the same data does not serve"
    return None


def is_like(version: Champion, settings: dict[str, Any]) -> bool:
    """Tell whether a version was trained by this code and with these settings."""
    return settings.items() <= version.parameters.items() and version.git_revision == registry.git_revision()


def _is_outgrown(version: Champion, through: date) -> bool:
    """Tell whether the history shows a season that it did not show when the version was trained."""
    from ml.demand_forecast import history, period

    begin, season = version.window_start_date - timedelta(days=1), int(version.parameters["season_weeks"])
    then, now = ((day - begin).days // 7 for day in (version.trained_through_date, through))
    weeks = period.parse(history.FREQ)
    return period.seasons(weeks, season, then) != period.seasons(weeks, season, now)


def _is_same(version: Champion, parameters: dict[str, Any]) -> bool:
    return version.parameters == parameters and version.git_revision == registry.git_revision()
