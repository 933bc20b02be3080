"""A price as the package has it, and the mapping file beside it."""

from __future__ import annotations

from typing import ClassVar

from sources.columns import Table, column, optional
from sources.records import Id


class ListPrice(Table):
    """A model's price at a provider, at the base tier."""

    table: ClassVar[str] = "model_prices_list"
    key: ClassVar[tuple[str, ...]] = ("provider", "model")
    provider: str = column("Id of the provider in the package")
    model: str = column("Id of the model in the package")
    input_usd_per_mtoken: float = column("Input tokens", "USD/Mtoken", ge=0)
    cached_input_usd_per_mtoken: float | None = optional("Input tokens read from the provider's cache", "USD/Mtoken", ge=0)
    output_usd_per_mtoken: float = column("Output tokens", "USD/Mtoken", ge=0)
    is_tiered: bool = column("True where the price depends on length, date or hour")
    is_deprecated: bool = column("True where the package says that the offer has ended")


class ReferenceModel(Table):
    """An offer of the package that is one of our reference models."""

    table: ClassVar[str] = "model"
    key: ClassVar[tuple[str, ...]] = ("provider", "model")
    provider: str = column("Id of the provider in the package")
    model: str = column("Id of the model in the package")
    model_id: Id = column("The reference model it is")
