"""Least squares of a few positive parameters on logarithms, within limits.

A Gauss-Newton step along the parameters that are not held at a limit, halved until it improves. The residuals are smooth but for kinks
(the best batch of a system changes with the parameters), which the halving takes care of. `scipy.optimize.least_squares`, which the tests
hold it to, takes half a second to import, more than everything that is fitted here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
STEPS, HALVINGS = 40, 6
NUDGE = 1e-3
"""Relative change by which slopes are taken."""
SETTLED = 1e-6


def fitted(residuals: Callable[[Array], Array], start: ArrayLike, least: ArrayLike, most: ArrayLike) -> Array:
    """Parameters, shape (P,), that minimise the sum of squares of `residuals(parameters)` between `least` and `most`.

    Parameters
    ----------
    residuals : shape (P,) -> shape (N,); smooth in the logarithms of the parameters, but for kinks
    start : where to begin; a parameter that moves no residual stays there
    """
    low, high = (np.log(np.broadcast_to(np.asarray(v, dtype=float), np.shape(start))) for v in (least, most))
    x = np.clip(np.log(np.asarray(start, dtype=float)), low, high)
    now = residuals(np.exp(x))
    for _ in range(STEPS):
        nudge = np.where(x + NUDGE <= high, NUDGE, -NUDGE)
        slopes = np.stack([(residuals(np.exp(x + nudge * (np.arange(x.size) == k))) - now) / nudge[k] for k in range(x.size)], axis=1)
        downhill = -slopes.T @ now
        free = ~((x >= high) & (downhill > 0)) & ~((x <= low) & (downhill < 0))
        step = np.zeros(x.size)
        if free.any():
            step[free] = np.linalg.lstsq(slopes[:, free], -now, rcond=None)[0]
        for _ in range(HALVINGS):
            tried = np.clip(x + step, low, high)
            then = residuals(np.exp(tried))
            if then @ then < now @ now:
                break
            step = step / 2.0
        else:
            break
        gained = 1.0 - (then @ then) / (now @ now)
        x, now = tried, then
        if gained < SETTLED:
            break
    return np.asarray(np.exp(x))
