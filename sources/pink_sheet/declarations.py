"""The sheet "Monthly Prices": the series that price an item of ours, each under its published name."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator

from sources.columns import Table, column, optional
from sources.records import Id

MONTH = re.compile(r"^(\d{4})M(0[1-9]|1[0-2])$")
MISSING = ("", "…", "...", "..")
"""How the sheet writes that a month has no price."""


def check_month(text: str) -> str:
    """The month itself; ValueError unless it is written as 2026M04."""
    if not MONTH.match(text):
        raise ValueError("expected a month such as '2026M04'")
    return text


def price_or_nothing(value: Any) -> Any:
    """None for a missing price; anything else is for the column's own type to judge."""
    return None if isinstance(value, str) and value.strip() in MISSING else value


Month = Annotated[str, AfterValidator(check_month)]
Price = Annotated[float | None, BeforeValidator(price_or_nothing)]


class MonthlyPrices(Table):
    """The average prices of one month."""

    table: ClassVar[str] = "pink_sheet_month"
    key: ClassVar[tuple[str, ...]] = ("month",)
    month: Month = column("Month, as 2026M04", alias="Month")
    natural_gas_us: Price = optional("Natural gas, spot at Henry Hub", "USD/mmbtu", gt=0, alias="Natural gas, US")
    copper: Price = optional("Copper grade A, London Metal Exchange, cash", "USD/t", gt=0, alias="Copper")
    tin: Price = optional("Tin, London Metal Exchange, cash", "USD/t", gt=0, alias="Tin")
    zinc: Price = optional("Zinc special high grade, London Metal Exchange, cash", "USD/t", gt=0, alias="Zinc")
    platinum: Price = optional("Platinum, 99.9%, London afternoon fixing", "USD/toz", gt=0, alias="Platinum")


UNITS: dict[str, str] = {
    "Natural gas, US": "($/mmbtu)",
    "Copper": "($/mt)",
    "Tin": "($/mt)",
    "Zinc": "($/mt)",
    "Platinum": "($/troy oz)",
}
"""What the second row of the header must say: another unit would pass for a price otherwise."""


class Series(Table):
    """The item that a series prices."""

    table: ClassVar[str] = "series"
    key: ClassVar[tuple[str, ...]] = ("series", "item_id")
    series: str = column("Published name of the series")
    item_id: Id = column("The item")
    remark: str | None = optional("How the two differ")
