"""What policy.yml may say: the thresholds of a company, their types, ranges and defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from warehouse.alert_policy import Alerts
from warehouse.drift_policy import Drift
from warehouse.kpi_policy import Freshness, Kpi
from warehouse.policy_fields import Amount, Count, Days, Positive, PositiveShare, Section, Share
from warehouse.purchasing_policy import Supplier, SupplierScore, SupplyRisk
from warehouse.stock_policy import Ageing, CustomerOrder, SellThrough, Turnover
from warehouse.suspect_policy import Suspect


class PolicyError(ValueError):
    """Thresholds are wrong.

    Attributes:
        problems: Dotted name of a key, what is wrong with it, and what is allowed.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Planning(Section):
    """Where and for what demand is forecast."""

    location_level: Annotated[Literal["store", "dc", "company"], Field(description="one of store, dc, company")] = (
        "company"
    )
    active_weeks: Positive = 26
    stockout_week_days: Annotated[int, Field(ge=1, le=7, description="a whole number from 1 to 7")] = 2


class Forecast(Drift):
    """Horizon, season, training and monitoring of the demand forecast."""

    horizon_weeks: Positive = 13
    season_weeks: Positive = 52
    backtest_cutoffs: Positive = 3
    retrain_weeks: Count = 1
    # Below this share of seasonal naive's WQL, the difference is not worth a model nobody can check by eye.
    champion_margin: Share = 0.01
    # 0: what nobody knows ahead is not learnt from either.
    promotion_lead_weeks: Count = 0
    promotion_stock_days: Days = 30
    stockouts_lose_sales: Annotated[bool, Field(description="true or false")] = True


class SlowMovers(Section):
    """What counts as a slow mover."""

    lead_days: Count = 35
    window_days: Positive = 90
    unsold_share: Annotated[float, Field(ge=0, lt=1, description="a number from 0, below 1")] = 0.5
    medium_probability: PositiveShare = 0.3
    high_probability: PositiveShare = 0.6
    # Once flagged, a probability that wavers around the limit does not take the flag away.
    release_probability: PositiveShare = 0.5

    @model_validator(mode="after")
    def _bands(self) -> Self:
        if self.medium_probability >= self.high_probability:
            raise ValueError(
                f"medium_probability ({self.medium_probability}) must lie below "
                f"high_probability ({self.high_probability})"
            )
        if self.release_probability > self.high_probability:
            raise ValueError(
                f"release_probability ({self.release_probability}) must not lie above "
                f"high_probability ({self.high_probability})"
            )
        return self


class Stock(Section):
    """Days of cover that make too much and too little stock."""

    overstock_cover_days: Days = 90
    understock_cover_days: Days = 7

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.understock_cover_days >= self.overstock_cover_days:
            raise ValueError(
                f"understock_cover_days ({self.understock_cover_days:g}) must lie below "
                f"overstock_cover_days ({self.overstock_cover_days:g})"
            )
        return self


class Carrier(Section):
    """How carriers are scored."""

    late_days: Count = 0
    minimum_shipments: Count = 8


class Gate(Section):
    """Limits of the gate."""

    row_count_band: Share = 0.5
    price_factor: Annotated[float, Field(gt=1, allow_inf_nan=False, description="a number above 1")] = 100
    price_floor: Amount = 1_000
    price_limit: Amount = 1_000_000


class Policy(Section):
    """All of policy.yml."""

    planning: Planning = Planning()
    forecast: Forecast = Forecast()
    slow_movers: SlowMovers = SlowMovers()
    stock: Stock = Stock()
    supplier: Supplier = Supplier()
    supplier_score: SupplierScore = SupplierScore()
    supply_risk: SupplyRisk = SupplyRisk()
    carrier: Carrier = Carrier()
    turnover: Turnover = Turnover()
    sell_through: SellThrough = SellThrough()
    ageing: Ageing = Ageing()
    customer_order: CustomerOrder = CustomerOrder()
    kpi: Kpi = Kpi()
    freshness: Freshness = Freshness()
    suspect: Suspect = Suspect()
    alerts: Alerts = Alerts()
    gate: Gate = Gate()

    def texts(self) -> dict[str, str]:
        """Return every threshold as text, by dotted name, as ops.policies keeps them."""
        return {
            f"{section}.{key}": _text(value)
            for section, values in self.model_dump(mode="json").items()
            for key, value in values.items()
        }


def parse(content: Any) -> Policy:
    """Return the thresholds that a policy.yml states, and the defaults of the others.

    Args:
        content: The file as YAML reads it.

    Raises:
        PolicyError: a key is unknown, or its value is not allowed.
    """
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(list(_problems(error))) from None


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        name = ".".join(place) or "policy.yml"
        if problem["type"] == "value_error":
            yield f"{name}: {problem['msg'].removeprefix('Value error, ')}"
        elif problem["type"] in ("extra_forbidden", "invalid_key"):
            section = ".".join(place[:-1]) or "policy.yml"
            known = f"has {', '.join(_fields(place[:-1]))}" if len(place) <= 2 else f"is part of {_allowed(place)}"
            yield f"{name}: there is no such key; {section} {known}"
        else:
            yield f"{name}: {problem['input']!r} is not allowed; it takes {_allowed(place)}"


def _allowed(place: list[str]) -> str:
    section, *key = place or [""]
    if key:
        return _fields([section])[key[0]].description or ""
    return f"the keys {', '.join(_fields(place))}"


def _fields(place: list[str]) -> dict[str, FieldInfo]:
    """Return the keys of a section, or the sections themselves."""
    if not place:
        return Policy.model_fields
    section: type[BaseModel] = Policy.model_fields[place[0]].annotation  # type: ignore[assignment]
    return section.model_fields


def _text(value: str | float | list[dict[str, Any]] | dict[str, Any]) -> str:
    if isinstance(value, list | dict | bool):
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
