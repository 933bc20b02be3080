"""List prices of model APIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from sources.errors import SourceError
from sources.model_prices import connector
from sources.model_prices.declarations import ReferenceModel
from sources.model_prices.records import HERE, in_force, model_price
from sources.registry import declaration
from sources.tabular import read_csv

SYNTHETIC = Path(__file__).resolve().parents[1] / "payloads" / "model_prices" / "synthetic_data.json"


@pytest.fixture(scope="module")
def listed() -> pd.DataFrame:
    return connector.load("model_prices_list")


@pytest.fixture(scope="module")
def prices(listed: pd.DataFrame) -> pd.DataFrame:
    return model_price(listed, declaration(HERE).retrieved_at)


def test_the_vintage_is_the_version_of_the_package(listed: pd.DataFrame) -> None:
    assert set(listed["vintage"]) == {version("genai-prices")}


def test_two_readings_are_the_same_whatever_the_hour(listed: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(listed, connector.load("model_prices_list"))


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
    assert len(prices) == len(listed[~listed["is_deprecated"]].drop_duplicates(["provider", "model"]))


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


# --- the publisher's file


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return connector.parse({connector.FILE: SYNTHETIC.read_bytes()})["model_prices_list"]


def changed(old: str, new: str) -> dict[str, bytes]:
    text = SYNTHETIC.read_text(encoding="utf-8")
    assert old in text
    return {connector.FILE: text.replace(old, new, 1).encode()}


def test_the_file_is_where_the_package_looks_for_newer_prices() -> None:
    from genai_prices.update_prices import DEFAULT_UPDATE_URL

    assert connector.URL == DEFAULT_UPDATE_URL


@pytest.mark.parametrize(("day", "price"), [("2026-05-31", 4), ("2026-06-01", 3), ("2027-01-01", 2)])
def test_the_price_of_a_dated_offer_is_that_of_its_day(published: pd.DataFrame, day: str, price: float) -> None:
    offers = model_price(published, day).set_index("model")
    assert offers.loc["dated", "input_usd_per_mtoken"] == price
    assert offers.loc["dated", "is_tiered"]


def test_prices_by_the_hour_are_those_of_noon(published: pd.DataFrame) -> None:
    assert model_price(published, "2026-01-01").set_index("model").loc["hourly", "input_usd_per_mtoken"] == 0.27


@pytest.mark.parametrize(("clock", "holds"), [("23:00:00", True), ("00:29:59", True), ("00:30:00", False), ("16:30:00", True)])
def test_hours_may_run_past_midnight(clock: str, holds: bool) -> None:
    assert in_force({"start_date": None, "start_time": "16:30:00", "end_time": "00:30:00"}, "2026-01-01", clock) is holds


def test_what_is_free_or_sold_otherwise_is_no_price(published: pd.DataFrame) -> None:
    assert "by_the_minute" not in set(published["model"])
    assert "free_from_now" in set(model_price(published, "2026-05-31")["model"])
    assert "free_from_now" not in set(model_price(published, "2026-06-01")["model"])


@pytest.mark.parametrize("day", ["2026-01-01", "2026-06-01", "2027-06-01"])
def test_the_packages_own_reader_finds_the_same_prices(published: pd.DataFrame, day: str) -> None:
    from genai_prices.types import _providers_from_raw

    ours = model_price(published, day).set_index("model")
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    theirs = {m.id: m.get_prices(noon) for p in _providers_from_raw(json.loads(SYNTHETIC.read_bytes())) for m in p.models}
    for model, row in ours.iterrows():
        for column, key in connector.PRICES.items():
            price = getattr(theirs[str(model)], key)
            base = getattr(price, "base", price)
            assert (row[column] == pytest.approx(float(base))) if base is not None else pd.isna(row[column])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"context_window"', '"context"', r"data\.json:1: column 'context': unknown key of a model.*nearest: context_window"),
        ('"input_mtok": 2,', '"input_mtok": "two",', r"data\.json:1: column 'input_usd_per_mtoken': .*'two'"),
        ('"base": 1.25,', "", r"data\.json:2: column 'input_mtok': tiers of a price without its base"),
        ("00:30:00Z", "00:30:00+02:00", r"data\.json:4: column 'start_time': .*UTC"),
        ('"start_date"', '"from_date"', r"data\.json:3: column 'from_date': unknown key of a constraint"),
        ('"models"', '"offers"', r"column 'offers': unknown key of a provider"),
        ("[", "{", r"data\.json:\d+: .*not well-formed JSON"),
    ],
)
def test_a_changed_file_is_refused_at_its_place(old: str, new: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        connector.parse(changed(old, new))
