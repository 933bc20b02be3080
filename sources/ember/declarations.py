"""The published long table: a row is one variable of one area in one year."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints, model_validator

from sources.columns import Table, column, optional
from sources.errors import Misfit
from sources.records import CountryCode, Id

COUNTRY = "Country or economy"
PLAUSIBLE = {"TWh": 100_000.0, "%": 1_000.0, "gCO2/kWh": 2_000.0, "GW": 100_000.0, "mtCO2": 100_000.0, "MWh": 1_000.0}
"""Largest value of a unit, in either direction: imports are negative where more is sold than bought."""


class Electricity(Table):
    """One variable of one area in one year."""

    table: ClassVar[str] = "ember_electricity"
    area: str = column("Country, region or group of countries", alias="Area")
    iso3: CountryCode | None = optional("ISO code of a country; empty for aggregates", alias="ISO 3 code")
    year: int = column("Calendar year", "year", ge=1990, le=2035, alias="Year")
    area_type: Literal["Country or economy", "Region"] = column("Whether it is a country or an aggregate", alias="Area type")
    category: str = column("Generation, demand, imports, capacity or emissions", alias="Category")
    subcategory: str = column("Fuel, aggregate of fuels, total, ...", alias="Subcategory")
    variable: str = column("What is given: a fuel, a total, an intensity", alias="Variable")
    unit: Annotated[str, StringConstraints(min_length=1)] = column("Unit of the value", alias="Unit")
    value: float | None = optional("Value; empty where it is not known", "see unit", alias="Value")

    @model_validator(mode="after")
    def _one_kind_of_area(self) -> Electricity:
        if (self.iso3 is None) == (self.area_type == COUNTRY):
            raise Misfit("ISO 3 code", f"a {self.area_type} {'needs an' if self.iso3 is None else 'has no'} ISO code, got {self.iso3!r}")
        if self.value is not None and abs(self.value) > PLAUSIBLE.get(self.unit, float("inf")):
            raise Misfit("Value", f"{self.value:g} {self.unit} is more than there can be")
        return self


class VariableMeaning(Table):
    """What a variable of generation or of emissions is here."""

    table: ClassVar[str] = "variable"
    key: ClassVar[tuple[str, ...]] = ("variable",)
    variable: str = column("Variable as published")
    parameter: Id | None = optional("Our parameter; empty where it stands for none")
