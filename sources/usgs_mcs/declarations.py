"""The two shapes of the data release, as published, and the files that say what their words mean here."""

from __future__ import annotations

from typing import ClassVar

from sources.columns import Table, column, optional
from sources.records import Id


class Commodity(Table):
    """A row of the long file: one figure of one commodity, country and year."""

    table: ClassVar[str] = "usgs_mcs_commodity"
    chapter: str = column("Chapter, in capitals", alias="MCS chapter")
    section: str = column("Table of the chapter", alias="Section")
    commodity: str | None = optional("Commodity", alias="Commodity")
    country: str | None = optional("Country, 'Other countries' or 'World total'", alias="Country")
    statistic: str | None = optional("What is counted: Production, Reserves, Import ...", alias="Statistics")
    detail: str | None = optional("Stage and form of what is counted; ': rounded' behind a total", alias="Statistics_detail")
    unit: str | None = optional("Unit of the value", alias="Unit")
    year: str | None = optional("Year; also '2025_estimated' and '2021-24'", alias="Year")
    value: str | None = optional("A number with commas, or why there is none", "see unit", alias="Value")
    notes: str | None = optional("'Estimated.' and footnotes of the figure", alias="Notes")
    other_notes: str | None = optional("Footnotes of the table; in a snapshot, where the row was read", alias="Other notes")


class World(Table):
    """A row of the wide file of 2025: one commodity and country, production of two years side by side."""

    table: ClassVar[str] = "usgs_mcs_world"
    source: str | None = optional("Edition: MCS2025", alias="SOURCE")
    commodity: str = column("Commodity, which is also the chapter", alias="COMMODITY")
    country: str = column("Country, 'Other countries' or 'World total (rounded)'", alias="COUNTRY")
    type: str | None = optional("Stage and form of what is counted", alias="TYPE")
    unit: str | None = optional("Unit of production", alias="UNIT_MEAS")
    production_2023: str | None = optional("Production of 2023", "see unit", alias="PROD_2023")
    production_2024: str | None = optional("Production of 2024, estimated", "see unit", alias="PROD_EST_ 2024")
    notes: str | None = optional("Footnotes of production", alias="PROD_NOTES")


YEARS: dict[str, str] = {"production_2023": "2023", "production_2024": "2024"}
"""Columns of the wide file that hold production, and of which year."""


class Word(Table):
    """What a table of the publisher is here. The first line that fits counts; * stands for anything."""

    table: ClassVar[str] = "commodity"
    chapter: str = column("Chapter, as the files write it, in any case")
    commodity: str = column("Commodity within the chapter")
    detail: str = column("What is counted, without the mark of a total")
    item_id: Id | None = optional("The item; empty where the table is of nothing of ours")
    metric: str | None = optional("What the shares are shares of")
    part: float = column(
        "Part of the commodity that is the item; its split over countries may be another", "fraction", gt=0, le=1, default=1.0
    )
    remark: str | None = optional("How the commodity and the item differ")


class CountryWord(Table):
    """The country that a name means."""

    table: ClassVar[str] = "country"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("Name as published")
    country: str | None = optional("ISO code; empty for a name that is no country")
