"""The prices of the installed package, and the same from the file its publisher renews."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.errors import Problem, SourceError, nearest
from sources.expected import check_words
from sources.jsondata import entries, loaded
from sources.model_prices.declarations import ListPrice
from sources.tabular import validated

PACKAGE = "genai-prices"
FILE = "data.json"
URL = "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
"""Where the package itself looks for newer prices."""
WHERE = f"model_prices/{FILE}"

TABLES: dict[str, type[Table]] = {ListPrice.table: ListPrice}

READ = {
    "provider": {"id", "models"},
    "model": {"id", "prices", "deprecated"},
    "step": {"constraint", "prices"},
    "constraint": {"start_date", "start_time", "end_time"},
    "tiers": {"base", "tiers"},
}
IGNORED = {
    "provider": {
        "name", "description", "pricing_urls", "price_comments",  # for readers
        "api_pattern", "provider_match", "model_match", "fallback_model_providers", "extractors",  # how a caller's usage is read
    },
    "model": {
        "name", "description", "price_comments",  # for readers
        "match", "context_window",  # how a caller's name of a model is read
        "price_variants",  # prices for service tiers that a caller has to ask for
    },
}  # fmt: skip
PRICES = {"input_usd_per_mtoken": "input_mtok", "cached_input_usd_per_mtoken": "cache_read_mtok", "output_usd_per_mtoken": "output_mtok"}
"""Column -> key of a price. Any other key is a price by another unit (images, minutes, searches), of which the publisher
leaves the list open; all of them are passed over."""


def release() -> str:
    """Version of the installed package: what the repository ships of this source."""
    return version(PACKAGE)


def load(table: str) -> pd.DataFrame:
    """The raw table from the installed package; `source_file` is the package, `source_line` the place in its list."""
    from genai_prices.data import providers  # a third of a second: paid by those who read prices, not by all who import

    found = ({"id": p.id, "models": [_plain_model(model) for model in p.models]} for p in providers)
    where = f"{PACKAGE} {release()}"
    return validated(_rows(found, where), TABLES[table], where, b"").assign(vintage=release())


def fetch(get: Get) -> None:
    """The publisher's file, half a megabyte."""
    get(FILE, URL, kind="json")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Every step of every model that has a price of input and of output tokens in some step.

    Raises
    ------
    SourceError
        Also where no model has one of the three prices any more: its key was renamed.
    """
    content = payload(files, FILE, WHERE)
    frame = validated(_rows(entries(loaded(content, WHERE), "", WHERE), WHERE), ListPrice, WHERE, content)
    check_words({key for column, key in PRICES.items() if frame[column].notna().any()}, PRICES.values(), WHERE, "prices")
    return {ListPrice.table: frame}


def _rows(providers: Iterable[Any], where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Steps with the number of their model in the list."""
    place = 0
    for provider in providers:
        _check(provider, "provider", where, place + 1)
        for model in entries(provider, "models", where):
            place += 1
            _check(model, "model", where, place)
            steps = list(_steps(model, where, place))
            if any(step["input_usd_per_mtoken"] is not None and step["output_usd_per_mtoken"] is not None for step in steps):
                for number, step in enumerate(steps, start=1):
                    yield place, {"provider": provider.get("id"), "model": model.get("id"), "step": number, **step}


def _steps(model: Mapping[str, Any], where: str, place: int) -> Iterator[dict[str, Any]]:
    prices = model.get("prices")
    steps = prices if isinstance(prices, list) else [{"prices": prices}]
    for step in steps:
        _check(step, "step", where, place)
        limits = step.get("constraint") or {}
        _check(limits, "constraint", where, place)
        given = step.get("prices")
        if not isinstance(given, Mapping):
            raise SourceError([Problem(where, place, "prices", f"expected prices by their names here, found {given!r}")])
        found = {column: _base(given.get(key), key, where, place) for column, key in PRICES.items()}
        yield {
            **{name: limits.get(name) for name in ("start_date", "start_time", "end_time")},
            **{column: base for column, (base, _) in found.items()},
            "is_tiered": len(steps) > 1 or any(tiered for _, tiered in found.values()),
            "is_deprecated": bool(model.get("deprecated")),
        }


def _base(price: Any, key: str, where: str, place: int) -> tuple[Any, bool]:
    """The price of the lowest tier of length, and whether there are further ones."""
    if not isinstance(price, Mapping):
        return price, False
    _check(price, "tiers", where, place)
    if "base" not in price:
        raise SourceError([Problem(where, place, key, "tiers of a price without its base")])
    return price["base"], True


def _check(found: Any, what: str, where: str, place: int) -> None:
    """SourceError unless `found` is an object whose keys are all read or known to be passed over."""
    if not isinstance(found, Mapping):
        raise SourceError([Problem(where, place, what, f"expected an object here, found {type(found).__name__}")])
    expected = READ[what] | IGNORED.get(what, set())
    unknown = [str(key) for key in found if key not in expected]
    if unknown:
        told = f"unknown key of a {what}: read it, or list it as ignored"
        raise SourceError([Problem(where, place, key, f"{told}{nearest(key, sorted(expected))}") for key in unknown])


def _plain_model(model: Any) -> dict[str, Any]:
    """A model of the package in the form of the file."""
    steps = model.prices if isinstance(model.prices, list) else None
    prices = _plain_prices(model.prices) if steps is None else [_plain_step(step) for step in steps]
    return {"id": model.id, "deprecated": model.deprecated, "prices": prices}


def _plain_step(step: Any) -> dict[str, Any]:
    limits = {} if step.constraint is None else {name: limit.isoformat() for name, limit in vars(step.constraint).items()}
    return {"constraint": limits, "prices": _plain_prices(step.prices)}


def _plain_prices(prices: Any) -> dict[str, Any]:
    return {key: _plain(getattr(prices, key)) for key in PRICES.values()}


def _plain(price: Any) -> Any:
    return {"base": price.base, "tiers": price.tiers} if hasattr(price, "tiers") else price
