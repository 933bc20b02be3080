"""Speculative decoding: what measured acceptance gives, what the formula with one rate would, and where a draft pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.figures import Figures
from graph.cost.operating_point import Demand, at
from graph.cost.speculation import LONGEST_DRAFT, accepted_tokens, checking, drafted, iid_tokens, step_cost
from graph.cost.throughput import IDEAL, decode_step_seconds
from tests.unit.test_throughput import H100, LLAMA_70B, num

MEASURED = {1: 1.84, 2: 2.51, 3: 3.01, 4: 3.36, 5: 3.61, 6: 3.77, 7: 3.73, 8: 3.47}
"""A published curve (InferenceX, DeepSeek V4 Pro with a draft model, coding): it falls at the end."""


def figures(curve: dict[int, float], cost: float = 1.2, most: float = 64.0) -> Figures:
    """An acceptance curve, what a step with a draft costs over a plain one, and the most sequences a chip."""
    rows = [(f"item:inference_server.acceptance_length_{k}", tokens) for k, tokens in curve.items()]
    rows += [("global:throughput.speculation_step_cost", cost), ("global:throughput.max_batch_per_chip", most)]
    frame = pd.DataFrame([(*name.split("."), value) for name, value in rows], columns=["entity_id", "parameter", "central"])
    frame = frame.assign(low=frame["central"], high=frame["central"], status="current", grade="primary", source_id="s")
    nothing = frame.iloc[:0].assign(item_id="", requirement_id="")
    return Figures(frame, nothing, nothing, draws=0)


@pytest.mark.parametrize(("draft", "overstated"), [(3, 0.04), (8, 0.43)])
def test_one_rate_for_all_positions_overstates_what_was_measured(draft: int, overstated: float) -> None:
    # (1 - 0.84^4)/0.16 = 3.138 against 3.01; (1 - 0.84^9)/0.16 = 4.948 against 3.47
    assert iid_tokens(MEASURED[1] - 1, draft) / MEASURED[draft] - 1 == pytest.approx(overstated, abs=0.005)


def test_a_step_yields_what_was_measured_and_one_token_without_a_draft() -> None:
    known = figures(MEASURED)
    assert accepted_tokens(0, known) == 1
    assert [float(accepted_tokens(k, known)) for k in MEASURED] == list(MEASURED.values())


@pytest.mark.parametrize("draft", [-1, LONGEST_DRAFT + 1])
def test_nothing_is_said_of_drafts_that_nobody_measured(draft: int) -> None:
    with pytest.raises(ValueError, match=f"1 to {LONGEST_DRAFT} tokens, got a draft of {draft}"):
        accepted_tokens(draft, figures(MEASURED))


def test_a_drafts_cost_grows_with_its_length() -> None:
    known = figures(MEASURED, cost=1.3)
    assert [float(step_cost(k, known)) for k in (0, 3, 6)] == pytest.approx([1.0, 1.3, 1.6])


@given(st.integers(1, LONGEST_DRAFT), st.integers(1, 4), st.integers(1, 50_000))
def test_checking_a_draft_reads_the_cache_once_and_computes_for_every_token(draft: int, batch: int, context: int) -> None:
    checked = checking(LLAMA_70B, draft)
    plain = decode_step_seconds(LLAMA_70B, H100, IDEAL, 8, batch, context)
    # Waiting for memory alone, a step that checks a draft takes no longer; waiting for arithmetic alone, k + 1 times as long.
    no_wait = replace(H100, flops=num(np.inf))
    assert decode_step_seconds(checked, no_wait, IDEAL, 8, batch * (draft + 1), context) == pytest.approx(plain, rel=1e-12)
    computing = replace(H100, bandwidth=num(np.inf))
    once = decode_step_seconds(LLAMA_70B, computing, IDEAL, 8, batch, context)
    assert decode_step_seconds(checked, computing, IDEAL, 8, batch * (draft + 1), context) == pytest.approx((draft + 1) * once)


def test_a_point_without_a_draft_is_the_plain_one_and_a_draft_that_always_holds_divides_the_wait_for_memory() -> None:
    demand = Demand(num(2000), num(400), num(1), num(0), num(1), num(10))
    point, none = (at(LLAMA_70B, H100, IDEAL, demand, 8, 2), drafted(LLAMA_70B, H100, IDEAL, demand, 8, 2, 0, figures(MEASURED)))
    assert (float(none.decode), float(none.speed), none.batch) == (float(point.decode), float(point.speed), 2)
    # Three drafted tokens that always hold are four a step; two sequences wait for memory alone, and a step costs no more here.
    sure = drafted(LLAMA_70B, H100, IDEAL, demand, 8, 2, 3, figures({3: 4.0}, cost=1.0))
    assert float(sure.decode) == pytest.approx(float(point.decode) / 4)
    assert float(sure.speed) == pytest.approx(float(point.speed) * 4)
