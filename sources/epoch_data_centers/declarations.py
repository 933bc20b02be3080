"""The tables as published, under the headings of 2026, and the mapping files beside them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from sources.columns import Table, column, optional
from sources.coordinates import check_degrees
from sources.records import CountryCode, Id, PartialDate

Degrees = Annotated[str, AfterValidator(check_degrees)]


class DataCenter(Table):
    """A frontier data center, with its state at the time of the export."""

    table: ClassVar[str] = "epoch_data_centers_data_center"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name that the timeline refers to", alias="Name")
    title: str | None = optional("Shorter name in use, in the edition of 2025", alias="Title")
    project: str | None = optional("Project it belongs to, with a tag of confidence", alias="Project")
    address: str | None = optional("Street address or place", alias="Address")
    country: str | None = optional("Its country, in the edition of 2026", alias="Country")
    latitude: Degrees | None = optional("Latitude in degrees, minutes, seconds, in the edition of 2025", alias="Latitude")
    longitude: Degrees | None = optional("Longitude in degrees, minutes, seconds, in the edition of 2025", alias="Longitude")
    owner: str | None = optional("Owners, each with a tag of confidence", alias="Owner")
    users: str | None = optional("Users, each with a tag of confidence", alias="Users")
    investors: str | None = optional("Investors", alias="Investors")
    construction_companies: str | None = optional("Builders", alias="Construction companies")
    energy_companies: str | None = optional("Suppliers of energy", alias="Energy companies")
    current_h100_equivalents: float | None = optional("Computing power", "count", ge=0, le=2e7, alias="Current H100 equivalents")
    current_power_mw: float | None = optional(
        "Power: of the facility in the edition of 2025, of the computers in that of 2026", "MW", ge=0, le=12_000, alias="Current power (MW)"
    )
    current_capital_busd: float | None = optional(
        "Capital cost in billions of 2025 dollars", "10^9 USD", ge=0, le=1_000, alias="Current total capital cost (2025 USD billions)"
    )


class Timeline(Table):
    """A dated state of a data center, observed or projected."""

    table: ClassVar[str] = "epoch_data_centers_timeline"
    key: ClassVar[tuple[str, ...]] = ("data_center", "date")
    date: PartialDate = column("Date of the state", alias="Date")
    data_center: str = column("Name of the data center", alias="Data center")
    power_mw: float | None = optional("Power of the facility; empty is not restated", "MW", ge=0, le=12_000, alias="Power (MW)")
    it_power_mw: float | None = optional("Power of its computers, in the edition of 2026", "MW", ge=0, le=12_000, alias="IT power (MW)")
    h100_equivalents: float | None = optional(
        "Computing power; empty is unknown, not zero", "count", ge=0, le=2e7, alias="H100 equivalents"
    )
    buildings_operational: int | None = optional("Buildings in use", "count", ge=0, alias="Buildings operational")
    capital_busd: float | None = optional("Capital cost so far", "10^9 USD", ge=0, alias="Total capital cost (2025 USD billions)")
    compute_busd: float | None = optional("Of it for computers", "10^9 USD", ge=0, alias="Compute cost (2025 USD billions)")
    construction_busd: float | None = optional("Of it for building", "10^9 USD", ge=0, alias="Construction cost (2025 USD billions)")
    building_area_sqft: float | None = optional("Floor area", "ft2", ge=0, alias="Building area (square feet)")
    site_area_sqft: float | None = optional("Area of the site", "ft2", ge=0, alias="Site area (square feet)")
    water_mgd: float | None = optional("Water use in million gallons a day", "10^6 gal/day", ge=0, alias="Water use (MGD)")
    performance_ops: float | None = optional("Computing power at 8 bits", "OP/s", ge=0, alias="Performance (8-bit OP/s)")


class Chiller(Table):
    """A chiller of some maker's catalogue."""

    table: ClassVar[str] = "epoch_data_centers_chiller"
    model: str = column("Model", alias="Model")
    manufacturer: str = column("Maker", alias="Manufacturer")
    type: str = column("Air-cooled or water-cooled", alias="Type")
    capacity_kw: float = column("Heat it removes", "kW", gt=0, alias="Cooling capacity (kW)")
    fans: float | None = optional("Number of fans", "count", ge=0, alias="Number of fans")
    length_m: float = column("Length", "m", gt=0, alias="Length (m)")
    width_m: float = column("Width", "m", gt=0, alias="Width (m)")
    area_m2: float = column("Footprint", "m2", gt=0, alias="Area (m^2)")


class CoolingTower(Table):
    """A cooling tower of some maker's catalogue."""

    table: ClassVar[str] = "epoch_data_centers_cooling_tower"
    model: str = column("Model", alias="Model")
    manufacturer: str = column("Maker", alias="Manufacturer")
    length_m: float = column("Length", "m", gt=0, alias="Length (m)")
    width_m: float = column("Width", "m", gt=0, alias="Width (m)")
    height_m: float | None = optional("Height", "m", gt=0, alias="Height (m)")
    area_m2: float = column("Footprint", "m2", gt=0, alias="Area (m^2)")
    capacity_stated: str | None = optional(
        "Heat it removes in kW as the maker writes it: a number or a range", alias="Cooling capacity (stated, kW)"
    )
    capacity_kw: float = column("Heat it removes, central estimate", "kW", gt=0, alias="Cooling capacity (central estimate, kW)")
    fan_diameter_m: float | None = optional("Diameter of a fan", "m", gt=0, alias="Fan Diameter (m)")
    fans: float | None = optional("Number of fans", "count", ge=0, alias="Number of Fans")
    fan_diameter_estimate_m: float | None = optional(
        "Diameter of a fan, estimated from the footprint", "m", gt=0, alias="Fan estimate diameter (m)"
    )
    type: str | None = optional("Wet, where it is said", alias="Type")
    motor_hp: float | None = optional("Power of the fan motor", "hp", ge=0, alias="Motor Horsepower")


class Place(Table):
    """A data center that one edition or the other names, and the site it is."""

    table: ClassVar[str] = "place"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Its name in some edition")
    site_id: Id = column("The site it is; a site of another list where that had it first")
    country: CountryCode = column("Its country")


class CountryName(Table):
    """A country as Epoch names it."""

    table: ClassVar[str] = "country"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Epoch's name")
    country: CountryCode = column("Its code")
