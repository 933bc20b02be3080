"""A year drawn at random, many times: countries fail with odds of their own and together with their neighbours.

Each country's outage in a year has the probability p = 1 - exp(-rate). Which countries fail together follows a Gaussian
copula with one factor per region: u_c = sqrt(rho) f_region + sqrt(1 - rho) e_c, and a country fails where u_c lies below
the p-quantile. An outage starts on any day of the year and lasts a lognormal time.

No rate here is measured. They are estimates that rank countries by governance risk and let the tail be seen; pass your own.

References
----------
.. [1] D. X. Li, "On Default Correlation: A Copula Function Approach", Journal of Fixed Income 9(4), 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from graph.risk.simulation import Loss, outage, simulate
from graph.risk.stress import YEAR
from graph.risk.supply import TOKENS, Supply

LEAST_RATE, MOST_RATE = 0.002, 0.05
"""Outages of a whole country per year at governance risk 0 and 1: one in 500 and one in 20 years (estimates)."""
UNKNOWN_RISK = 0.5
MEDIAN_DAYS, SPREAD = 60.0, 0.8
"""Median length of an outage and the standard deviation of its logarithm (estimates)."""
CORRELATION = 0.5
"""Of countries in one region (estimate); those of different regions fail independently."""


@dataclass(frozen=True)
class Draws:
    """Drawn years.

    lost : (years,) part of the year's tokens lost
    failed : (years, countries) True where a country failed; countries in the order of `countries`
    """

    countries: tuple[str, ...]
    lost: np.ndarray
    failed: np.ndarray

    def table(self) -> pd.DataFrame:
        """One row per country: outages per year drawn, mean tokens lost in the years in which it alone failed (NaN: none was
        drawn), and the product of both, its part of the expected loss."""
        alone = self.failed & (self.failed.sum(axis=1) == 1)[:, None]
        lost = [float(self.lost[only].mean()) if only.any() else np.nan for only in alone.T]
        frame = pd.DataFrame({"country": self.countries, "rate": self.failed.mean(axis=0), "lost_alone": lost})
        frame["expected_share"] = frame["rate"] * frame["lost_alone"]
        return frame.sort_values(["expected_share", "country"], ascending=[False, True], ignore_index=True)

    def summary(self) -> dict[str, float]:
        """Mean, quantiles and expected shortfall of the tokens lost in a year."""
        p95 = float(np.quantile(self.lost, 0.95))
        return {
            "mean": float(self.lost.mean()),
            "p5": float(np.quantile(self.lost, 0.05)),
            "p50": float(np.quantile(self.lost, 0.5)),
            "p95": p95,
            "p99": float(np.quantile(self.lost, 0.99)),
            "mean_beyond_p95": float(self.lost[self.lost >= p95].mean()),
        }


def rates(country_risk: Mapping[str, float], countries: tuple[str, ...]) -> dict[str, float]:
    """Outages per year by governance risk (0 to 1, `graph.risk.governance`), log-linear between the two ends."""
    return {c: LEAST_RATE * (MOST_RATE / LEAST_RATE) ** country_risk.get(c, UNKNOWN_RISK) for c in countries}


def draw(
    supply: Supply,
    rate: Mapping[str, float],
    regions: Mapping[str, str],
    years: int = 1000,
    seed: int = 0,
    correlation: float = CORRELATION,
) -> Draws:
    """Tokens lost in `years` drawn years.

    Parameters
    ----------
    rate : country -> outages per year; countries that are left out do not fail
    regions : country -> region (core.country); a country in none stands alone
    correlation : of countries in one region, 0 to 1
    seed : the same seed gives the same years

    Raises
    ------
    ValueError
        A rate is negative or not a number, the correlation is not between 0 and 1, no year is asked for.
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"the correlation must lie between 0 and 1, got {correlation}")
    if years < 1:
        raise ValueError(f"at least one year must be drawn, got {years}")
    for country, value in rate.items():
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"the rate of {country!r} must be a number of at least 0, got {value}")
    held = supply.held_by("country")
    countries = tuple(c for c in sorted(rate) if c in held)
    random = np.random.default_rng(seed)
    groups = [regions.get(c, c) for c in countries]
    names = sorted(set(groups))
    common = random.standard_normal((years, len(names)))[:, [names.index(g) for g in groups]] if countries else np.zeros((years, 0))
    own = random.standard_normal((years, len(countries)))
    limit = ndtri(1.0 - np.exp(-np.array([rate[c] for c in countries])))
    failed = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own < limit
    start = random.integers(0, YEAR, size=failed.shape)
    length = np.maximum(np.exp(random.normal(np.log(MEDIAN_DAYS), SPREAD, size=failed.shape)).round(), 1).astype(int)
    lost = np.zeros(years)
    hit = np.flatnonzero(failed.any(axis=1))
    scenarios = []
    for y in hit:
        one: list[Loss] = []
        for c in np.flatnonzero(failed[y]):
            course = outage(YEAR, int(length[y, c]), int(start[y, c]))
            one += [Loss(node, part, course) for node, part in held[countries[c]].items()]
        scenarios.append(one)
    if scenarios:
        lost[hit] = simulate(supply.net, scenarios, YEAR, [TOKENS]).lost()[:, 0]
    return Draws(countries, lost, failed)
