"""A price as the list has it, and the mapping file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from sources.columns import Table, column, optional
from sources.records import Id

HERE = Path(__file__).resolve().parent


class ListPrice(Table):
    """A language model's price at a provider, at the base tier of length."""

    table: ClassVar[str] = "litellm_list"
    key: ClassVar[tuple[str, ...]] = ("provider", "model")
    provider: str = column("Id of the provider", alias="litellm_provider")
    model: str = column("Name of the model, mostly with its provider before it", alias="model")
    mode: str = column("What the model is called for: chat, completion, responses", alias="mode")
    input_usd_per_token: float = column("Input tokens", "USD/token", ge=0, le=0.01, alias="input_cost_per_token")
    cached_input_usd_per_token: float | None = optional(
        "Input tokens read from the provider's cache", "USD/token", ge=0, le=0.01, alias="cache_read_input_token_cost"
    )
    output_usd_per_token: float = column("Output tokens", "USD/token", ge=0, le=0.01, alias="output_cost_per_token")
    is_tiered: bool = column("True where there are other prices for long requests or other hours", alias="is_tiered")
    deprecation_date: str | None = optional("Day on which the offer ends", pattern=r"^\d{4}-\d\d-\d\d$", alias="deprecation_date")


class ReferenceModel(Table):
    """An offer that is one of our reference models."""

    table: ClassVar[str] = "model"
    key: ClassVar[tuple[str, ...]] = ("provider", "model")
    provider: str = column("Id of the provider in the list")
    model: str = column("Name of the model in the list")
    model_id: Id = column("The reference model it is")
