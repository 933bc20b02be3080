"""How sure the cost of a useful token is, and which unknown matters most: Monte Carlo and Sobol indices (METHODS 6).

Every figure with a range is drawn from a PERT distribution over it, independently of the others, by the inverse of its
distribution function on uniform numbers. Each figure has a stream of uniform numbers of its own, seeded by its name: the same
seed gives the same bytes, two boards meet the same luck, and a figure that is added changes no other's draws.

The operating point is the one of the central values; the operator who tunes to the machine there is does a little better.

References
----------
.. [1] D. Vose, "Risk Analysis", 3rd ed., sec. 3.2: PERT.
.. [2] A. Saltelli et al., "Variance based sensitivity analysis of model output", Comput. Phys. Commun. 181 (2010): the estimators.
.. [3] M. J. W. Jansen, "Analysis of variance designs for model output", Comput. Phys. Commun. 117 (1999): of total indices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.figures import Figures
from graph.cost.model import Key
from graph.cost.samples import HIGH_QUANTILE, LOW_QUANTILE, SEED
from graph.cost.trace import USD, Trace, result

Array = NDArray[np.float64]
GRID = 8192
"""Steps of the inverted distribution function; between them it is linear."""


def uniform(name: str, size: int, seed: int = SEED, stream: int = 0) -> Array:
    """`size` uniform numbers of a figure's own stream."""
    digest = hashlib.blake2b(f"{stream}/{name}".encode(), digest_size=8).digest()
    return np.random.Generator(np.random.Philox(key=[seed, int.from_bytes(digest, "big")])).random(size)


def pert_quantile(probability: Array, low: float, central: float, high: float) -> Array:
    """The value below which a PERT-distributed figure lies with this probability [1]_.

    From the distribution function inverted on a grid: off by less than 2e-3 of the range, but for the outermost 1e-4 of all
    draws on either side, which lie up to a tenth of it nearer to the middle.
    """
    if high == low:
        return np.full(probability.shape, central)
    a = 4 * (central - low) / (high - low)
    # The density x^a (1-x)^(4-a), integrated by the midpoint rule on a fine grid.
    edges = np.linspace(0.0, 1.0, GRID + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    mass = np.concatenate(([0.0], np.cumsum(middles**a * (1 - middles) ** (4 - a))))
    table = np.interp(np.linspace(0.0, 1.0, GRID + 1), mass / mass[-1], edges)
    at = probability * GRID
    below = np.minimum(at.astype(np.int32), GRID - 1)
    return low + (high - low) * (table[below] + (at - below) * np.diff(table)[below])


def felt(bars: pd.DataFrame) -> list[str]:
    """The figures of `sensitivity.swings`, each once, by name: those whose range moves the cost."""
    return sorted(set(bars["input"]))


def sample(trace: Trace, figures: Figures, names: Sequence[str], draws: int, keys: Sequence[Key] | None = None, seed: int = SEED) -> Array:
    """USD per million useful tokens, shape (deployments, draws).

    Parameters
    ----------
    names : figures that vary (see `felt`); the others stay at their central values
    keys : of which deployments; all that were traced by default. They meet the same draws, so that differences are theirs
    """
    given = {n: pert_quantile(uniform(n, draws, seed), *figures.bounds(n)) for n in names}
    wanted = [result(USD, key) for key in (trace.keys if keys is None else keys)]
    found = trace.program.evaluate(given, wanted)
    return np.stack([np.broadcast_to(found[name], draws) for name in wanted])


def band(usd: Array) -> tuple[float, float, float]:
    """(5th percentile, median, 95th percentile)"""
    low, middle, high = np.quantile(usd, [LOW_QUANTILE, 0.5, HIGH_QUANTILE]).tolist()
    return low, middle, high


def sobol(trace: Trace, figures: Figures, key: Key, names: Sequence[str], draws: int = 4096, seed: int = SEED) -> pd.DataFrame:
    """First-order and total Sobol indices of the logarithm of the cost, over the figures named.

    Parameters
    ----------
    names : figures that vary; the others stay at their central values
    draws : N of the N (k + 2) evaluations

    Returns
    -------
    DataFrame
        input, first (part of the variance that knowing this figure would remove, on average), total (part that remains while only
        it is unknown), usd_spread_removed (of the 5th to 95th percentile range, the part that goes when it is known exactly at its
        central value). The largest total first.

    Notes
    -----
    Estimators of [2]_ (first) and [3]_ (total). The logarithm, because a cost is a product of figures and its spread a factor;
    the indices of the cost itself would be those of its few largest draws.
    """
    usd = result(USD, key)
    of_bounds = {n: figures.bounds(n) for n in names}
    a = {n: pert_quantile(uniform(n, draws, seed, 1), *of_bounds[n]) for n in names}
    b = {n: pert_quantile(uniform(n, draws, seed, 2), *of_bounds[n]) for n in names}

    def log_usd(given: dict[str, Array]) -> Array:
        logarithm: Array = np.log(np.broadcast_to(trace.program.evaluate(given, [usd])[usd], draws))
        return logarithm

    at_a, at_b = log_usd(a), log_usd(b)
    middle, variance = np.mean(np.concatenate([at_a, at_b])), np.var(np.concatenate([at_a, at_b]))
    everything = np.exp(np.concatenate([at_a, at_b]))
    spread = np.subtract(*np.quantile(everything, [HIGH_QUANTILE, LOW_QUANTILE]))
    rows = []
    for name in names:
        crossed = log_usd({**a, name: b[name]})
        known = np.exp(log_usd({**a, name: np.full(draws, of_bounds[name][1])}))
        rows.append(
            {
                "input": name,
                "first": float(np.mean((at_b - middle) * (crossed - at_a)) / variance),
                "total": float(np.mean((at_a - crossed) ** 2) / 2 / variance),
                "usd_spread_removed": float(1 - np.subtract(*np.quantile(known, [HIGH_QUANTILE, LOW_QUANTILE])) / spread),
            }
        )
    return pd.DataFrame(rows).sort_values("total", ascending=False, ignore_index=True)
