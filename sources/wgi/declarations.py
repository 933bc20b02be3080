"""The rows of the API's replies, flattened: `indicator.id` is the id inside the member `indicator`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, StringConstraints, model_validator

from sources.columns import Table, column, optional
from sources.errors import Misfit
from sources.records import CountryCode

PLAUSIBLE = {"EST": (-4.0, 4.0), "SE": (0.01, 1.5), "SR": (1.0, 60.0)}
"""Range of each kind of series. Estimates pass 2.5 in either direction in a few cases, never by as much as this."""

Series = Annotated[str, StringConstraints(pattern=r"^GOV_WGI_(VA|PV|GE|RQ|RL|CC)\.(EST|SE|SR)$")]


def _filled(value: Any) -> Any:
    """The API's empty text is a missing value."""
    return None if value == "" else value


class Observation(Table):
    """One value of one series: the estimate, its standard error, or the number of sources behind it."""

    table: ClassVar[str] = "wgi_observation"
    key: ClassVar[tuple[str, ...]] = ("series", "economy", "year")
    series: Series = column("Id of the series, such as GOV_WGI_PV.EST", alias="indicator.id")
    series_name: str = column("What it is", alias="indicator.value")
    economy_id: Annotated[str | None, BeforeValidator(_filled)] = optional(
        "Two-letter code of the economy; empty where it has no ISO code", alias="country.id"
    )
    economy: str = column("Name of the economy", alias="country.value")
    iso3: Annotated[CountryCode | None, BeforeValidator(_filled)] = optional(
        "ISO code of the economy; empty for nine of them, Taiwan included", alias="countryiso3code"
    )
    year: int = column("Year the value holds for", "year", ge=1996, le=2035, alias="date")
    value: float | None = optional("Estimate and standard error in standard-normal units, or a count", "index", alias="value")

    @model_validator(mode="after")
    def _plausible(self) -> Observation:
        low, high = PLAUSIBLE[self.series.rpartition(".")[2]]
        if self.value is not None and not low <= self.value <= high:
            raise Misfit("value", f"expected {low:g} to {high:g} for {self.series}, got {self.value:g}")
        return self


class Economy(Table):
    """An economy that the API gives no code of ISO 3166."""

    table: ClassVar[str] = "economy"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name as published")
    country: CountryCode | None = optional("Its ISO code; empty where it is none of ours")
