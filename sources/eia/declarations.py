"""The rows of the API's replies, under their published names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints

from sources.columns import Table, column, optional
from sources.records import Id

REGIONS = Path(__file__).resolve().parent / "region.csv"
MONTHS = 12
"""An average is one of a whole year: prices have seasons."""
SPELLINGS = ("cents per kilowatt-hour", "cents per kilowatthour")


def check_cents(unit: str) -> str:
    """The unit itself, where it is cents per kilowatt-hour: a price in another unit is not to be taken for one."""
    if unit not in SPELLINGS:
        raise ValueError(f"expected prices in {SPELLINGS[0]!r}")
    return unit


Month = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
Cents = Annotated[str, AfterValidator(check_cents)]


class RetailPrice(Table):
    """The average price that the customers of a sector paid in a month."""

    table: ClassVar[str] = "eia_retail_price"
    key: ClassVar[tuple[str, ...]] = ("period", "state", "sector")
    period: Month = column("Month", alias="period")
    state: str = column("Postal code of the state; US, or a census division", alias="stateid")
    state_name: str = column("Its name", alias="stateDescription")
    sector: Literal["IND", "COM"] = column("IND: industrial; COM: commercial", alias="sectorid")
    sector_name: str = column("Name of the sector", alias="sectorName")
    price: float | None = optional("Revenue over energy sold; zero where nothing was sold", "cents/kWh", ge=0, le=200, alias="price")
    unit: Cents = column("Unit of the price", alias="price-units")


class RegionMeaning(Table):
    """What a state code of the publisher is here."""

    table: ClassVar[str] = "region"
    key: ClassVar[tuple[str, ...]] = ("stateid",)
    stateid: str = column("Code as published")
    region: Id | None = optional("Our region; empty for census divisions")
