"""Own or buy: worked break-even volumes, and what must move them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.own_or_buy import break_even, mean_fall, verdict


def test_a_billion_at_five_thousand_a_chip_is_two_hundred_thousand_chips() -> None:
    assert break_even(np.array(1e9), np.array(5000.0)) == 200_000.0


def test_a_chip_that_saves_nothing_never_pays() -> None:
    assert np.isinf(break_even(np.array(1e9), np.array([0.0, -5.0]))).all()


def test_what_falls_by_half_each_year_is_worth_its_mean() -> None:
    """Over one year from 1 down to a half: 0.5/ln 2; a year later half of that."""
    rate = np.log(2.0)
    assert mean_fall(rate, np.array(1.0)) == pytest.approx(0.5 / np.log(2.0))
    assert mean_fall(rate, np.array(1.0), 1.0) == pytest.approx(0.25 / np.log(2.0))
    assert mean_fall(np.array(0.0), np.array(5.0), 3.0) == 1.0


@given(st.floats(1e-3, 2.0), st.floats(0.5, 10.0), st.floats(0.0, 5.0), st.floats(1.0, 1e5))
def test_obsolescence_and_delay_never_lower_the_volume(rate: float, life: float, delay: float, saving: float) -> None:
    kept, now, later = 1.0, float(mean_fall(rate, np.array(life))), float(mean_fall(rate, np.array(life), delay))
    assert 0 < later <= now <= kept
    volumes = [float(break_even(np.array(1e9), np.array(saving * part))) for part in (kept, now, later)]
    assert volumes == sorted(volumes)


def test_a_verdict_says_what_the_draws_do() -> None:
    row = {"break_even": 200_000.0, "break_even_from_now": None}
    assert verdict({**row, "probability_pays": 0.95}).startswith("build: pays from 200,000 chips; begun today it would come too late")
    assert verdict({**row, "break_even": None, "probability_pays": 0.02}).startswith("buy: at central values a chip saves nothing")
    assert verdict({**row, "probability_pays": 0.5}).startswith("open")
