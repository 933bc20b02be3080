"""Wafers to good packages: how many dies a wafer gives, how many work, what bonding wastes (METHODS 5.2 to 5.4).

Areas are in mm2, lengths in mm, defect densities per cm2. Every function takes floats or arrays that broadcast,
so a thousand draws of an uncertain yield cost one call.

References
----------
.. [1] D. K. de Vries, "Investigation of gross die per wafer formulas", IEEE Trans. Semicond. Manuf. 18 (2005).
.. [2] C. H. Stapper, F. M. Armstrong, K. Saji, "Integrated circuit yield statistics", Proc. IEEE 71 (1983).
.. [3] Y. Feng, K. Ma, "Chiplet Actuary", DAC 2022: the cost of wasted known-good dies.
"""

from __future__ import annotations

import numpy as np

from graph.cost.traced import Number, plain

MM2_PER_CM2 = 100.0


def dies_per_wafer(area: Number, diameter: Number = 300.0, edge: Number = 3.0, scribe: Number = 0.1) -> Number:
    """Gross dies on a wafer.

    Parameters
    ----------
    area : die area without scribe lines, mm2 (taken as square)
    diameter, edge, scribe : wafer diameter, unusable rim, width of the saw street, mm

    Returns
    -------
    Array
        pi (d/2-e)^2/A' - pi (d-2e)/sqrt(2A') with A' = (sqrt(A)+scribe)^2 [1]_; never below zero, and not
        rounded, so that it can be differentiated.

    Notes
    -----
    Cautious for large dies: at 814 mm2 it gives about 60 where 68 were counted on a wafer.
    """
    pitch = np.sqrt(area) + scribe
    usable = diameter - 2 * edge
    gross = np.pi * (usable / 2) ** 2 / pitch**2 - np.pi * usable / (np.sqrt(2.0) * pitch)
    return np.maximum(gross, 0.0)


def _defects(area: Number, density: Number) -> Number:
    return area / MM2_PER_CM2 * density


def poisson_yield(area: Number, density: Number) -> Number:
    """exp(-AD): defects fall independently. The most pessimistic of the five."""
    return np.exp(-_defects(area, density))


def murphy_yield(area: Number, density: Number) -> Number:
    """((1-exp(-AD))/AD)^2: density varies over wafers by a triangular law."""
    m = _defects(area, density)
    safe = np.where(m < 1e-9, 1.0, m)
    return np.where(m < 1e-9, 1.0, (-np.expm1(-safe) / safe) ** 2)


def seeds_yield(area: Number, density: Number) -> Number:
    """1/(1+AD): density varies exponentially. The most optimistic of the five."""
    return 1.0 / (1.0 + _defects(area, density))


def negative_binomial_yield(area: Number, density: Number, alpha: Number) -> Number:
    """(1+AD/alpha)^-alpha: clustered defects; alpha to infinity is Poisson, alpha = 1 is Seeds [2]_."""
    return np.exp(-alpha * np.log1p(_defects(area, density) / alpha))


def bose_einstein_yield(area: Number, density: Number, layers: Number) -> Number:
    """(1+AD)^-n over n critical layers, with D the density per layer."""
    return np.exp(-layers * np.log1p(_defects(area, density)))


def partial_good_yield(unit_yield: Number, units: int, spares: int) -> Number:
    """P(at most `spares` of `units` equal blocks are bad): dies sold with some blocks switched off.

    `unit_yield` is the probability that one block works; blocks are taken as independent.
    """
    if not 0 <= spares <= units:
        raise ValueError(f"spares must lie between 0 and units = {units}, got {spares}")
    if spares == units:
        return np.ones_like(plain(unit_yield))
    good = np.minimum(np.maximum(unit_yield, 1e-300), 1.0)
    bad = 1.0 - good
    term = good**units
    total = term
    for k in range(1, spares + 1):
        term = term * (units - k + 1) / k * bad / good
        total = total + term
    return np.minimum(total, 1.0)


def die_yield(area: Number, density: Number, alpha: Number, units: int = 1, spares: int = 0, repairable: Number = 1.0) -> Number:
    """Negative-binomial yield of a die, of whose `units` equal blocks `spares` may be bad.

    repairable : the part of its area that those blocks are; the rest, interfaces and what all blocks share, must work whole
    """
    if spares == 0:
        return negative_binomial_yield(area, density, alpha)
    block = negative_binomial_yield(area * repairable / units, density, alpha)
    rest = negative_binomial_yield(area * (1.0 - repairable), density, alpha)
    return partial_good_yield(block, units, spares) * rest


def wafers_per_good_die(gross_dies: Number, good_fraction: Number) -> Number:
    """Wafers spent on one good die."""
    good = gross_dies * good_fraction
    if np.any(plain(good) <= 0):
        raise ValueError("no good die on a wafer: the die is larger than the wafer or its yield is zero")
    return 1.0 / good


def package_yield(bonded: Number, bond_yield: Number, final_yield: Number) -> Number:
    """Packages that work, of those begun: bond_yield^bonded x final_yield.

    Everything bonded before the failure is wasted with it [3]_, so each input of a good package is the input of
    a begun package divided by this.
    """
    return bond_yield**bonded * final_yield
