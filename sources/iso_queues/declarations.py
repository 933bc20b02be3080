"""The queues' rows as their operators head them, and the words they use."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from sources.columns import Table, column, optional
from sources.dates import AmericanDate, ExcelDate, IsoDay

IN_SERVICE = "In Service"
"""MISO's word, after the agreement, for a plant that operates; also the name of NYISO's sheet of such plants."""
DATA_CENTRES = ("DAT", "DAT-AI", "DAT-CM")
"""NYISO's codes for loads that are data centres."""
MOST_MW = 20_000
"""No request is larger; one that is holds a figure in kW."""


def megawatts(value: Any) -> Any:
    """A cell of MW: numbers, texts with commas in them ('1,003'), and the ways to say that nobody knows yet."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return None if text.upper() in ("", "N/A", "NA", "TBD", "-") else text.replace(",", "")


def code(value: Any) -> Any:
    """A short code that Excel may have taken for a number: 11.0 -> '11'; the cluster sheet's 'C' behind it says nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if value is not None else ""
    return re.sub(r"(?<=\d)C$", "", text) or None


def capitals(value: Any) -> Any:
    """SPP writes its words in changing case."""
    return value.upper() if isinstance(value, str) else value


def queue_number(value: Any) -> Any:
    """A queue number; Excel takes those without a letter for numbers."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.strip() if isinstance(value, str) else value


Megawatts = Annotated[float | None, BeforeValidator(megawatts)]
Code = Annotated[str | None, BeforeValidator(code)]
Capitals = Annotated[str | None, BeforeValidator(capitals)]
QueueNumber = Annotated[str, BeforeValidator(queue_number)]


class Miso(Table):
    """A request in MISO's queue."""

    table: ClassVar[str] = "iso_queues_miso"
    project_number: str = column("Queue number", alias="projectNumber")
    application_status: str | None = optional("Where the request stands", alias="applicationStatus")
    study_phase: str | None = optional("Phase of the studies", alias="studyPhase")
    post_gia_status: str | None = optional("What became of it after the agreement; 'In Service' is operation", alias="postGIAStatus")
    queue_date: IsoDay = optional("Day of the request", alias="queueDate")
    withdrawn_date: IsoDay = optional("Day of the withdrawal", alias="withdrawnDate")
    in_service: IsoDay = optional("Planned day of operation; a plan also where it is past", alias="inService")
    summer_mw: Megawatts = optional("Net capacity in summer", "MW", ge=-MOST_MW, le=MOST_MW, alias="summerNetMW")
    winter_mw: Megawatts = optional("Net capacity in winter", "MW", ge=-MOST_MW, le=MOST_MW, alias="winterNetMW")
    fuel: str | None = optional("Fuel", alias="fuelType")
    facility: str | None = optional("Kind of plant", alias="facilityType")
    county: str | None = optional("County or counties", alias="county")
    state: str | None = optional("State", alias="state")
    poi: str | None = optional("Point of interconnection", alias="poiName")
    transmission_owner: str | None = optional("Owner of the line, not the developer", alias="transmissionOwner")


class Spp(Table):
    """A request in SPP's queue."""

    table: ClassVar[str] = "iso_queues_spp"
    number: str = column("Queue number", alias="Generation Interconnection Number")
    status: Capitals = optional("Agreement and what became of it, in one word", alias="Status")
    received: AmericanDate = optional("Day of the request", alias="Request Received")
    withdrawn_date: AmericanDate = optional("Day of the withdrawal", alias="Date Withdrawn")
    commercial_operation: AmericanDate = optional(
        "Day of operation where the status says COMMERCIAL OPERATION, else a plan", alias="Commercial Operation Date"
    )
    capacity_mw: Megawatts = optional("Capacity of the plant", "MW", ge=-MOST_MW, le=MOST_MW, alias="Capacity")
    summer_mw: Megawatts = optional("Capacity in summer", "MW", ge=-MOST_MW, le=MOST_MW, alias="MAX Summer MW")
    winter_mw: Megawatts = optional("Capacity in winter", "MW", ge=-MOST_MW, le=MOST_MW, alias="MAX Winter MW")
    generation: Capitals = optional("Kind of generation", alias="Generation Type")
    fuel: Capitals = optional("Fuel or machine; often empty", alias="Fuel Type")
    state: str | None = optional("State", alias="State")
    poi: str | None = optional("Substation or line", alias="Substation or Line")


class Nyiso(Table):
    """A numbered request on one of NYISO's sheets of generation."""

    table: ClassVar[str] = "iso_queues_nyiso"
    sheet: str = column("Sheet it stands on, which says where the request stands", alias="Sheet")
    queue_pos: QueueNumber = column("Queue number", alias="Queue Pos.")
    project: str | None = optional("Name of the project", alias="Project Name")
    requested: ExcelDate = optional("Day of the request", alias="Date of IR")
    summer_mw: Megawatts = optional("Capacity in summer", "MW", ge=-MOST_MW, le=MOST_MW, alias="SP (MW)")
    winter_mw: Megawatts = optional("Capacity in winter", "MW", ge=-MOST_MW, le=MOST_MW, alias="WP (MW)")
    type_fuel: Code = optional("Code of plant and fuel", alias="Type/ Fuel")
    status: Code = optional("Number of the status; its key stands below the sheet", alias="S")
    county: str | None = optional("County", alias="County")
    state: str | None = optional("State", alias="State")


class NyisoLoad(Table):
    """A request to connect a load to NYISO's grid."""

    table: ClassVar[str] = "iso_queues_nyiso_load"
    queue_number: QueueNumber = column("Queue number", alias="Queue Number")
    project: str | None = optional("Name of the project", alias="Project: Project Name")
    requested: ExcelDate = optional("Day of the request", alias="IR Submission Date")
    peak_mw: Megawatts = optional("Peak of the load", "MW", ge=0, le=MOST_MW, alias="Peak MW load")
    end_use: Code = optional("Use: DAT, DAT-AI and DAT-CM are data centres", alias="End-Use")
    status: Code = optional("Number of the status", alias="Project Status #")
    county: str | None = optional("County", alias="County")
    zone: str | None = optional("NYISO's zone", alias="NYISO Zone")


Group = Literal["solar", "wind", "storage", "natural_gas", "hybrid", "other", "by_fuel"]


class Technology(Table):
    """What a word for a plant means; empty: it is no generation (a line, a load)."""

    table: ClassVar[str] = "technology"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The operator's word")
    group: Group | None = optional("Group of capacity; by_fuel: the fuel says it")


class StatusWord(Table):
    """What a word for a status means; empty: neither waiting, nor withdrawn, nor operating."""

    table: ClassVar[str] = "status"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The operator's word")
    state: Literal["active", "withdrawn", "operational"] | None = optional("Where the request stands")
