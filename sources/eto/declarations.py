"""The five tables as published, and the mapping files beside them."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, StringConstraints

from sources.columns import Table, column, optional
from sources.records import CountryCode, Id

_PERCENT = re.compile(r"^(\d{1,3}(?:\.\d+)?)%$")


def fraction_of_percent(value: Any) -> Any:
    """'61%' -> 0.61; ValueError where it is no percentage."""
    if not isinstance(value, str):
        return value
    match = _PERCENT.match(value)
    if match is None:
        raise ValueError("expected a percentage such as '61%'")
    return float(match[1]) / 100


Percent = Annotated[float, BeforeValidator(fraction_of_percent)]
InputId = Annotated[str, StringConstraints(pattern=r"^[NS]\d+$")]
ProviderId = Annotated[str, StringConstraints(pattern=r"^P\d+$")]


class Input(Table):
    """A tool, material, process or product of the chain."""

    table: ClassVar[str] = "eto_input"
    key: ClassVar[tuple[str, ...]] = ("input_id",)
    input_id: InputId = column("Its id", alias="input_id")
    name: str = column("Its name", alias="input_name")
    type: Literal["tool_resource", "material_resource", "process", "ultimate_output"] = column("What sort of thing it is", alias="type")
    stage_id: InputId | None = optional("The stage, of a process; empty for tools and materials", alias="stage_id")
    market_size: str | None = optional("Size of its market, with the year, in words", alias="market_share_chart_global_market_size_info")
    caption: str | None = optional("What its shares are shares of, where that is said", alias="market_share_chart_caption")
    share_source: str | None = optional("Where its shares were read", alias="market_share_chart_source")


class Provider(Table):
    """A firm or a country that provides inputs."""

    table: ClassVar[str] = "eto_provider"
    key: ClassVar[tuple[str, ...]] = ("provider_id",)
    provider_id: ProviderId = column("Its id", alias="provider_id")
    name: str = column("Name of the firm, code of the country", alias="provider_name")
    type: Literal["organization", "country"] = column("Firm or country", alias="provider_type")
    country: str | None = optional("Home of a firm", alias="country")


class Provision(Table):
    """A provider provides an input, or works in a stage."""

    table: ClassVar[str] = "eto_provision"
    provider_id: ProviderId = column("The provider", alias="provider_id")
    provided_id: InputId = column("The input or stage", alias="provided_id")
    share: Percent | None = optional("Its share of the market, rounded to whole percents", "fraction", ge=0, le=1, alias="share_provided")
    negligible: Literal["negligible"] | None = optional("Set where its share is next to nothing", alias="negligible_market_share")


class Sequence(Table):
    """An input goes into another, or is a kind of another."""

    table: ClassVar[str] = "eto_sequence"
    input_id: InputId = column("The input", alias="input_id")
    goes_into_id: InputId | None = optional("What it goes into", alias="goes_into_id")
    is_type_of_id: InputId | None = optional("What it is a kind of", alias="is_type_of_id")


class Stage(Table):
    """A stage of production."""

    table: ClassVar[str] = "eto_stage"
    key: ClassVar[tuple[str, ...]] = ("stage_id",)
    stage_id: InputId = column("Its id", alias="stage_id")
    name: str = column("Its name", alias="stage_name")
    market_size: str | None = optional("Size of its market, with the year, in words", alias="market_share_chart_global_market_size_info")
    caption: str | None = optional("What its shares are shares of", alias="market_share_chart_caption")
    share_source: str | None = optional("Where its shares were read", alias="market_share_chart_source")


class InputItem(Table):
    """An input or stage, and which of our items it is."""

    table: ClassVar[str] = "input"
    key: ClassVar[tuple[str, ...]] = ("input_id",)
    input_id: InputId = column("Id of the input or stage")
    item_id: Id | None = optional("The item it is; empty where it is none of ours, or not quite one")
    note: str | None = optional("How the two differ")


class CountryName(Table):
    """A country as the source writes it."""

    table: ClassVar[str] = "country"
    key: ClassVar[tuple[str, ...]] = ("name",)
    name: str = column("The source's code")
    country: CountryCode | None = optional("Its ISO code; empty where it is no country")
