"""The fit of efficiencies: it finds what made the data, stays within its limits, and agrees with scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from graph.cost.calibration_fit import fitted

WORK = np.random.default_rng(7).uniform(0.1, 10.0, (40, 2))
"""Seconds that 40 systems take at their peak: of arithmetic and of memory."""


def seconds(etas: np.ndarray) -> np.ndarray:
    """A roofline with a rest: the slower of the two, and a part of the arithmetic that nothing hides."""
    return np.maximum(WORK[:, 0] / etas[0], WORK[:, 1] / etas[1]) + 0.3 * WORK[:, 0] / etas[0]


@settings(max_examples=20)
@given(st.floats(0.15, 0.6), st.floats(0.15, 0.8))
def test_efficiencies_that_made_the_data_are_found(arithmetic: float, memory: float) -> None:
    made = seconds(np.array([arithmetic, memory]))
    found = fitted(lambda etas: np.log(seconds(etas) / made), [0.4, 0.6], 0.05, [0.7, 0.9])
    np.testing.assert_allclose(found, [arithmetic, memory], rtol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_noisy_data_are_fitted_as_well_as_scipy_fits_them(seed: int) -> None:
    made = seconds(np.array([0.5, 0.6])) * np.exp(np.random.default_rng(seed).normal(0, 0.2, len(WORK)))

    def residuals(etas: np.ndarray) -> np.ndarray:
        return np.asarray(np.log(seconds(etas) / made))

    found = residuals(fitted(residuals, [0.3, 0.3], 0.05, [0.7, 0.9]))
    theirs = least_squares(lambda x: residuals(np.exp(x)), np.log([0.3, 0.3]), bounds=(np.log(0.05), np.log([0.7, 0.9]))).fun
    assert found @ found <= theirs @ theirs * 1.01


def test_a_parameter_stays_at_its_limit_and_the_others_make_the_best_of_it() -> None:
    made = seconds(np.array([0.9, 0.5]))
    found = fitted(lambda etas: np.log(seconds(etas) / made), [0.4, 0.4], 0.05, [0.6, 0.9])
    assert found[0] == pytest.approx(0.6)
    assert found[1] == pytest.approx(0.5, rel=0.2)


def test_a_parameter_that_moves_nothing_stays_where_it_was() -> None:
    made = seconds(np.array([0.5, 0.6]))
    found = fitted(lambda etas: np.log(seconds(etas[:2]) / made), [0.4, 0.4, 0.33], 0.05, 0.9)
    np.testing.assert_allclose(found, [0.5, 0.6, 0.33], rtol=1e-3)
