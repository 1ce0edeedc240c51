"""What policy.yml may say of fake orders: whose orders are judged, and how much evidence makes one suspect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from warehouse.policy_fields import Positive, PositiveNumber, PositiveShare, Section, Share

Channel = Literal["store", "online", "reseller", "marketplace", "consignment", "wholesale"]
# Evidence begins at half of these, so one alone is none.
Several = Annotated[int, Field(ge=2, description="a whole number, 2 or more")]


class Suspect(Section):
    """Evidence of fake orders, its weights, and what follows from it."""

    channels: Annotated[
        list[Channel],
        Field(description="a list of store, online, reseller, marketplace, consignment, wholesale"),
    ] = ["online", "marketplace"]
    usual_days: Positive = 28
    usual_sale_days: Positive = 5
    burst_minutes: Positive = 10
    burst_orders: Several = 4
    burst_factor: PositiveNumber = 3
    shared_days: Annotated[int, Field(ge=0, le=31, description="a whole number from 0 to 31")] = 3
    shared_customers: Several = 4
    price_factor: Annotated[float, Field(gt=1, allow_inf_nan=False, description="a number above 1")] = 4
    return_hours: Positive = 2
    burst_weight: Share = 0.8
    shared_weight: Share = 0.8
    price_weight: Share = 0.8
    return_weight: Share = 0.6
    limit: PositiveShare = 0.6
    exclude_from_demand: Annotated[bool, Field(description="true or false")] = True
