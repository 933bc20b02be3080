"""From served tokens to useful ones: what retries, gates and acceptance do to the cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.harness import acceptance, cost_per_useful_token, expected_attempts, input_token_weight, useful_tokens_per_task

PARTS = st.floats(0.0, 1.0)
ABOVE_ZERO = st.floats(0.01, 1.0)
USD = st.floats(0.0, 10.0)


@given(st.floats(0.001, 10.0), ABOVE_ZERO, ABOVE_ZERO, PARTS, ABOVE_ZERO, st.integers(1, 50), USD)
def test_cost_per_useful_token_does_not_depend_on_the_retry_cap(
    attempt_usd: float, success: float, tpr: float, fpr: float, retained: float, cap: int, false_accept_usd: float
) -> None:
    def cost(k: int) -> float:
        return float(cost_per_useful_token(attempt_usd, 500.0, success, tpr, fpr, retained, k, false_accept_usd))

    assert cost(cap) == pytest.approx(cost(1), rel=1e-9)
    by_attempt = (attempt_usd + (1 - success) * fpr * false_accept_usd) / (success * tpr * retained * 500.0)
    assert cost(cap) == pytest.approx(by_attempt, rel=1e-9)


@pytest.mark.parametrize(
    ("success", "tpr", "fpr", "cap"), [(0.4, 0.9, 0.2, 3), (0.7, 0.8, 0.05, 5), (0.1, 0.6, 0.0, 8), (0.95, 1.0, 1.0, 2)]
)
def test_attempts_and_useful_tokens_agree_with_a_simulation_of_tasks(success: float, tpr: float, fpr: float, cap: int) -> None:
    tasks, retained, output = 200_000, 0.75, 400.0
    generator = np.random.default_rng(7)
    good = generator.random((tasks, cap)) < success
    passed = generator.random((tasks, cap)) < np.where(good, tpr, fpr)
    first = np.where(passed.any(axis=1), passed.argmax(axis=1), cap)
    attempts = np.minimum(first + 1, cap)
    is_useful = (first < cap) & good[np.arange(tasks), np.minimum(first, cap - 1)]
    useful = is_useful * retained * output

    def within_four_sigma(sample: np.ndarray, expected: float) -> bool:
        return abs(float(sample.mean()) - expected) <= 4 * float(sample.std(ddof=1)) / np.sqrt(tasks) + 1e-12

    assert within_four_sigma(passed[:, 0].astype(float), float(acceptance(success, tpr, fpr)))
    assert within_four_sigma(attempts.astype(float), float(expected_attempts(acceptance(success, tpr, fpr), cap)))
    assert within_four_sigma(useful, float(useful_tokens_per_task(output, success, tpr, fpr, retained, cap)))


def test_acceptance_worked_by_hand() -> None:
    # 60% good of which 90% pass, 40% bad of which 10% pass: 0.54 + 0.04
    assert acceptance(0.6, 0.9, 0.1) == pytest.approx(0.58)


def test_a_gate_that_accepts_all_or_judges_perfectly() -> None:
    assert acceptance(0.3, 1.0, 1.0) == 1.0
    assert acceptance(0.3, 1.0, 0.0) == pytest.approx(0.3)
    assert acceptance(0.3, 0.0, 0.0) == 0.0


def test_attempts_at_the_limits() -> None:
    assert expected_attempts(1.0, 10) == pytest.approx(1.0)
    assert expected_attempts(0.4, 1) == pytest.approx(1.0)
    assert expected_attempts(0.0, 7) == 7.0
    assert expected_attempts(1e-9, 7) == pytest.approx(7.0, rel=1e-6)
    assert expected_attempts(0.25, 1e6) == pytest.approx(4.0)
    # 1 + 1/2 + 1/4: a second attempt half the time, a third a quarter of it
    assert expected_attempts(0.5, 3) == pytest.approx(1.75)


@given(PARTS, st.integers(1, 30))
def test_a_higher_cap_means_more_attempts_and_never_more_than_the_cap(accepted: float, cap: int) -> None:
    fewer, more = float(expected_attempts(accepted, cap)), float(expected_attempts(accepted, cap + 1))
    assert 1 - 1e-12 <= fewer <= more * (1 + 1e-12)
    assert fewer <= min(cap, 1 / accepted if accepted else cap) * (1 + 1e-9)


def test_a_perfect_harness_pays_for_the_output_alone() -> None:
    assert cost_per_useful_token(0.02, 500, 1.0, 1.0, 0.0, 1.0, 4) == pytest.approx(0.02 / 500)


def test_half_the_success_doubles_the_cost_behind_a_perfect_gate() -> None:
    at = lambda s: float(cost_per_useful_token(0.02, 500, s, 1.0, 0.0, 0.8, 4))  # noqa: E731
    assert at(0.4) == pytest.approx(2 * at(0.8))


def test_bad_results_that_pass_the_gate_cost_their_penalty() -> None:
    # Half the attempts are bad and 20% of those pass: 0.1 x 5 USD = 0.5 USD an attempt, over 0.5 x 100 useful tokens.
    clean = cost_per_useful_token(1.0, 100, 0.5, 1.0, 0.2, 1.0, 3)
    burnt = cost_per_useful_token(1.0, 100, 0.5, 1.0, 0.2, 1.0, 3, false_accept_usd=5.0)
    assert burnt - clean == pytest.approx(0.01)


def test_an_input_token_is_fresh_or_read_from_the_cache() -> None:
    assert input_token_weight(0.0, 0.1, 0.25) == pytest.approx(1.25)
    assert input_token_weight(1.0, 0.1, 0.25) == pytest.approx(0.1)
    # 40% fresh at 1.25, 60% read at a tenth
    assert input_token_weight(0.6, 0.1, 0.25) == pytest.approx(0.56)
