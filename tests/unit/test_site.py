"""Capital recovery, delay, and what an hour of an accelerator takes of its site."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.cost.site import capital_recovery_factor, delay_carrying_cost, hour_inputs


def test_capital_recovery_worked_by_hand() -> None:
    # 0.1 x 1.61051 / 0.61051
    assert capital_recovery_factor(0.10, 5) == pytest.approx(0.26380, abs=5e-6)
    # one year: the capital and its interest
    assert capital_recovery_factor(0.08, 1) == pytest.approx(1.08)


@given(st.floats(0.0, 0.4), st.integers(1, 40))
def test_the_payments_are_worth_the_capital(rate: float, years: int) -> None:
    payment = float(capital_recovery_factor(rate, years))
    present_value = sum(payment / (1 + rate) ** t for t in range(1, years + 1))
    assert present_value == pytest.approx(1.0, rel=1e-9)


def test_without_interest_capital_comes_back_in_equal_parts() -> None:
    assert capital_recovery_factor(0.0, 4) == 0.25
    np.testing.assert_allclose(capital_recovery_factor(np.array([1e-9, 1e-6, 1e-13]), 4), 0.25, rtol=1e-5)


@given(st.floats(0.001, 0.3), st.floats(1.0, 40.0))
def test_recovery_never_falls_below_interest_and_falls_with_life(rate: float, years: float) -> None:
    payment = capital_recovery_factor(rate, years)
    assert payment > rate
    assert payment > capital_recovery_factor(rate, years + 1)


def test_a_year_of_delay_costs_a_year_of_interest() -> None:
    assert delay_carrying_cost(0.10, 12) == pytest.approx(0.10)
    assert delay_carrying_cost(0.10, 24) == pytest.approx(0.21)
    assert delay_carrying_cost(0.21, 6) == pytest.approx(0.10)
    assert delay_carrying_cost(0.10, 0) == 0.0
    assert delay_carrying_cost(0.0, 36) == 0.0


def test_inputs_of_an_hour_worked_by_hand() -> None:
    taken = hour_inputs(
        power_kw=1.5,
        wacc=0.10,
        it_life_years=5,
        facility_life_years=1,
        maintenance_share=0.05,
        power_load_factor=0.8,
        pue=1.25,
        staff_usd_per_kw_year=87.6,
        interconnection_delay_months=12,
    )
    # (0.263797 + 0.05) / 8760
    assert taken.server == pytest.approx(3.58216e-5, rel=1e-5)
    assert taken.network == taken.server
    # 0.0015 MW x CRF(10%, 1 year) 1.1 x a year's delay 1.1 / 8760
    assert taken.facility == pytest.approx(2.07192e-7, rel=1e-5)
    # 0.0015 MW drawn at 80%, and a quarter more for cooling and conversion
    assert taken.electricity == pytest.approx(0.0015)
    # 1.5 kW x 0.01 USD
    assert taken.staff_usd == pytest.approx(0.015)


def test_a_delay_of_the_grid_raises_the_facility_and_nothing_else() -> None:
    known = {
        "power_kw": 1.0,
        "wacc": 0.08,
        "it_life_years": 5,
        "facility_life_years": 20,
        "maintenance_share": 0.03,
        "power_load_factor": 0.8,
        "pue": 1.2,
        "staff_usd_per_kw_year": 50.0,
    }
    on_time = hour_inputs(**known, interconnection_delay_months=0)
    late = hour_inputs(**known, interconnection_delay_months=18)
    assert late.facility / on_time.facility == pytest.approx(1.08**1.5)
    assert (late.server, late.electricity, late.staff_usd) == (on_time.server, on_time.electricity, on_time.staff_usd)
