"""Names of models in price lists, and what counts as an offer."""

from __future__ import annotations

from typing import cast

import pandas as pd
import pytest

from graph.cost.figures import Figures
from graph.cost.list_price import list_price_table, offers, slug


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("z-ai/GLM-4.7", "glm_4_7"),
        ("claude-sonnet-4-5", "claude_sonnet_4_5"),
        ("moonshotai/kimi-k2.5", "kimi_k2_5"),
        ("accounts/fireworks/models/deepseek-v3", "deepseek_v3"),
    ],
)
def test_a_model_has_one_name_whoever_lists_it(listed: str, name: str) -> None:
    assert slug(listed) == name


def test_cached_input_without_a_price_costs_what_fresh_input_does() -> None:
    common = {"provider": "s", "model_id": None, "as_of": "2026", "source_id": "x", "output_usd_per_mtoken": 2.0}
    rows = [
        {**common, "model": "priced", "input_usd_per_mtoken": 1.0, "cached_input_usd_per_mtoken": 0.1},
        {**common, "model": "unpriced", "input_usd_per_mtoken": 1.0, "cached_input_usd_per_mtoken": float("nan")},
        {**common, "model": "free", "input_usd_per_mtoken": 0.0, "cached_input_usd_per_mtoken": 0.0},
        {**common, "model": "later:batch", "input_usd_per_mtoken": 0.5, "cached_input_usd_per_mtoken": 0.05},
    ]
    assert {o.model: o.cached_usd for o in offers(pd.DataFrame(rows))} == {"priced": 0.1, "unpriced": 1.0}


def test_a_workload_that_nobody_sells_a_model_for_has_no_row() -> None:
    small = {"provider": "s", "model": "llama", "model_id": "llama_3_1_8b", "as_of": "2026", "source_id": "x"}
    prices = dict.fromkeys(("input_usd_per_mtoken", "cached_input_usd_per_mtoken", "output_usd_per_mtoken"), 1.0)
    found = list_price_table(pd.DataFrame([small | prices]), ["chat"], cast(Figures, None), {}, {})
    assert found.empty
    assert "usd_central" in found.columns
