"""Draws of uncertain figures: repeatable, independent of each other, within their range, with the mean of their law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graph.cost.samples import band, draw

FINITE = st.floats(-1e6, 1e6)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert draw("board:h100.tdp", 600, 700, 750, 100, 3).tobytes() == draw("board:h100.tdp", 600, 700, 750, 100, 3).tobytes()


def test_another_seed_or_another_figure_gives_other_draws() -> None:
    one = draw("board:h100.tdp", 600, 700, 750, 100, 3)
    assert not np.isin(draw("board:h100.tdp", 600, 700, 750, 100, 4)[1:], one).any()
    other = draw("board:h200.tdp", 600, 700, 750, 100, 3)
    assert not np.isin(other[1:], one).any()
    assert abs(np.corrcoef(draw("a", 0, 1, 2, 4000)[1:], draw("b", 0, 1, 2, 4000)[1:])[0, 1]) < 4 / np.sqrt(4000)


def test_the_order_in_which_figures_are_drawn_does_not_matter() -> None:
    there = [draw(n, 1, 2, 4) for n in ("a", "b", "c")]
    back = [draw(n, 1, 2, 4) for n in ("c", "b", "a")]
    for one, other in zip(there, reversed(back), strict=True):
        assert one.tobytes() == other.tobytes()


@given(st.text(max_size=20), st.lists(FINITE, min_size=3, max_size=3), st.integers(1, 200), st.integers(0, 2**63))
def test_draws_stay_within_the_range_and_begin_with_the_central_value(name: str, figures: list[float], draws: int, seed: int) -> None:
    low, central, high = sorted(figures)
    assume(high - low > 1e-6)
    values = draw(name, low, central, high, draws, seed)
    slack = 1e-9 * (abs(low) + abs(high))
    assert values.shape == (1 + draws,)
    assert values[0] == central
    assert low - slack <= values.min() <= values.max() <= high + slack


def test_an_exact_figure_is_not_drawn() -> None:
    assert draw("global:pi", 3.0, 3.0, 3.0).shape == ()
    assert draw("global:pi", 3.0, 3.0, 3.0) == 3.0


@pytest.mark.parametrize(("low", "central", "high"), [(0, 1, 2), (0, 0, 1), (0, 1, 1), (10, 11, 30), (-5, 4, 5)])
def test_the_mean_is_that_of_the_pert_law(low: float, central: float, high: float) -> None:
    values = draw("mean", low, central, high, 40_000)[1:]
    error = values.std(ddof=1) / np.sqrt(values.size)
    assert abs(values.mean() - (low + 4 * central + high) / 6) <= 4 * error


@given(st.lists(FINITE, min_size=3, max_size=60))
def test_a_band_is_ordered_and_holds_the_central_value(values: list[float]) -> None:
    low, central, high = band(np.array(values))
    assert low <= central <= high
    assert central == values[0]


def test_a_band_runs_from_the_fifth_to_the_ninety_fifth_percentile() -> None:
    assert band(np.concatenate(([50.0], np.arange(101.0)))) == pytest.approx((5.0, 50.0, 95.0))


def test_a_central_value_outside_the_percentiles_widens_the_band() -> None:
    assert band(np.array([200.0, *range(101)])) == pytest.approx((5.0, 200.0, 200.0))


def test_the_band_of_an_exact_figure_has_no_width() -> None:
    assert band(np.asarray(7.0)) == (7.0, 7.0, 7.0)
