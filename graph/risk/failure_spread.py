"""How losses spread through the things behind a target: what fails with them, by which way, and how much supply is gone.

The least fixed point of the failure equations (`graph.risk.supply_tree`), evaluated for many sets of losses at once, without a
decision diagram: the check on the diagrams' answers, and the way to grades, paths and lost supply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.risk.supply_things import Need, Supplier
from graph.risk.supply_tree import SupplyTree, weights

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Grade = int | NDArray[np.int64]
NEAR = 1e-9
"""Sums of the same shares in another order differ by less."""
ROUNDS = 500
"""Circles through alternatives draw near their fixed point; they are as near as `NEAR` long before."""


def failing(supply: SupplyTree, cuts: Sequence[Sequence[str]], grade: Grade) -> dict[str, Mask]:
    """Which things fail under each cut set when only statements of `grade` or better are believed; masks of shape (cuts,).

    The least fixed point of the failure equations, from 'nothing has failed'. `grade` : position in `GRADES`, or one a cut set.
    """
    state = without_suppliers(supply, cuts, grade)
    for name, need in _stirred(supply, {name for name, mask in state.items() if mask.any()}, state):
        more = _too_few_alternatives(need, state, supply.share, grade)
        if (more & ~state[name]).any():
            state[name] = state[name] | more
    return state


def _stirred(supply: SupplyTree, changed: set[str], state: Mapping[str, NDArray[Any]]) -> Iterator[tuple[str, Need]]:
    """The needs to look at again: all of those that lie on something that has changed, the furthest from the targets first."""
    needing = [(thing.name, need) for thing in list(supply.things.values())[::-1] for need in thing.needs]
    for _ in range(ROUNDS):
        ahead: set[str] = set()
        for name, need in needing:
            if any(other in changed or other in ahead for other, _, _ in need.alternatives):
                before = state[name]
                yield name, need
                if state[name] is not before:
                    ahead.add(name)
        if not ahead:
            return
        changed = ahead


def without_suppliers(supply: SupplyTree, cuts: Sequence[Sequence[str]], grade: Grade) -> dict[str, Mask]:
    """Which things fail for want of suppliers of their own; masks of shape (cuts,)."""
    nothing = np.zeros(len(cuts), dtype=bool)
    lost = _lost(cuts)
    state = {}
    for name, thing in supply.things.items():
        state[name] = nothing
        for group in thing.suppliers:
            if any(one.event in lost for one in group):
                state[name] = state[name] | _too_few_suppliers(group, lost, nothing, supply.share, grade)
    return state


def _lost(cuts: Sequence[Sequence[str]]) -> dict[str, Mask]:
    """Event -> the cut sets that hold it."""
    lost: dict[str, Mask] = {}
    for k, cut in enumerate(cuts):
        for event in cut:
            lost.setdefault(event, np.zeros(len(cuts), dtype=bool))[k] = True
    return lost


def _too_few_suppliers(group: list[Supplier], lost: Mapping[str, Mask], nothing: Mask, share: float | None, grade: Grade) -> Mask:
    gone = {s.event: lost.get(s.event, nothing) & (s.grade <= grade) for s in group}
    if share is None:
        every: Mask = np.logical_and.reduce([*gone.values()])
        return every
    part = weights(group)
    return _reaches(np.array([w * gone[event] for event, w in part.items()]).reshape(len(part), -1), share, nothing)


def _too_few_alternatives(need: Need, state: Mapping[str, Mask], share: float | None, grade: Grade) -> Mask:
    if len(need.alternatives) == 1:
        name, _, known = need.alternatives[0]
        return state[name] & (known <= grade)
    gone = np.array([state[name] & (known <= grade) for name, _, known in need.alternatives])
    mixes = np.array([mix for _, mix, _ in need.alternatives])
    if share is not None and need.k == 1 and mixes.min() > 0:
        return _reaches(gone * mixes[:, None], share * float(mixes.sum()), gone[0])
    return np.asarray(gone.sum(axis=0) >= len(gone) - need.k + 1)


def _reaches(parts: Floats, threshold: float, like: Mask) -> Mask:
    """Where the lost parts add up to the threshold."""
    return np.asarray(parts.sum(axis=0) >= threshold - NEAR) if len(parts) else np.zeros_like(like)


def supply_lost(supply: SupplyTree, cuts: Sequence[Sequence[str]]) -> dict[str, Floats]:
    """Thing -> the part of its supply that is gone in the end under each set of losses; shape (3, cuts), 0 to 1: low, central, high.

    A thing makes as much as the scarcest of what it cannot do without. Suppliers weigh their shares (where some are unknown,
    what is left of one is divided equally between them; suppliers nobody names keep working), alternatives what uses them
    today, and none of those left makes good for those lost. Of a group of which several must work, so many must be left.
    Low takes the low shares and nothing for unknown ones, high the high shares and all that is left for unknown ones.
    """
    lost = _lost(cuts)
    own: dict[str, Floats] = {}
    for name, thing in supply.things.items():
        gone = np.zeros((3, len(cuts)))
        for group in thing.suppliers:
            part = [(parts, lost[event]) for event, parts in _ranges(group).items() if event in lost]
            if part:
                gone = np.maximum(gone, np.minimum(np.array([p for p, _ in part]).T @ np.array([m for _, m in part], dtype=float), 1.0))
        own[name] = gone
    for name, need in _stirred(supply, {name for name, parts in own.items() if parts.any()}, own):
        more = _lost_alternatives(need, own)
        if (more > own[name] + NEAR).any():
            own[name] = np.maximum(own[name], more)
    return own


def _ranges(group: list[Supplier]) -> dict[str, tuple[float, float, float]]:
    """Event -> low, central and high share of the supply."""
    central = weights(group)
    if len(group) == 1 and group[0].share is None:
        return {group[0].event: (1.0, 1.0, 1.0)}
    left = max(1.0 - sum(s.low or 0.0 for s in group), 0.0)
    found = {}
    for s in group:
        at = central.get(s.event, 0.0)
        found[s.event] = (min(s.low or 0.0, at), at, max(left if s.share is None else s.high or 0.0, at))
    return found


def _lost_alternatives(need: Need, lost: Mapping[str, Floats]) -> Floats:
    if len(need.alternatives) == 1:
        return lost[need.alternatives[0][0]]
    gone = np.array([lost[name] for name, _, _ in need.alternatives])
    mixes = np.array([mix for _, mix, _ in need.alternatives])
    if need.k == 1 and mixes.min() > 0:
        return np.asarray(np.tensordot(mixes, gone, 1) / mixes.sum())
    return np.asarray(np.sort(gone, axis=0)[need.k - 1])


def route(supply: SupplyTree, target: str, state: Mapping[str, Mask], short: Mapping[str, Mask], k: int, grade: int) -> list[str]:
    """The shortest way, over things that fail, from the target to one that fails for want of suppliers of its own.

    Parameters
    ----------
    state, short : of `failing` and `without_suppliers` at this grade; k : the column of the cut set

    Raises
    ------
    ValueError
        The target does not fail.
    """
    came: dict[str, str | None] = {target: None}
    ahead = deque([target])
    while ahead:
        name = ahead.popleft()
        if short[name][k]:
            way: list[str] = []
            step: str | None = name
            while step is not None:
                way.append(step)
                step = came[step]
            return way[::-1]
        for need in supply.things[name].needs:
            here = {other: state[other][k : k + 1] for other, _, _ in need.alternatives}
            if not _too_few_alternatives(need, here, supply.share, grade)[0]:
                continue
            for other, mask in here.items():
                if mask[0] and other not in came:
                    came[other] = name
                    ahead.append(other)
    raise ValueError(f"{target} does not fail")
