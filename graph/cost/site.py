"""Capital and energy of an accelerator-hour (METHODS 5.7 and 5.8).

Amounts, not prices: what one hour of one accelerator takes of its server, its facility and the grid. The price
of each comes from the roll-up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.cost.traced import Number

HOURS_PER_YEAR = 8760.0
KW_PER_MW = 1000.0


def capital_recovery_factor(rate: Number, years: Number) -> Number:
    """CRF = r(1+r)^L/((1+r)^L-1): the yearly payment that returns a unit of capital over L years at rate r.

    At r = 0 it is 1/L.
    """
    safe = np.where(abs(rate) < 1e-12, 1.0, rate)
    return np.where(abs(rate) < 1e-12, 1.0 / years, -safe / np.expm1(-years * np.log1p(safe)))


def delay_carrying_cost(rate: Number, months: Number) -> Number:
    """(1+r)^(months/12) - 1: what capital standing idle costs, per unit of capital."""
    return np.expm1(months / 12.0 * np.log1p(rate))


@dataclass(frozen=True)
class HourInputs:
    """What one clock hour of one accelerator takes.

    server, network: units (of the accelerator's server share and network share); facility: MW of IT capacity;
    electricity: MWh at the meter; staff_usd: USD.
    """

    server: Number
    network: Number
    facility: Number
    electricity: Number
    staff_usd: Number


def hour_inputs(
    power_kw: Number,
    wacc: Number,
    it_life_years: Number,
    facility_life_years: Number,
    maintenance_share: Number,
    power_load_factor: Number,
    pue: Number,
    staff_usd_per_kw_year: Number,
    interconnection_delay_months: Number,
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
    it = (capital_recovery_factor(wacc, it_life_years) + maintenance_share) / HOURS_PER_YEAR
    idle = 1.0 + delay_carrying_cost(wacc, interconnection_delay_months)
    return HourInputs(
        server=it,
        network=it,
        facility=power_kw / KW_PER_MW * capital_recovery_factor(wacc, facility_life_years) * idle / HOURS_PER_YEAR,
        electricity=power_kw / KW_PER_MW * power_load_factor * pue,
        staff_usd=power_kw * staff_usd_per_kw_year / HOURS_PER_YEAR,
    )
