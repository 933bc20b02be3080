"""The table of the snapshot as published, and the mapping files beside it."""

from __future__ import annotations

from typing import ClassVar, Literal

from sources.columns import Table, column, optional
from sources.records import CountryCode, Id, PartialDate


class Cluster(Table):
    """A cluster, or a phase of one with the total so far."""

    table: ClassVar[str] = "epoch_gpu_clusters_cluster"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name, with its phase", alias="Name")
    status: Literal["Existing", "Planned", "Decommissioned"] = column("State at the time of the list", alias="Status")
    certainty: Literal["Confirmed", "Likely", "Unlikely"] = column("How sure Epoch is that it exists or will", alias="Certainty")
    single_cluster: Literal["Yes", "No", "Unclear"] | None = optional("Whether it is one cluster in one place", alias="Single cluster?")
    h100_equivalents: float | None = optional("Computing power", "count", ge=0, alias="H100 equivalents")
    chip: str | None = optional("Accelerator most of it is made of", alias="Chip type (primary)")
    chip_quantity: float | None = optional("Number of these", "count", ge=0, alias="Chip quantity (primary)")
    second_chip: str | None = optional("Another accelerator in it", alias="Chip type (secondary)")
    second_chip_quantity: float | None = optional("Number of these", "count", ge=0, alias="Chip quantity (secondary)")
    chips: float | None = optional("Accelerators of all kinds", "count", ge=0, alias="Total number of AI chips")
    country: str | None = optional("Country, spelled the way of the United Nations", alias="Country")
    location: str | None = optional("Address, town, country or coordinates", alias="Location")
    owner: str | None = optional("Owners, separated by commas", alias="Owner")
    users: str | None = optional("Users and uses, separated by commas", alias="Users")
    sector: str | None = optional("Private, public or both", alias="Sector")
    first_operational: PartialDate | None = optional("Date of first operation", alias="First Operational Date")
    decommissioned: PartialDate | None = optional("Date of its end", alias="Decommissioned Date (if applicable)")
    power_mw: float | None = optional("Reported power, else calculated power", "MW", ge=0, le=20_000, alias="Power Capacity (MW)")
    calculated_power_mw: float | None = optional("Power from chips, overhead and PUE", "MW", ge=0, alias="Calculated Power Capacity (MW)")
    reported_power_mw: float | None = optional("Power that somebody published", "MW", ge=0, alias="Reported Power Capacity (MW)")
    hardware_cost_usd: float | None = optional("Reported cost in 2025 dollars, else calculated cost", "USD", ge=0, alias="Hardware Cost")
    calculated_cost_usd: float | None = optional("Cost of hardware from chips and overhead", "USD", ge=0, alias="Calculated Cost")
    reported_cost_usd: float | None = optional("Cost that somebody published", "USD", ge=0, alias="Reported Cost")
    reported_cost_2025_usd: float | None = optional("The same in 2025 dollars", "USD", ge=0, alias="Reported Cost (Inflation adjusted)")
    builds_upon: str | None = optional("The phase before", alias="Builds Upon")
    superseded_by: str | None = optional("The phase after", alias="Superseded by")
    possible_duplicate: Literal["True"] | None = optional("Set where it may be another row's cluster", alias="Possible Duplicate")
    possible_duplicate_of: str | None = optional("That row", alias="Possible Duplicate Of")
    in_standard_analysis: str | None = optional("Set where Epoch counts it", alias="Include in Standard Analysis")
    exclude: Literal["True"] | None = optional("Set where Epoch does not want it used", alias="Exclude")
    first_source: str | None = optional("Address of a publication on it", alias="Source 1")


class ChipType(Table):
    """An accelerator as Epoch names it."""

    table: ClassVar[str] = "chip_type"
    key: ClassVar[tuple[str, ...]] = ("chip",)
    chip: str = column("Epoch's name")
    board_id: Id | None = optional("The board it is; empty where it is none of ours")


class CountryName(Table):
    """A country as Epoch names it."""

    table: ClassVar[str] = "country"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Epoch's name")
    country: CountryCode = column("Its code")


class SamePlace(Table):
    """A cluster that stands in a data center of the other list."""

    table: ClassVar[str] = "same_place"
    key: ClassVar[tuple[str, ...]] = ("cluster",)
    cluster: str = column("Name of the cluster")
    site_id: Id = column("The data center, a site of epoch_data_centers")


class NoOrganisation(Table):
    """A word among owners and users that is no organisation."""

    table: ClassVar[str] = "no_organisation"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The word")
    why: str = column("What it is instead")
