"""LiteLLM's price list: prices per token, tiers of length, and what is no price."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sources.errors import SourceError
from sources.frames import rows_of
from sources.litellm import connector
from sources.litellm.declarations import ListPrice, ReferenceModel
from sources.litellm.records import HERE, model_price
from sources.model_prices.declarations import ReferenceModel as OtherReference
from sources.registry import folders
from sources.tabular import empty, read_csv

SYNTHETIC = Path(__file__).resolve().parents[1] / "payloads" / "litellm" / "synthetic_model_prices.json"


def changed(old: str, new: str) -> dict[str, bytes]:
    text = SYNTHETIC.read_text(encoding="utf-8")
    assert old in text
    return {connector.FILE: text.replace(old, new, 1).encode()}


@pytest.fixture(scope="module")
def listed() -> pd.DataFrame:
    return connector.parse({connector.FILE: SYNTHETIC.read_bytes()})[ListPrice.table].set_index("model", drop=False)


@pytest.fixture(scope="module")
def prices(listed: pd.DataFrame) -> pd.DataFrame:
    return model_price(listed, "2026-01-31").set_index("model")


def test_language_models_sold_by_the_token_are_read(listed: pd.DataFrame) -> None:
    assert set(listed["model"]) == {"example/chat", "example/long", "example/tiers-only", "example/ended", "groq/openai/gpt-oss-120b"}


def test_prices_are_made_per_million_tokens(prices: pd.DataFrame) -> None:
    chat = prices.loc["example/chat"]
    columns = ["input_usd_per_mtoken", "cached_input_usd_per_mtoken", "output_usd_per_mtoken"]
    assert chat[columns].tolist() == [2.5, 1.25, 10]
    assert prices.loc["groq/openai/gpt-oss-120b", "input_usd_per_mtoken"] == 0.15
    assert (chat["source_id"], chat["as_of"], chat["grade"], chat["is_tiered"]) == ("litellm", "2026-01-31", "secondary", False)


def test_long_requests_cost_more_and_the_base_tier_is_given(prices: pd.DataFrame) -> None:
    assert prices.loc["example/long", ["input_usd_per_mtoken", "is_tiered"]].tolist() == [1.25, True]
    assert prices.loc["example/tiers-only", ["input_usd_per_mtoken", "output_usd_per_mtoken", "is_tiered"]].tolist() == [0.05, 0.4, True]


def test_an_offer_ends_on_its_day(listed: pd.DataFrame) -> None:
    assert "example/ended" in set(model_price(listed, "2026-01-30")["model"])
    assert "example/ended" not in set(model_price(listed, "2026-01-31")["model"])


def test_reference_models_are_found_by_provider_and_name(prices: pd.DataFrame) -> None:
    assert prices["model_id"].dropna().to_dict() == {"groq/openai/gpt-oss-120b": "gpt_oss_120b"}
    names = read_csv(HERE / "model.csv", ReferenceModel)
    assert not names["model"].str.contains("istill|nemotron|ermes|us-gov").any()
    others = read_csv(HERE.parent / "model_prices" / "model.csv", OtherReference)
    assert set(names["model_id"]) == set(others["model_id"])


def test_a_source_without_a_vintage_has_no_prices() -> None:
    assert model_price(empty(ListPrice), "2026-01-31").empty


def test_the_snapshot_is_cut_to_the_offers_of_reference_models(listed: pd.DataFrame) -> None:
    assert set(connector.cut({ListPrice.table: listed.reset_index(drop=True)})[ListPrice.table]["model"]) == {"groq/openai/gpt-oss-120b"}
    (source,) = [source for source in folders() if source.id == "litellm"]
    shipped = source.load(ListPrice.table)
    assert rows_of(connector.cut({ListPrice.table: shipped})[ListPrice.table]) == rows_of(shipped)


def test_the_snapshot_has_a_price_of_every_offer_that_had_not_ended() -> None:
    (source,) = [source for source in folders() if source.id == "litellm"]
    shipped = source.load(ListPrice.table)
    ended = shipped["deprecation_date"].notna() & (shipped["deprecation_date"].fillna("") <= source.declaration.retrieved_at)
    found = model_price(shipped, source.declaration.retrieved_at)
    assert (len(shipped), len(found)) == (158, 158 - ended.sum())
    assert found["model_id"].notna().all()
    groq = found.set_index("model").loc["groq/openai/gpt-oss-120b"]
    assert (groq["input_usd_per_mtoken"], groq["output_usd_per_mtoken"]) == (0.15, 0.6)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("per_token_batches", "per_token_weekends", r"window\.json:2: column 'input_cost_per_token_weekends': unknown form of a price"),
        (
            "_above_200k_tokens_priority",
            "_above_200k_tokens_priorities",
            r"window\.json:3: column 'input_cost_per_token_above_200k_tokens_pri",
        ),
        ('"input_cost_per_token": 2.5e-06', '"input_cost_per_token": 2.5', r"window\.json:2: column 'input_cost_per_token': .*0\.01"),
        ('"litellm_provider": "example",\n  "max_input', '"max_input', r"window\.json:2: column 'litellm_provider': a value is required"),
        ('"range": [\n     0,', '"range": [\n     1,', r"window\.json:4: column 'tiered_pricing'"),
        ("2026-01-31", "end of January", r"window\.json:5: column 'deprecation_date'"),
        ("{", "[", r"not well-formed JSON"),
    ],
)
def test_a_changed_list_is_refused_at_its_place(old: str, new: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        connector.parse(changed(old, new))


def test_a_list_instead_of_an_object_is_refused() -> None:
    with pytest.raises(SourceError, match="expected an object of models here, found list"):
        connector.parse({connector.FILE: b"[]"})
