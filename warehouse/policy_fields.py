"""Types of thresholds. Their descriptions say what is allowed, and end up in error messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0, description="a whole number, 0 or more")]
Positive = Annotated[int, Field(ge=1, description="a whole number, 1 or more")]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False, description="a number of days, 0 or more")]
Share = Annotated[float, Field(ge=0, le=1, description="a number from 0 to 1")]
PositiveShare = Annotated[float, Field(gt=0, le=1, description="a number above 0, at most 1")]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number above 0")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False, description="an amount of money, 0 or more")]
Points = Annotated[float, Field(ge=0, le=100, description="a number from 0 to 100")]


class Section(BaseModel):
    """A section of policy.yml: every key known, none changed, nothing converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
