"""In which order a decision diagram asks for its events: the size of the diagram hangs on it.

No order is good for every tree, so several are offered and the caller takes the first whose diagram fits.

References
----------
.. [1] F. A. Aloul, I. L. Markov, K. A. Sakallah, "FORCE: a fast and easy-to-implement variable-ordering heuristic", GLSVLSI 2003.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from graph.risk.fault_tree import Gate, postorder

ROUNDS = 100
"""Orders settle after fewer."""


def orders(gates: Mapping[str, Gate], root: str) -> list[list[str]]:
    """The orders worth trying, the one expected to do best first: where fewer gates are open at a time, fewer cases differ."""
    fed = [one for name in postorder(gates, root) if name in gates for one in gates[name].inputs]
    if len(set(fed)) == len(fed):
        return [by_size(gates, root)]  # nothing is shared
    return sorted((by_size(gates, root), by_force(gates, root)), key=lambda order: _width(gates, root, order))


def _width(gates: Mapping[str, Gate], root: str, order: list[str]) -> int:
    """The most gates below the root of which some events have been asked for and some have not."""
    first = {name: k for k, name in enumerate(order)}
    last = dict(first)
    change = [0] * (len(order) + 1)
    for name in postorder(gates, root):
        if name in gates:
            first[name] = min(first[one] for one in gates[name].inputs)
            last[name] = max(last[one] for one in gates[name].inputs)
            change[first[name]] += 1
            change[last[name]] -= 1
    return max(accumulate(change))


def by_size(gates: Mapping[str, Gate], root: str) -> list[str]:
    """Depth first, the larger branch first: events of one branch stay together."""
    size: dict[str, int] = {}
    for name in postorder(gates, root):
        size[name] = sum(size[one] for one in gates[name].inputs) if name in gates else 1
    order = postorder(gates, root, lambda gate: sorted(gate.inputs, key=lambda one: -size[one]))
    return [name for name in order if name not in gates]


def by_force(gates: Mapping[str, Gate], root: str) -> list[str]:
    """Each gate draws its inputs towards its middle, until the gates span as little as they can [1]_.

    For trees whose gates share many events, such as firms that supply many things.
    """
    start = by_size(gates, root)
    place = {name: float(k) for k, name in enumerate(start)}
    names = postorder(gates, root)
    for name in names:
        if name in gates:
            place[name] = sum(place[one] for one in gates[name].inputs) / len(gates[name].inputs)
    number = {name: k for k, name in enumerate(names)}
    inner = [name for name in names if name in gates]
    # One group a gate: itself and its inputs.
    group = np.array([g for g, name in enumerate(inner) for _ in (name, *gates[name].inputs)])
    member = np.array([number[one] for name in inner for one in (name, *gates[name].inputs)])
    members, groups = np.bincount(group), np.bincount(member)
    position = np.array([place[name] for name in names])
    best, least = position, np.inf
    for _ in range(ROUNDS):
        center = np.bincount(group, weights=position[member]) / members
        drawn = np.bincount(member, weights=center[group]) / groups
        position = np.empty(len(names))
        position[np.lexsort((np.arange(len(names)), drawn))] = np.arange(len(names))
        low, high = np.full(len(inner), np.inf), np.zeros(len(inner))
        np.minimum.at(low, group, position[member])
        np.maximum.at(high, group, position[member])
        if (span := float((high - low).sum())) < least:
            best, least = position, span
    return [name for _, name in sorted((best[number[name]], name) for name in start)]
