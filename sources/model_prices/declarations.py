"""A price as the publisher's file has it, and the mapping file beside it."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from sources.columns import Table, column, optional
from sources.records import Id

_CLOCK = re.compile(r"^(?P<clock>([01]\d|2[0-3]):[0-5]\d)(?P<seconds>:[0-5]\d)?(Z|\+00:00)?$")


def utc_clock(text: str) -> str:
    """'00:30:00Z' -> '00:30:00'; ValueError where it is no time of day in UTC."""
    match = _CLOCK.match(text)
    if match is None:
        raise ValueError("expected a time of day in UTC such as '16:30:00Z'")
    return f"{match['clock']}{match['seconds'] or ':00'}"


Clock = Annotated[str, AfterValidator(utc_clock)]


class ListPrice(Table):
    """A step of a model's price at a provider, at the base tier of length.

    The last step in force is the price; the first one where none is.
    """

    table: ClassVar[str] = "model_prices_list"
    key: ClassVar[tuple[str, ...]] = ("provider", "model", "step")
    provider: str = column("Id of the provider")
    model: str = column("Id of the model at this provider")
    step: int = column("Place among the model's steps, from 1", ge=1)
    start_date: str | None = optional("First day of the step (UTC); empty: no such limit", pattern=r"^\d{4}-\d\d-\d\d$")
    start_time: Clock | None = optional("Time of day from which the step holds (UTC); empty: all day")
    end_time: Clock | None = optional("Time of day before which it holds (UTC); may lie after midnight")
    input_usd_per_mtoken: float | None = optional("Input tokens; empty: not sold by the token", "USD/Mtoken", ge=0)
    cached_input_usd_per_mtoken: float | None = optional("Input tokens read from the provider's cache", "USD/Mtoken", ge=0)
    output_usd_per_mtoken: float | None = optional("Output tokens; empty: not sold by the token", "USD/Mtoken", ge=0)
    is_tiered: bool = column("True where the price depends on length, date or hour")
    is_deprecated: bool = column("True where the publisher says that the offer has ended")


class ReferenceModel(Table):
    """An offer that is one of our reference models."""

    table: ClassVar[str] = "model"
    key: ClassVar[tuple[str, ...]] = ("provider", "model")
    provider: str = column("Id of the provider, as the source has it")
    model: str = column("Id of the model, as the source has it")
    model_id: Id = column("The reference model it is")
