"""Uncertain figures as arrays: the central value first, then draws from the range.

Each figure has its own stream of random numbers, seeded by its name, so that adding or removing one figure does
not change the draws of another, and the same seed gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DRAWS = 256
"""Enough for the 5th and 95th percentile of a cost to stand within a few percent; the centre does not depend on it."""
SEED = 20260101
LOW_QUANTILE, HIGH_QUANTILE = 0.05, 0.95


def draw(name: str, low: float, central: float, high: float, draws: int = DRAWS, seed: int = SEED) -> Array:
    """Array of shape (1 + draws,): `central`, then draws from a PERT distribution over [low, high] with mode `central`.

    An exact figure (low = high) is a scalar array, which broadcasts.

    Notes
    -----
    PERT: Beta(1 + 4 (c-l)/(h-l), 1 + 4 (h-c)/(h-l)) scaled to [l, h] (Vose, "Risk Analysis", 3rd ed., sec. 3.2). Figures
    are taken as independent: published sources do not give their correlation.
    """
    if high == low:
        return np.asarray(central, dtype=float)
    width = high - low
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    generator = np.random.Generator(np.random.Philox(key=[seed, key]))
    beta = generator.beta(1 + 4 * (central - low) / width, 1 + 4 * (high - central) / width, draws)
    return np.concatenate(([central], low + width * beta))


def band(values: Array) -> tuple[float, float, float]:
    """(low, central, high) of a result: 5th percentile, value at central inputs, 95th percentile.

    The central value is inside by construction: where a skewed range puts it outside the percentiles, the
    percentile gives way.
    """
    ((low, central, high),) = bands([values]).tolist()
    return low, central, high


def bands(results: Sequence[Array]) -> Array:
    """`band` of N results at once: shape (N, 3). Each is a scalar, or has shape (1 + draws,), the draws being as many in all."""
    drawn = [k for k, values in enumerate(results) if values.ndim]
    central = np.array([float(values.flat[0]) for values in results])
    found = np.repeat(central[:, None], 3, axis=1)
    if drawn:
        draws = np.stack([results[k] for k in drawn])[:, 1:]
        low, high = np.quantile(draws, [LOW_QUANTILE, HIGH_QUANTILE], axis=1, overwrite_input=True)
        found[drawn, 0], found[drawn, 2] = np.minimum(low, central[drawn]), np.maximum(high, central[drawn])
    return found
