"""Does output settle after a disruption, or does it swing?

A model of stocks and orders can oscillate by its own rules. A path that does is named, so that its numbers are not taken
for a forecast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

SWING = 0.02
"""Changes of direction smaller than this part of normal output are ripples, not swings."""
MANY = 6
"""Output that falls, recovers and falls again has three turns; more than this many are a swing of the model itself."""


def turns(path: ArrayLike) -> int:
    """How often a path changes direction by more than `SWING`: it must come back that far from its last extreme."""
    every = np.asarray(path, dtype=float)
    falls = np.diff(every)[np.diff(every) != 0] < 0
    ends = np.flatnonzero(np.diff(every) != 0)
    # Between two extremes nothing turns: only where a fall follows a rise, or a rise a fall, can the count change.
    kept = ends[1:][falls[1:] != falls[:-1]] if ends.size > 1 else ends[:0]
    values = [every[0].item(), *every[kept].tolist(), every[-1].item()]
    count, direction, extreme = 0, 0, values[0]
    for value in values[1:]:
        if direction * (value - extreme) > 0 or (direction == 0 and abs(value - extreme) > SWING):
            direction, extreme = direction or (1 if value > extreme else -1), value
        elif direction and abs(value - extreme) > SWING:
            count, direction, extreme = count + 1, -direction, value
    return count


def verdict(path: ArrayLike) -> str:
    """'undisturbed', 'settled', 'still recovering', 'still short' or 'oscillating', from output as a part of normal output.

    oscillating : more than `MANY` turns, or turns in the last quarter that end no smaller than they were before it
    settled : within `SWING` of normal through the last tenth of the days
    """
    values = np.asarray(path, dtype=float)
    if np.abs(values - 1.0).max(initial=0.0) <= SWING / 2:
        return "undisturbed"
    quarter = max(len(values) // 4, 1)
    late, before = values[-quarter:], values[-2 * quarter : -quarter]
    keeps_swinging = turns(late) >= 2 and float(np.ptp(late)) >= float(np.ptp(before)) > 0
    if turns(values) > MANY or keeps_swinging:
        return "oscillating"
    tail = values[-max(len(values) // 10, 1) :]
    if np.abs(tail - 1.0).max() <= SWING:
        return "settled"
    return "still recovering" if tail[-1] > values.min() + SWING else "still short"
