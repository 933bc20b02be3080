"""A flow as UN Comtrade gives it, the areas it knows, and which item a customs code stands for."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints, model_validator

from sources.columns import Table, column, optional
from sources.records import CountryCode, Id, check_range


def code_text(value: Any) -> Any:
    """A code as text, whether it was written as a number (842) or as text ('842')."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def check_total(value: str) -> str:
    """'0' or 'C00', the codes of a total; ValueError for a part, which would be counted beside its total."""
    if value not in ("0", "C00"):
        raise ValueError("expected a total ('0' or 'C00'), since parts would be counted twice")
    return value


Area = Annotated[str, BeforeValidator(code_text), StringConstraints(pattern=r"^\d{1,3}$")]
Total = Annotated[str, BeforeValidator(code_text), AfterValidator(check_total)]
HsCode = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]


class Flow(Table):
    """A year's imports of a customs code from one partner."""

    table: ClassVar[str] = "comtrade_flow"
    key: ClassVar[tuple[str, ...]] = ("reporter", "partner", "hs_code", "year")
    frequency: Literal["A"] = column("A: a year", alias="freqCode")
    year: int = column("Year of the imports", "year", ge=1990, le=2035, alias="refYear")
    reporter: Area = column("Area that imports and reports", alias="reporterCode")
    flow: Literal["M"] = column("M: imports", alias="flowCode")
    partner: Area = column("Area the goods come from; 0 is the world", alias="partnerCode")
    second_partner: Total = column("Area they were sent from; 0 is all of them", alias="partner2Code")
    classification: str = column("Edition of the nomenclature the reporter used: H6 is that of 2022", alias="classificationCode")
    hs_code: HsCode = column("Code of the Harmonized System", alias="cmdCode")
    procedure: Total = column("Customs procedure; C00 is all of them", alias="customsCode")
    transport: Total = column("Means of transport; 0 is all of them", alias="motCode")
    net_weight_kg: float | None = optional("Net weight", "kg", ge=0, alias="netWgt")
    value_usd: float = column("Value at the border of the reporter", "USD", ge=0, alias="primaryValue")
    is_reported: bool | None = optional("Whether the reporter gave this row as it is", alias="isReported")
    is_aggregate: bool | None = optional("Whether it was summed up from finer codes", alias="isAggregate")


class KnownArea(Table):
    """An area of UN Comtrade; sums, groups and places that are no country of ours have no country."""

    table: ClassVar[str] = "area"
    key: ClassVar[tuple[str, ...]] = ("area",)
    area: str = column("Code of the area")
    country: CountryCode | None = optional("The country it is here")
    note: str = column("What it is")


class CodeShare(Table):
    """Part of a customs code's value that is an item."""

    table: ClassVar[str] = "hs_code"
    key: ClassVar[tuple[str, ...]] = ("hs_code", "item_id")
    hs_code: HsCode = column("Code of the Harmonized System of 2022")
    item_id: Id = column("The item")
    low: float = column("Part of the code's value in world trade, lower bound", "fraction", ge=0, le=1)
    central: float = column("Part of the code's value in world trade", "fraction", ge=0, le=1)
    high: float = column("Part of the code's value in world trade, upper bound", "fraction", ge=0, le=1)
    note: str | None = optional("What else is in the code")

    @model_validator(mode="after")
    def _ordered(self) -> CodeShare:
        check_range(self.low, self.central, self.high)
        return self
