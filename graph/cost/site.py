"""Capital and energy of an accelerator-hour (METHODS 5.7 and 5.8).

Amounts, not prices: what one hour of one accelerator takes of its server, its facility and the grid. The price
of each comes from the roll-up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
HOURS_PER_YEAR = 8760.0
KW_PER_MW = 1000.0


def capital_recovery_factor(rate: ArrayLike, years: ArrayLike) -> Array:
    """CRF = r(1+r)^L/((1+r)^L-1): the yearly payment that returns a unit of capital over L years at rate r.

    At r = 0 it is 1/L.
    """
    r = np.asarray(rate, dtype=float)
    life = np.asarray(years, dtype=float)
    safe = np.where(np.abs(r) < 1e-12, 1.0, r)
    return np.where(np.abs(r) < 1e-12, 1.0 / life, -safe / np.expm1(-life * np.log1p(safe)))


def delay_carrying_cost(rate: ArrayLike, months: ArrayLike) -> Array:
    """(1+r)^(months/12) - 1: what capital standing idle costs, per unit of capital."""
    return np.asarray(np.expm1(np.asarray(months, dtype=float) / 12.0 * np.log1p(np.asarray(rate, dtype=float))))


@dataclass(frozen=True)
class HourInputs:
    """What one clock hour of one accelerator takes.

    server, network: units (of the accelerator's server share and network share); facility: MW of IT capacity;
    electricity: MWh at the meter; staff_usd: USD.
    """

    server: Array
    network: Array
    facility: Array
    electricity: Array
    staff_usd: Array


def hour_inputs(
    power_kw: ArrayLike,
    wacc: ArrayLike,
    it_life_years: ArrayLike,
    facility_life_years: ArrayLike,
    maintenance_share: ArrayLike,
    power_load_factor: ArrayLike,
    pue: ArrayLike,
    staff_usd_per_kw_year: ArrayLike,
    interconnection_delay_months: ArrayLike,
) -> HourInputs:
    """Inputs of a clock hour, whether or not anything is served in it.

    Parameters
    ----------
    power_kw : IT power at the plug per accelerator, kW
    wacc : cost of capital, fraction per year
    maintenance_share : yearly maintenance as a fraction of IT capital
    power_load_factor : mean power drawn over nameplate, fraction
    pue : power usage effectiveness, ratio
    """
    kw = np.asarray(power_kw, dtype=float)
    it = (capital_recovery_factor(wacc, it_life_years) + np.asarray(maintenance_share, dtype=float)) / HOURS_PER_YEAR
    idle = 1.0 + delay_carrying_cost(wacc, interconnection_delay_months)
    return HourInputs(
        server=it,
        network=it,
        facility=kw / KW_PER_MW * capital_recovery_factor(wacc, facility_life_years) * idle / HOURS_PER_YEAR,
        electricity=kw / KW_PER_MW * np.asarray(power_load_factor, dtype=float) * np.asarray(pue, dtype=float),
        staff_usd=kw * np.asarray(staff_usd_per_kw_year, dtype=float) / HOURS_PER_YEAR,
    )
