"""The split of a ratio over its terms: exact, fair to both sides, and right where the answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.log_ratio import logarithmic_mean, split

amount = st.floats(0.0, 1e4).map(lambda v: 0.0 if v < 1e-6 else v)
some = st.floats(1e-3, 1e4)


def cost(times: dict[str, float], prices: dict[str, float], others: dict[str, float]) -> float:
    return sum(times.values()) * sum(prices.values()) + sum(others.values())


@st.composite
def costs(draw: st.DrawFn) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """A cost with terms that may be nothing, and a margin that may be below nothing, positive on the whole."""
    times = {"reading": draw(amount), "waiting": draw(some)}
    prices = {"silicon": draw(some), "memory": draw(amount)}
    prices["margin"] = draw(st.integers(-9, 30)) / 10.0 * prices["silicon"]
    return times, prices, {"harness": draw(amount)}


@given(costs(), costs())
def test_terms_sum_to_the_logarithm_and_change_sign_with_the_reference(one: tuple, other: tuple) -> None:
    found, back = split(*one, *other), split(*other, *one)
    assert sum(found.values()) == pytest.approx(np.log(cost(*one) / cost(*other)), abs=1e-8)
    for name, part in found.items():
        assert back[name] == pytest.approx(-part, abs=1e-8), name


def test_one_factor_that_halves_is_all_of_it() -> None:
    found = split({"t": 1.0}, {"a": 2.0, "b": 3.0}, {}, {"t": 2.0}, {"a": 2.0, "b": 3.0}, {})
    assert found["t"] == pytest.approx(-np.log(2.0))
    assert (found["a"], found["b"]) == pytest.approx((0.0, 0.0), abs=1e-12)


def test_a_term_that_disappears_takes_what_it_cost() -> None:
    """A board without memory of its own: 10 hours at 6 + 4 USD against 10 at 6: all of the ratio is memory's."""
    found = split({"t": 10.0}, {"rest": 6.0, "memory": 0.0}, {}, {"t": 10.0}, {"rest": 6.0, "memory": 4.0}, {})
    assert found["memory"] == pytest.approx(np.log(0.6))
    assert (found["t"], found["rest"]) == pytest.approx((0.0, 0.0), abs=1e-12)


def test_the_logarithmic_mean_lies_between_the_means() -> None:
    a, b = np.array([1.0, 2.0, 5.0]), np.array([4.0, 2.0, 0.0])
    mean = logarithmic_mean(a, b)
    assert np.sqrt(4.0) < mean[0] < 2.5
    assert mean[1] == pytest.approx(2.0)
    assert mean[2] == 0.0


def test_other_terms_and_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="different terms"):
        split({"t": 1.0}, {"a": 1.0}, {}, {"t": 1.0}, {"b": 1.0}, {})
    with pytest.raises(ValueError, match="time of t is negative"):
        split({"t": -1.0}, {"a": 1.0}, {}, {"t": 1.0}, {"a": 1.0}, {})
