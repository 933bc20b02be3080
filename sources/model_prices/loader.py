"""The package's prices as a raw table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.model_prices.declarations import ListPrice
from sources.registry import declaration

PACKAGE = "genai-prices"
HERE = Path(__file__).resolve().parent


def tables() -> dict[str, type[Table]]:
    """Raw table name -> the declaration of its rows."""
    return {ListPrice.table: ListPrice}


def load(table: str) -> pd.DataFrame:
    """The validated rows of the raw table; `source_file` is the package, `source_line` the place in its list."""
    record = tables()[table]
    release = version(PACKAGE)
    noon = datetime.fromisoformat(declaration(HERE).retrieved_at).replace(hour=12, tzinfo=UTC)
    rows = [
        {**record.model_validate(row).model_dump(), "source_file": f"{PACKAGE} {release}", "source_line": place}
        for place, row in _prices(noon)
    ]
    frame = pd.DataFrame(rows, columns=[*record.model_fields, "source_file", "source_line"])
    frame["vintage"] = release
    return frame


def _prices(at: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """Models that have a price of input and of output tokens, with their number in the package's list."""
    from genai_prices.data import providers  # a third of a second: paid by those who read prices, not by all who import

    offers = ((provider, model) for provider in providers for model in provider.models)
    for place, (provider, model) in enumerate(offers, start=1):
        price = model.get_prices(at)
        prices = (price.input_mtok, price.cache_read_mtok, price.output_mtok)
        fresh, cached, output = (_base(p) for p in prices)
        if fresh is None or output is None:  # free, or sold by the image, minute or request
            continue
        row = {
            "provider": provider.id,
            "model": model.id,
            "input_usd_per_mtoken": fresh,
            "cached_input_usd_per_mtoken": cached,
            "output_usd_per_mtoken": output,
            "is_tiered": isinstance(model.prices, list) or any(_has_tiers(p) for p in prices),
            "is_deprecated": bool(model.deprecated),
        }
        yield place, row


def _has_tiers(price: Any) -> bool:
    return hasattr(price, "tiers")


def _base(price: Any) -> float | None:
    """The price of the lowest tier."""
    price = price.base if _has_tiers(price) else price
    return None if price is None else float(price)
