"""List prices of model APIs."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd
import pytest

from sources.model_prices import loader
from sources.model_prices.declarations import ReferenceModel
from sources.model_prices.records import HERE, model_price
from sources.tabular import read_csv


@pytest.fixture(scope="module")
def listed() -> pd.DataFrame:
    return loader.load("model_prices_list")


@pytest.fixture(scope="module")
def prices(listed: pd.DataFrame) -> pd.DataFrame:
    return model_price(listed)


def test_the_vintage_is_the_version_of_the_package(listed: pd.DataFrame) -> None:
    assert set(listed["vintage"]) == {version("genai-prices")}


def test_two_readings_are_the_same_whatever_the_hour(listed: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(listed, loader.load("model_prices_list"))


def test_a_provider_sells_a_model_at_one_price(prices: pd.DataFrame) -> None:
    assert not prices.duplicated(["provider", "model"]).any()
    assert prices[["input_usd_per_mtoken", "output_usd_per_mtoken"]].notna().all(axis=None)


def test_prices_are_per_million_tokens(prices: pd.DataFrame) -> None:
    gpt_4o = prices.set_index(["provider", "model"]).loc[("openai", "gpt-4o")]
    assert (gpt_4o["input_usd_per_mtoken"], gpt_4o["output_usd_per_mtoken"]) == (2.5, 10)


def test_the_base_tier_of_a_tiered_price_is_given(prices: pd.DataFrame) -> None:
    gemini = prices.set_index(["provider", "model"]).loc[("google", "gemini-2.5-pro")]
    assert (gemini["is_tiered"], gemini["input_usd_per_mtoken"], gemini["output_usd_per_mtoken"]) == (True, 1.25, 10)


def test_offers_that_have_ended_are_no_prices(listed: pd.DataFrame, prices: pd.DataFrame) -> None:
    assert listed["is_deprecated"].any()
    assert len(prices) == (~listed["is_deprecated"]).sum()


def test_every_reference_offer_is_in_the_package(listed: pd.DataFrame) -> None:
    reference = read_csv(HERE / "model.csv", ReferenceModel)
    assert not reference.duplicated(["provider", "model"]).any()
    offers = set(zip(listed["provider"], listed["model"], strict=True))
    assert [pair for pair in zip(reference["provider"], reference["model"], strict=True) if pair not in offers] == []


def test_distils_and_fine_tunes_are_not_the_model(prices: pd.DataFrame) -> None:
    reference = prices[prices["model_id"].notna()]["model"].str.lower()
    assert not reference.str.contains("distill|nemotron|hermes|swallow|reasoning").any()


def test_every_reference_model_is_sold_by_somebody(prices: pd.DataFrame) -> None:
    llamas = {"llama_2_70b", "llama_3_1_8b", "llama_3_1_405b", "llama_3_3_70b"}
    experts = {"mixtral_8x7b", "deepseek_v3", "gpt_oss_120b", "qwen3_30b_a3b"}
    assert set(prices["model_id"].dropna()) == llamas | experts


def test_answers_do_not_cost_less_than_questions_for_a_reference_model(prices: pd.DataFrame) -> None:
    reference = prices[prices["model_id"].notna()]
    assert (reference["output_usd_per_mtoken"] >= reference["input_usd_per_mtoken"]).mean() > 0.9
