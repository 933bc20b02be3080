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


GENERATION, EMISSIONS = "Electricity generation", "Power sector emissions"
SINGLE = ("Fuel", "Total")
"""Subcategories of generation that are no sums of several fuels."""
INTENSITY = "CO2 intensity"
ENERGY_UNIT, INTENSITY_UNIT = "TWh", "gCO2/kWh"


def units_read(category: str, subcategory: str, variable: str) -> tuple[str, ...]:
    """Units that a row which is read may have, the one that is read first; none where the row is passed over in any unit."""
    if category == GENERATION and subcategory in SINGLE:
        return ENERGY_UNIT, "%"
    return (INTENSITY_UNIT,) if category == EMISSIONS and variable == INTENSITY else ()


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
        units = units_read(self.category, self.subcategory, self.variable)
        if units and self.unit not in units:
            raise Misfit("Unit", f"expected {self.variable} in {units[0]!r}, got {self.unit!r}")
        if self.value is not None and abs(self.value) > PLAUSIBLE.get(self.unit, float("inf")):
            raise Misfit("Value", f"{self.value:g} {self.unit} is more than there can be")
        return self


class AreaMeaning(Table):
    """A code of an area that is not one of ISO 3166."""

    table: ClassVar[str] = "area"
    key: ClassVar[tuple[str, ...]] = ("code",)
    code: str = column("Code as published")
    country: CountryCode | None = optional("Its ISO code; empty where it is none of ours")
    note: str = column("What it is")


class CategoryMeaning(Table):
    """A category, and what is read of it."""

    table: ClassVar[str] = "category"
    key: ClassVar[tuple[str, ...]] = ("category",)
    category: str = column("Category as published")
    meaning: Literal["generation", "emissions"] | None = optional("What is read of it; empty where nothing is")


class SubcategoryMeaning(Table):
    """A subcategory of generation."""

    table: ClassVar[str] = "subcategory"
    key: ClassVar[tuple[str, ...]] = ("subcategory",)
    subcategory: str = column("Subcategory as published")
    meaning: Literal["single"] | None = optional("single: no sum of several fuels; empty where it is one, and repeats them")


class VariableMeaning(Table):
    """What a variable of generation or of emissions is here."""

    table: ClassVar[str] = "variable"
    key: ClassVar[tuple[str, ...]] = ("variable",)
    variable: str = column("Variable as published")
    parameter: Id | None = optional("Our parameter; empty where it stands for none")
