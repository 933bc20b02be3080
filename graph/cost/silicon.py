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
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
MM2_PER_CM2 = 100.0


def dies_per_wafer(area: ArrayLike, diameter: ArrayLike = 300.0, edge: ArrayLike = 3.0, scribe: ArrayLike = 0.1) -> Array:
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
    pitch = np.sqrt(np.asarray(area, dtype=float)) + scribe
    usable = np.asarray(diameter, dtype=float) - 2 * np.asarray(edge, dtype=float)
    gross = np.pi * (usable / 2) ** 2 / pitch**2 - np.pi * usable / (np.sqrt(2.0) * pitch)
    return np.asarray(np.maximum(gross, 0.0))


def _defects(area: ArrayLike, density: ArrayLike) -> Array:
    return np.asarray(np.asarray(area, dtype=float) / MM2_PER_CM2 * np.asarray(density, dtype=float))


def poisson_yield(area: ArrayLike, density: ArrayLike) -> Array:
    """exp(-AD): defects fall independently. The most pessimistic of the five."""
    return np.exp(-_defects(area, density))


def murphy_yield(area: ArrayLike, density: ArrayLike) -> Array:
    """((1-exp(-AD))/AD)^2: density varies over wafers by a triangular law."""
    m = _defects(area, density)
    safe = np.where(m < 1e-9, 1.0, m)
    return np.where(m < 1e-9, 1.0, (-np.expm1(-safe) / safe) ** 2)


def seeds_yield(area: ArrayLike, density: ArrayLike) -> Array:
    """1/(1+AD): density varies exponentially. The most optimistic of the five."""
    return 1.0 / (1.0 + _defects(area, density))


def negative_binomial_yield(area: ArrayLike, density: ArrayLike, alpha: ArrayLike) -> Array:
    """(1+AD/alpha)^-alpha: clustered defects; alpha to infinity is Poisson, alpha = 1 is Seeds [2]_."""
    a = np.asarray(alpha, dtype=float)
    return np.asarray(np.exp(-a * np.log1p(_defects(area, density) / a)))


def bose_einstein_yield(area: ArrayLike, density: ArrayLike, layers: ArrayLike) -> Array:
    """(1+AD)^-n over n critical layers, with D the density per layer."""
    return np.asarray(np.exp(-np.asarray(layers, dtype=float) * np.log1p(_defects(area, density))))


def partial_good_yield(unit_yield: ArrayLike, units: int, spares: int) -> Array:
    """P(at most `spares` of `units` equal blocks are bad): dies sold with some blocks switched off.

    `unit_yield` is the probability that one block works; blocks are taken as independent.
    """
    if not 0 <= spares <= units:
        raise ValueError(f"spares must lie between 0 and units = {units}, got {spares}")
    if spares == units:
        return np.ones_like(np.asarray(unit_yield, dtype=float))
    good = np.clip(np.asarray(unit_yield, dtype=float), 1e-300, 1.0)
    bad = 1.0 - good
    term = good**units
    total = term.copy() if isinstance(term, np.ndarray) else np.asarray(term)
    for k in range(1, spares + 1):
        term = term * (units - k + 1) / k * bad / good
        total = total + term
    return np.minimum(total, 1.0)


def die_yield(area: ArrayLike, density: ArrayLike, alpha: ArrayLike, units: int = 1, spares: int = 0) -> Array:
    """Negative-binomial yield of a die of `units` equal blocks of which `spares` may be bad."""
    if spares == 0:
        return negative_binomial_yield(area, density, alpha)
    block = negative_binomial_yield(np.asarray(area, dtype=float) / units, density, alpha)
    return partial_good_yield(block, units, spares)


def wafers_per_good_die(gross_dies: ArrayLike, good_fraction: ArrayLike) -> Array:
    """Wafers spent on one good die."""
    good = np.asarray(gross_dies, dtype=float) * np.asarray(good_fraction, dtype=float)
    if np.any(good <= 0):
        raise ValueError("no good die on a wafer: the die is larger than the wafer or its yield is zero")
    return np.asarray(1.0 / good)


def package_yield(bonded: ArrayLike, bond_yield: ArrayLike, final_yield: ArrayLike) -> Array:
    """Packages that work, of those begun: bond_yield^bonded x final_yield.

    Everything bonded before the failure is wasted with it [3]_, so each input of a good package is the input of
    a begun package divided by this.
    """
    return np.asarray(np.asarray(bond_yield, dtype=float) ** np.asarray(bonded, dtype=float) * np.asarray(final_yield, dtype=float))
