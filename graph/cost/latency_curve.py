"""A measured speed-concurrency curve: two points give the step time, the published ones set how far it may be used.

While decoding is bound by memory, each further sequence adds the same time to a step:

    t(B) = t0 + t1 (B - 1)

with t0 the step of one sequence (weights, launch, synchronisation) and t1 what one more costs (its key-value cache
and arithmetic). Past the knee of a machine the line no longer holds and throughput can fall, so nothing here answers
for a batch larger than the largest one measured.

References
----------
.. [1] Oracle, OCI Generative AI benchmark page of llama-3.3-70b-instruct, one Large Generic unit, random length: a fit on
   concurrency 1 and 128 gives the points between within 1%, and 256 only within 7%.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StepTime:
    """t(B) = first + further x (B - 1).

    first, further : s per step, s per step and further sequence
    last_measured : the largest batch that was measured, count
    """

    first: float
    further: float
    last_measured: int


def fit(speed_tok_s: Mapping[int, float], low: int, high: int) -> StepTime:
    """The line through two measured points.

    Parameters
    ----------
    speed_tok_s : measured concurrency (count) -> output tokens per second of one user (token/s)
    low, high : the two concurrencies that the line goes through

    Raises
    ------
    ValueError
        A point was not measured, a speed of the two is not positive, or low is not below high.
    """
    if not low < high:
        raise ValueError(f"a line needs two points, the lower one first: got {low} and {high}")
    for batch in (low, high):
        if batch not in speed_tok_s:
            raise ValueError(f"concurrency {batch} was not measured; measured: {', '.join(map(str, sorted(speed_tok_s)))}")
        if not speed_tok_s[batch] > 0:
            raise ValueError(f"the speed at concurrency {batch} must be positive (token/s), got {speed_tok_s[batch]:g}")
    further = (1.0 / speed_tok_s[high] - 1.0 / speed_tok_s[low]) / (high - low)
    return StepTime(1.0 / speed_tok_s[low] - further * (low - 1), further, max(speed_tok_s))


def step_seconds(curve: StepTime, batch: ArrayLike) -> Array:
    """t(B), s.

    Raises
    ------
    ValueError
        A batch is below one, or larger than the largest measured.
    """
    b = np.asarray(batch, dtype=float)
    if not np.all((b >= 1) & (b <= curve.last_measured)):
        raise ValueError(f"a batch lies between 1 and {curve.last_measured}, the largest measured: got {b.min():g} to {b.max():g}")
    return curve.first + curve.further * (b - 1.0)


def speed(curve: StepTime, batch: ArrayLike) -> Array:
    """Output tokens per second that one user sees, token/s: 1/t(B). Errors as in `step_seconds`."""
    return 1.0 / step_seconds(curve, batch)


def largest_concurrency(speed_tok_s: Mapping[int, float], least_speed: float) -> int | None:
    """The largest measured concurrency (count) at which a user sees at least `least_speed` (token/s); None where none does.

    It is one of the measured ones: nothing is interpolated between them or taken from beyond the last.
    """
    return max((batch for batch, measured in speed_tok_s.items() if measured >= least_speed), default=None)
