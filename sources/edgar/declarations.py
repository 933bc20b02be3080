"""A fact as company facts give it, and what a concept means here."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from sources.columns import Table, column, optional

Meaning = Literal["inventory", "revenue", "cost_of_revenue", "gross_profit", "purchase_commitments"]


def check_day(value: str) -> str:
    """A day of 1900 to 2199 as YYYY-MM-DD; ValueError for anything else, a day that no calendar has among it."""
    if not re.fullmatch(r"(19|20|21)\d{2}-\d{2}-\d{2}", value):
        raise ValueError("expected a date such as 2026-01-25")
    date.fromisoformat(value)
    return value


def check_number(value: Any) -> Any:
    """The value, unless it is true or false, which Python would take for one and zero."""
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


Day = Annotated[str, AfterValidator(check_day)]
Amount = Annotated[float, BeforeValidator(check_number)]
Year = Annotated[int, BeforeValidator(check_number)]
Cik = Annotated[str, StringConstraints(pattern=r"^\d{10}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Accession = Annotated[str, StringConstraints(pattern=r"^\d{10}-\d{2}-\d{6}$")]


class Fact(Table):
    """A figure of one filing: the same period may be there again, in a later filing, with another value."""

    table: ClassVar[str] = "edgar_fact"
    cik: Cik = column("Central Index Key of the company, ten digits")
    taxonomy: Literal["us-gaap", "ifrs-full"] = column("Dictionary of accounting that the concept belongs to")
    concept: str = column("Name of the line in that dictionary")
    unit: Currency = column("Currency of the value, ISO 4217")
    start: Day | None = optional("First day of the period; empty where the figure is of a day")
    end: Day = column("Last day of the period, or the day")
    value: Amount = column("Amount in the currency of the row", "see unit", alias="val")
    fiscal_year: Year | None = optional("Fiscal year of the filing, not of the figure", "year", alias="fy")
    fiscal_period: str | None = optional("Fiscal period of the filing, not of the figure: FY, Q1, Q2, Q3", alias="fp")
    form: str = column("Form it was filed on: 10-K, 10-Q, 20-F ...")
    filed: Day = column("Day of filing")
    accession: Accession = column("Accession number of the filing", alias="accn")


class Concept(Table):
    """What a concept of a taxonomy means here; an empty meaning is known and not used."""

    table: ClassVar[str] = "concept"
    key: ClassVar[tuple[str, ...]] = ("taxonomy", "concept")
    taxonomy: Literal["us-gaap", "ifrs-full"] = column("Dictionary of accounting")
    concept: str = column("Name of the line in it")
    meaning: Meaning | None = optional("What it is here")
    rank: int | None = optional("Which of several is taken where a company gives both: the lower", "count", ge=1)
    note: str | None = optional("Why it is taken or left")
