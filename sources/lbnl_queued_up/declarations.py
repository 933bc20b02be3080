"""The rows of the data file under the headings of the 2026 edition, and the words it uses."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from sources.columns import Table, column, optional
from sources.dates import day_of, excel_date

MOST_MW = 20_000
"""No request is larger; one that is holds a figure in kW."""


def available(value: Any) -> Any:
    """A cell, None where it says that there is nothing."""
    return None if isinstance(value, str) and value.strip().upper() in ("", "NA", "N/A") else value


def text(value: Any) -> Any:
    """A text; ids that Excel took for numbers or dates are texts again."""
    value = available(day_of(value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, (int, float, str)) and not isinstance(value, bool) else value


def day(value: Any) -> str | None:
    """A date of either kind of edition."""
    return excel_date(available(value))


Text = Annotated[str | None, BeforeValidator(text)]
Day = Annotated[str | None, BeforeValidator(day)]
Megawatts = Annotated[float | None, BeforeValidator(available)]


class Request(Table):
    """A request for interconnection. Queue number and entity together name it."""

    table: ClassVar[str] = "lbnl_queued_up_request"
    q_id: Text = optional("Queue number; 'not assigned' stands there too", alias="q_id")
    q_status: Annotated[str, BeforeValidator(text)] = column("active, withdrawn, suspended, operational or unknown", alias="q_status")
    q_date: Day = optional("Day of the request", alias="q_date")
    prop_date: Day = optional("Planned day of operation", alias="prop_date")
    on_date: Day = optional("Day of operation", alias="on_date")
    wd_date: Day = optional("Day of the withdrawal", alias="wd_date")
    ia_date: Day = optional("Day of the signed agreement", alias="ia_date")
    ia_phase: Text = optional("Phase of the studies, standardised", alias="IA_phase_clean")
    county: Text = optional("County or counties", alias="county")
    state: Text = optional("State", alias="state")
    poi_name: Text = optional("Point of interconnection", alias="poi_name")
    region: Annotated[str, BeforeValidator(text)] = column("ISO, or West or Southeast outside them", alias="region")
    project_name: Text = optional("Name of the project", alias="project_name")
    entity: Text = optional("Transmission provider", alias="entity")
    developer: Text = optional("Developer", alias="developer")
    service: Text = optional("Kind of service", alias="service")
    project_type: Text = optional("Generation, Surplus, Upgrade or Replacement", alias="project_type")
    type_1: Text = optional("First technology", alias="type_1")
    type_2: Text = optional("Second technology", alias="type_2")
    type_3: Text = optional("Third technology", alias="type_3")
    mw_1: Megawatts = optional("Capacity of the first", "MW", ge=-MOST_MW, le=MOST_MW, alias="mw_1")
    mw_2: Megawatts = optional("Capacity of the second; empty is unknown", "MW", ge=-MOST_MW, le=MOST_MW, alias="mw_2")
    mw_3: Megawatts = optional("Capacity of the third; empty is unknown", "MW", ge=-MOST_MW, le=MOST_MW, alias="mw_3")


class Edition(Table):
    """What the file covers, from its first sheet."""

    table: ClassVar[str] = "lbnl_queued_up_edition"
    through: int = column("Last year whose requests are in it", "year", ge=2010, le=2100)


class Technology(Table):
    """What the publisher's word for a technology means."""

    table: ClassVar[str] = "technology"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The publisher's word")
    group: Literal["solar", "wind", "storage", "natural_gas", "hybrid", "other"] | None = optional("Group of capacity")


class StatusWord(Table):
    """What the publisher's word for a status means; empty: neither waiting, nor withdrawn, nor operating."""

    table: ClassVar[str] = "status"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The publisher's word")
    state: Literal["active", "withdrawn", "operational"] | None = optional("Where the request stands")


class RegionWord(Table):
    """The region that the publisher's word means, as the other queue statistics name it."""

    table: ClassVar[str] = "region"
    key: ClassVar[tuple[str, ...]] = ("word",)
    word: str = column("The publisher's word")
    region: str | None = optional("Region")
