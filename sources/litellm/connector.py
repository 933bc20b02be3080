"""Fetch and parse LiteLLM's list of model prices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sources.columns import Table
from sources.connector import Files, Get, payload
from sources.errors import Problem, SourceError
from sources.expected import check_words
from sources.jsondata import loaded
from sources.litellm.declarations import HERE, ListPrice, ReferenceModel
from sources.tabular import read_csv, validated

FILE = "model_prices_and_context_window.json"
URL = f"https://raw.githubusercontent.com/BerriAI/litellm/main/{FILE}"
WHERE = f"litellm/{FILE}"

TABLES: dict[str, type[Table]] = {ListPrice.table: ListPrice}

PRICES = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")
READ = {*PRICES, "litellm_provider", "mode", "deprecation_date", "tiered_pricing", "off_peak_pricing"}
SERVICE_TIERS = ("batches", "priority", "flex", "balanced", "ultrafast", "decisions", "cache_hit")
"""Ways to call a model that have prices of their own: not what a plain call costs."""
IGNORED = re.compile(
    rf"(?!(?:{'|'.join(PRICES)}))"  # every key that is no form of the three prices: abilities, limits, prices by other units
    rf"|(?:{'|'.join(PRICES)})(?:_above_\d+k_tokens)?_(?:{'|'.join(SERVICE_TIERS)})$"
)
"""Keys that are passed over. There are three hundred, and new ones come every few weeks: abilities of a model and prices by
image or second are passed over by kind, but a form of the three token prices that is not known is an error, since what a
call costs may depend on it."""
LENGTH_TIER = re.compile(rf"(?:{'|'.join(PRICES)})_above_\d+k_tokens$")

LANGUAGE = ("chat", "completion", "responses")
EXAMPLE = "sample_spec"


def fetch(get: Get) -> None:
    """The list, some megabytes."""
    get(FILE, URL, kind="json")


def parse(files: Files) -> dict[str, pd.DataFrame]:
    """Language models with a price of input and of output tokens; the line is the entry's place in the file.

    Left out are the example, aliases of other entries, models for images, speech, search and vectors, and those whose price is
    zero on both sides. The keys of every entry are checked, and that each mode and each price that is read is still there.
    """
    content = payload(files, FILE, WHERE)
    listed = loaded(content, WHERE)
    if not isinstance(listed, dict):
        raise SourceError([Problem(WHERE, 1, "-", f"expected an object of models here, found {type(listed).__name__}")])
    frame = validated(_rows(listed), ListPrice, WHERE, content)
    check_words({str(entry.get("mode")) for entry in listed.values()}, LANGUAGE, WHERE, "mode")
    check_words({key for entry in listed.values() for key in entry}, PRICES, WHERE, "-")
    return {ListPrice.table: frame}


def cut(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a snapshot holds: the offers of reference models, one in twenty of the list."""
    prices = tables[ListPrice.table]
    reference = read_csv(HERE / "model.csv", ReferenceModel)
    key = list(ReferenceModel.key)
    ours = pd.MultiIndex.from_frame(prices[key]).isin(pd.MultiIndex.from_frame(reference[key]))
    return {ListPrice.table: prices[ours].sort_values(key, ignore_index=True)}


def _rows(listed: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for place, (name, entry) in enumerate(listed.items(), start=1):
        if not isinstance(entry, Mapping):
            raise SourceError([Problem(WHERE, place, name, f"expected an object here, found {type(entry).__name__}")])
        unknown = [key for key in entry if key not in READ and not LENGTH_TIER.match(key) and not IGNORED.match(key)]
        if unknown:
            what = "unknown form of a price by the token: read it, or declare its service tier"
            raise SourceError([Problem(WHERE, place, key, f"{what} (model {name!r})") for key in unknown])
        if name == EXAMPLE or entry.get("mode") not in LANGUAGE or "alias_of" in entry:
            continue
        base = {key: entry.get(key) for key in PRICES} | _lowest_tier(entry, name, place)
        if base["input_cost_per_token"] is None or base["output_cost_per_token"] is None:
            continue
        if base["input_cost_per_token"] == 0 and base["output_cost_per_token"] == 0:
            continue
        is_tiered = "tiered_pricing" in entry or "off_peak_pricing" in entry or any(LENGTH_TIER.match(key) for key in entry)
        yield (
            place,
            {
                "litellm_provider": entry.get("litellm_provider"),
                "model": name,
                "mode": entry["mode"],
                **base,
                "is_tiered": is_tiered,
                "deprecation_date": entry.get("deprecation_date"),
            },
        )


def _lowest_tier(entry: Mapping[str, Any], name: str, place: int) -> dict[str, Any]:
    """The prices of the tier that begins at zero, where a model has its prices as tiers only."""
    tiers = entry.get("tiered_pricing")
    if tiers is None or "input_cost_per_token" in entry:
        return {}
    problem = Problem(WHERE, place, "tiered_pricing", f"expected tiers with a range, one of them from 0 on (model {name!r})")
    try:
        first = next(tier for tier in tiers if tier["range"][0] == 0)
        return {key: first[key] for key in PRICES if key in first}
    except (StopIteration, TypeError, KeyError, IndexError) as error:
        raise SourceError([problem]) from error
