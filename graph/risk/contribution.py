"""How well it is known that an event plays a part in a target's failure at all: events of cut sets too long to be listed included.

An account of a failure is a tree of statements: all suppliers of a thing are lost, so many alternatives of a need have failed,
and so on up to the target. The weakest statement grades it. Of all accounts that an event stands in, the best-evidenced one
counts: its own statements on the way to the target, and beside them the best account of whatever must fail with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.risk.supply_things import Need, Supplier
from graph.risk.supply_tree import SupplyTree, weights
from sources.records import GRADES

Grades = NDArray[np.int8]
NO_WAY = len(GRADES)
"""Weaker than any grade: nothing says that it fails."""
NEAR = 1e-9


def contribution(supply: SupplyTree) -> dict[str, dict[str, int]]:
    """Target -> event -> position in `GRADES` of the weakest statement of the best-evidenced account of its failure that holds the event.

    Events that no account holds are left out.
    """
    events = {event: k for k, event in enumerate(supply.tree.events)}
    # Column 0: that the thing fails at all; the others: that it fails and the event of that column is part of why.
    found = {name: np.full(1 + len(events), NO_WAY, dtype=np.int8) for name in supply.things}
    for name, thing in supply.things.items():
        for group in thing.suppliers:
            _suppliers(found[name], group, events, supply.share)
    backwards = [thing for thing in list(supply.things.values())[::-1] if thing.needs]
    stirred = set(found)
    while stirred:
        before, stirred = stirred, set()
        for thing in backwards:
            needs = [need for need in thing.needs if any(name in before or name in stirred for name, _, _ in need.alternatives)]
            if needs:
                own = found[thing.name]
                better = np.minimum.reduce([own, *(_need(need, found, supply.share) for need in needs)])
                if (better < own).any():
                    found[thing.name] = better
                    stirred.add(thing.name)
    return {t: {e: int(found[t][k + 1]) for e, k in events.items() if found[t][k + 1] < NO_WAY} for t in supply.targets}


def _suppliers(own: Grades, group: Sequence[Supplier], events: dict[str, int], share: float | None) -> None:
    """The grade at which enough suppliers of a group are lost, with each of its events among them; written into `own`."""
    if share is None:
        at = max(s.grade for s in group)
    else:
        part = weights(list(group))
        at = _reached([(s.grade, part.get(s.event, 0.0)) for s in group], share)
    own[0] = min(own[0], at)
    for s in group:
        column = events[s.event] + 1
        own[column] = min(own[column], max(at, s.grade))


def _need(need: Need, found: dict[str, Grades], share: float | None) -> Grades:
    """The grade at which too few alternatives of a need are left, with each event as part of why."""
    each = np.array([np.maximum(found[name], known) for name, _, known in need.alternatives], dtype=np.int8)
    failing = len(each) - need.k + 1
    if failing == len(each) == 1:
        return np.asarray(each[0])
    alone = each[:, 0]
    if share is not None and need.k == 1 and min(mix for _, mix, _ in need.alternatives) > 0:
        whole = sum(mix for _, mix, _ in need.alternatives)
        beside = np.full(
            len(each), _reached([(int(g), mix) for g, (_, mix, _) in zip(alone, need.alternatives, strict=True)], share * whole)
        )
    elif failing == 1:
        beside = np.zeros(len(each), dtype=np.int8)
    else:  # the best of the others
        beside = np.array([np.sort(np.delete(alone, k))[failing - 2] for k in range(len(each))])
    return np.asarray(np.maximum(each, beside[:, None]).min(axis=0), dtype=np.int8)


def _reached(parts: Sequence[tuple[int, float]], threshold: float) -> int:
    """The least grade at which the parts known that well add up to the threshold."""
    for grade in range(NO_WAY):
        if sum(part for at, part in parts if at <= grade) >= threshold - NEAR:
            return grade
    return NO_WAY
