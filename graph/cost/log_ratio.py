"""Why one cost is a multiple of another: the logarithm of their ratio split over factors, exactly (LMDI).

A cost is a sum of products, sum over k and j of time_k x price_j, and of further terms of its own. The logarithmic mean Divisia index gives
each factor its part of ln(cost/reference) with nothing left over, and does not care which of the two is the reference: exchanged, every
part changes its sign.

Numbers are floats or arrays of draws that broadcast.

References
----------
.. [1] B. W. Ang, "The LMDI approach to decomposition analysis: a practical guide", Energy Policy 33 (2005): the index.
.. [2] B. W. Ang, N. Liu, "Handling zero values in the logarithmic mean Divisia index decomposition approach", Energy Policy 35 (2007):
   the limits where a factor is nothing on one side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parts = Mapping[str, Array]


def logarithmic_mean(a: Array, b: Array) -> Array:
    """L(a, b) = (a - b)/ln(a/b), a where they are equal, 0 where one is 0 [1]_."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    some = (a > 0) & (b > 0)
    log_a, log_b = np.log(np.where(some, a, 1.0)), np.log(np.where(some, b, 1.0))
    apart = log_a - log_b
    near = abs(apart) < 1e-3  # there the difference loses digits, and two terms of the series in it are exact
    series = np.exp((log_a + log_b) / 2.0) * (1.0 + apart**2 / 24.0)
    mean = np.where(near, series, (a - b) / np.where(near, 1.0, apart))
    return np.where(some, mean, 0.0)


def split(
    times: Parts, prices: Parts, others: Parts, reference_times: Parts, reference_prices: Parts, reference_others: Parts
) -> dict[str, Array]:
    """Each factor's part of ln(cost/reference cost).

    Parameters
    ----------
    times, prices : amounts of time and price of a unit of it; every time is paid at the sum of all prices
    others : USD that no such product gives
    reference_times, reference_prices, reference_others : the same of the reference, under the same names

    Returns
    -------
    dict
        Factor -> its part; they sum to ln(cost/reference cost). A factor that is nothing on one side takes all that its products change
        by [2]_; where both factors of a product are, the time does. So does a price below nothing, a margin at which something is sold
        below its cost: it has no logarithm, and the parts go over into each other without a step where it passes nothing.

    Raises
    ------
    ValueError
        The names differ, a time is negative, or a cost is not positive.
    """
    for ours, theirs in ((times, reference_times), (prices, reference_prices), (others, reference_others)):
        if set(ours) != set(theirs):
            raise ValueError(f"the two costs have different terms: {sorted(set(ours) ^ set(theirs))}")
    for name, value in [*times.items(), *reference_times.items()]:
        if not np.all(np.asarray(value) >= 0):
            raise ValueError(f"the time of {name} is negative ({np.min(value):.4g})")
    usd, base = _total(times, prices, others), _total(reference_times, reference_prices, reference_others)
    if not (np.all(usd > 0) and np.all(base > 0)):
        raise ValueError("a cost of nothing has no ratio")
    whole = logarithmic_mean(usd, base)
    size = np.broadcast_shapes(whole.shape, *(np.shape(v) for parts in (times, prices, others) for v in parts.values()))
    # All products at once: times down the first axis, prices down the second, draws along the last.
    t, t0 = (_stacked(parts, list(times), size)[:, None] for parts in (times, reference_times))
    p, p0 = (_stacked(parts, list(prices), size)[None] for parts in (prices, reference_prices))
    timed = (t > 0) & (t0 > 0)
    change = t * p - t0 * p0
    by_time = logarithmic_mean(t * p, t0 * p0) * _log(t, t0)  # nothing where the price is nothing on one side: the mean is
    of_time = np.where(timed, by_time, np.where((t == 0) & (t0 == 0), 0.0, change))
    by_term = [*(of_time.sum(axis=1) / whole), *((change - of_time).sum(axis=0) / whole)]
    found = dict(zip((*times, *prices), by_term, strict=True))
    return {**found, **{name: (np.asarray(others[name]) - reference_others[name]) / whole for name in others}}


def _total(times: Parts, prices: Parts, others: Parts) -> Array:
    zero = np.zeros(())
    return np.asarray(sum(times.values(), zero) * sum(prices.values(), zero) + sum(others.values(), zero))


def _stacked(parts: Parts, names: Sequence[str], size: tuple[int, ...]) -> Array:
    found = np.empty((len(names), *size))
    for k, name in enumerate(names):
        found[k] = parts[name]
    return found


def _log(after: Array, before: Array) -> Array:
    some = (after > 0) & (before > 0)
    return np.asarray(np.log(np.where(some, after, 1.0)) - np.log(np.where(some, before, 1.0)))
