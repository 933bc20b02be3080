"""The cascade as a plain synchronous update of all firms, for several shocks side by side (METHODS 3).

Every firm is recomputed in every round, as the formulas are printed. It needs no compiler, so a small network is done
before one has been loaded; what it computes is what `cascade_kernels` computes with less work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.risk.cascade_weights import Channel, CompiledCascade

Array = NDArray[np.float64]
NOTHING_LEFT = 1e-10
"""An industry's remaining sales below which its replaceability is taken over 1, as in the reference implementation."""


def losses(channel: Channel, x: Array) -> Array:
    """Loss that reaches each firm: the largest, over its groups, of the weighted sum of `x` at the other ends.

    Parameters
    ----------
    x : loss passed on by each firm, shape (n, shocks)
    """
    result = np.zeros_like(x)
    if len(channel.other):
        groups = np.add.reduceat(channel.weight[:, None] * x[channel.other], channel.group_link[:-1], axis=0)
        reads = np.flatnonzero(np.diff(channel.row_group))
        result[reads] = np.maximum.reduceat(groups, channel.row_group[reads], axis=0)
    return result


def passed_on(net: CompiledCascade, h: Array, market: bool) -> Array:
    """sigma (1 - h): what buyers lose of a firm's deliveries, less what its rivals could replace. Shape of `h`."""
    if not market:
        return 1.0 - h
    remaining = np.add.reduceat(net.sales[:, None] * h, net.industry_start[:-1], axis=0)
    remaining[remaining <= NOTHING_LEFT] = 1.0
    return np.minimum(1.0, net.sales[:, None] / remaining[net.industry]) * (1.0 - h)


def propagate(net: CompiledCascade, psi: Array, eps: float, market: bool, most_rounds: int) -> tuple[Array, Array, NDArray[np.int64]]:
    """Remaining production after a shock has run its course.

    Parameters
    ----------
    psi : remaining capacity of each firm under each shock, shape (n, shocks), in the positions of `net`

    Returns
    -------
    hd, hu, rounds
        Shapes (n, shocks), (n, shocks), (shocks,); rounds are -1 where a cascade has not settled after `most_rounds`.
    """
    down, up = psi.copy(), psi.copy()
    rounds = np.full(psi.shape[1], -1)
    running = np.arange(psi.shape[1])
    hd, hu, cap = down, up, psi
    for this in range(1, most_rounds + 1):
        new_hd = np.maximum(0.0, np.minimum(cap, 1.0 - losses(net.down, passed_on(net, hd, market))))
        new_hu = np.maximum(0.0, np.minimum(cap, 1.0 - losses(net.up, 1.0 - hu)))
        decrease = np.maximum((hd - new_hd).max(axis=0), (hu - new_hu).max(axis=0))
        done = decrease <= eps
        down[:, running], up[:, running] = new_hd, new_hu
        rounds[running[done]] = this
        running, hd, hu, cap = running[~done], new_hd[:, ~done], new_hu[:, ~done], cap[:, ~done]
        if not running.size:
            break
    return down, up, rounds


def close_groups(
    net: CompiledCascade, closed: NDArray[np.int64], start: NDArray[np.int64], eps: float, market: bool, most_rounds: int
) -> Array:
    """Closes each group closed[start[q]:start[q + 1]] alone: rows of esri, esri_down, esri_up, rounds."""
    psi = np.ones((len(net.sales), len(start) - 1))
    psi[closed[start[0] : start[-1]], np.repeat(np.arange(len(start) - 1), np.diff(start))] = 0.0
    hd, hu, rounds = propagate(net, psi, eps, market, most_rounds)
    lost = [net.sales @ (1.0 - h) / net.sales.sum() for h in (np.minimum(hd, hu), hd, hu)]
    return np.column_stack([*lost, rounds])
