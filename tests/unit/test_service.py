"""A published day of an inference service and a published speed curve: the arithmetic by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.latency_curve import StepTime, fit, largest_concurrency, speed, step_seconds
from graph.cost.service import daily_cost, margin_on_cost, node_closure, nodes_needed, revenue, usd_per_mtoken

POSITIVE = st.floats(0.01, 1e6)


def test_ten_nodes_of_eight_at_two_dollars_an_hour() -> None:
    assert daily_cost(10, 8, 2.0) == 3840.0
    assert daily_cost(10, 8, 2.0, hours=12) == 1920.0


def test_each_kind_of_token_earns_its_own_price() -> None:
    assert revenue(2e6, 3e6, 1e6, 0.1, 0.5, 2.0) == pytest.approx(0.2 + 1.5 + 2.0)
    assert revenue(0, 3e6, 0, 0.1, 0.5, 2.0) == pytest.approx(1.5)


def test_a_service_that_earns_its_cost_has_no_margin() -> None:
    assert margin_on_cost(500.0, 500.0) == 0.0
    assert margin_on_cost(1500.0, 500.0) == 2.0
    assert margin_on_cost(0.0, 500.0) == -1.0


def test_a_node_of_a_thousand_tokens_a_second_serves_86_million_a_day() -> None:
    assert nodes_needed(86.4e6, 1000) == pytest.approx(1.0)
    assert nodes_needed(3.6e6, 500, seconds=3600) == pytest.approx(2.0)


def test_nodes_that_add_up_close() -> None:
    assert node_closure(40, 60, 100) == 1.0
    assert node_closure(40, 60, 125) == pytest.approx(0.8)


def test_draws_broadcast_through_a_day() -> None:
    cost = daily_cost([10.0, 20.0], 8, 2.0)
    np.testing.assert_allclose(usd_per_mtoken(cost, 1e9), [3.84, 7.68])


@given(POSITIVE, POSITIVE, POSITIVE)
def test_a_token_costs_the_node_hours_it_needs(tokens: float, tok_s_node: float, usd_per_hour: float) -> None:
    """Cost per token follows from throughput alone, however many tokens there are."""
    cost = daily_cost(nodes_needed(tokens, tok_s_node), 8, usd_per_hour)
    assert usd_per_mtoken(cost, tokens) == pytest.approx(8 * usd_per_hour / 3600 / tok_s_node * 1e6)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), [1.0, 0.0]])
def test_what_is_divided_by_must_be_positive(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"cost_usd must be positive \(USD\)"):
        margin_on_cost(1.0, wrong)
    with pytest.raises(ValueError, match=r"tok_s_node must be positive \(token/s\)"):
        nodes_needed(1.0, wrong)
    with pytest.raises(ValueError, match="tokens must be positive"):
        usd_per_mtoken(1.0, wrong)
    with pytest.raises(ValueError, match="counted_nodes must be positive"):
        node_closure(1.0, 1.0, wrong)


def test_a_line_through_two_step_times_worked_by_hand() -> None:
    # 20 ms alone, 40 ms for eleven: 2 ms for each further one
    curve = fit({1: 50.0, 11: 25.0, 64: 5.0}, 1, 11)
    assert (curve.first, curve.further) == pytest.approx((0.020, 0.002))
    assert curve.last_measured == 64
    assert step_seconds(curve, 6) == pytest.approx(0.030)
    np.testing.assert_allclose(speed(curve, [1, 6, 11]), [50.0, 1 / 0.030, 25.0])


@given(st.floats(0.001, 0.1), st.floats(0.0, 0.01), st.integers(1, 60), st.integers(61, 500))
def test_any_two_points_of_a_line_give_the_line_back(first: float, further: float, low: int, high: int) -> None:
    truth = StepTime(first, further, 500)
    measured = {b: float(speed(truth, b)) for b in (low, high, 500)}
    found = fit(measured, low, high)
    assert step_seconds(found, 250) == pytest.approx(float(step_seconds(truth, 250)), rel=1e-9)


def test_nothing_is_said_beyond_the_largest_batch_measured() -> None:
    curve = fit({1: 50.0, 128: 20.0}, 1, 128)
    assert speed(curve, 128) == pytest.approx(20.0)
    for wrong in (129, 0, [1, 200]):
        with pytest.raises(ValueError, match="a batch lies between 1 and 128"):
            speed(curve, wrong)


def test_a_line_needs_two_measured_points() -> None:
    with pytest.raises(ValueError, match="concurrency 64 was not measured; measured: 1, 128"):
        fit({1: 50.0, 128: 20.0}, 1, 64)
    with pytest.raises(ValueError, match="two points"):
        fit({1: 50.0, 128: 20.0}, 128, 128)
    with pytest.raises(ValueError, match="speed at concurrency 128 must be positive"):
        fit({1: 50.0, 128: 0.0}, 1, 128)


def test_the_largest_concurrency_is_a_measured_one_that_meets_the_speed() -> None:
    measured = {1: 50.0, 8: 40.0, 64: 20.0}
    assert largest_concurrency(measured, 40.0) == 8
    assert largest_concurrency(measured, 39.0) == 8
    assert largest_concurrency(measured, 1.0) == 64
    assert largest_concurrency(measured, 51.0) is None
