"""Minimal cut sets, exact top probability and importance of a coherent fault tree (METHODS 2).

A cut set is a set of events that together bring the top about; it is minimal if no part of it does. All are found, as a
zero-suppressed decision diagram, so that they can be counted by order without being listed. The top probability is exact
for independent events (Shannon's decomposition on the binary decision diagram), not the rare-event sum.

References
----------
.. [1] A. Rauzy, "New algorithms for fault trees analysis", Reliability Engineering and System Safety 40 (1993).
.. [2] Z. W. Birnbaum, "On the importance of different components in a multicomponent system" (1969).
.. [3] M. C. Cheok, G. W. Parry, R. R. Sherry, "Use of importance measures in risk-informed regulatory applications",
   Reliability Engineering and System Safety 60 (1998): Fussell-Vesely importance as it is used on exact results.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.risk import diagram_kernels
from graph.risk.decision_diagram import Diagram, diagrams, minimal_sets
from graph.risk.fault_tree import FaultTree, FaultTreeError, postorder

if TYPE_CHECKING:
    import pandas as pd

Sets = NDArray[np.int32]
LISTABLE = 2_000_000
"""More cut sets than this are counted but not listed."""
EXACT = 2.0**53
"""Whole numbers below this are exact as floats."""
EVENT = [0, 1]
"""The tally of an event: one set of order one."""


@dataclass(frozen=True)
class CutSets:
    """The minimal cut sets of a top event.

    by_order : number of events -> how many cut sets have so many
    """

    by_order: dict[int, int]
    _parts: tuple[tuple[str, Diagram | None], ...]
    _top: str | bool
    _max_order: int | None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.by_order.values())

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], Sets]:
        """Names of the events, sorted, and the cut sets as rows of their numbers, padded with -1: by order, then by name.

        Raises
        ------
        FaultTreeError
            There are too many to list.
        """
        if self.count > LISTABLE:
            raise FaultTreeError(
                f"{self.count:,} minimal cut sets are too many to list (the most is {LISTABLE:,}): ask for those up to an order; "
                f"by order there are {', '.join(f'{n:,} of {k}' for k, n in self.by_order.items())}"
            )
        return _listed(self._parts, self._top, self._max_order)

    def names(self) -> list[list[str]]:
        """The cut sets as lists of names, by order, then by name."""
        events, rows = self.rows
        named = np.array(events, dtype=object)
        order = (rows >= 0).sum(axis=1)
        return [names for k in self.by_order for names in named[rows[order == k, :k]].tolist()]


class Solution:
    """A fault tree compiled for one top event: build once, ask for cut sets, probability and importance."""

    def __init__(self, tree: FaultTree, top: str) -> None:
        """Raises FaultTreeError where the tree is unsound, TooLargeError where its diagram does not fit."""
        self.tree, self.name = tree, top
        self._modules, self._top = diagrams(tree, top)

    @cached_property
    def events(self) -> list[str]:
        """The basic events below the top, sorted, whether they make a difference or not."""
        return sorted(name for name in postorder(self.tree.gates, self.name) if name in self.tree.events)

    @cached_property
    def decisive(self) -> list[str]:
        """The basic events that the probability of the top is computed from, sorted: those that make a difference, and maybe more."""
        if not self._modules:
            return [self._top] if isinstance(self._top, str) else []
        inner = {name for name, _ in self._modules}
        return sorted({v for _, bdd in self._modules for v in bdd.variables} - inner)

    def minimal_cut_sets(self, max_order: int | None = None) -> CutSets:
        """All minimal cut sets, or those of at most `max_order` events.

        Raises
        ------
        ValueError
            max_order is below 1.
        """
        if max_order is not None and max_order < 1:
            raise ValueError(f"expected a max_order of at least 1, got {max_order}")
        if not self._modules:
            # A top that is true anyway has one cut set, the empty one; one that is false has none.
            orders = {1: 1} if isinstance(self._top, str) else {0: 1} if self._top else {}
            return CutSets(orders, (), self._top, max_order)
        parts: list[tuple[str, Diagram | None]] = []
        tallies: dict[str, list[int]] = {}
        for name, bdd in self._modules:
            sets = minimal_sets(bdd, max_order)
            parts.append((name, sets))
            tallies[name] = _tally(sets, tallies, max_order)
        return CutSets({k: n for k, n in enumerate(tallies[self._modules[-1][0]]) if n}, tuple(parts), self._top, max_order)

    def probability(self) -> float:
        """Exact probability of the top event.

        Raises
        ------
        FaultTreeError
            An event it depends on has no probability.
        """
        return self._shannon[0]

    def importance(self) -> pd.DataFrame:
        """How much each event matters, the one with the greatest Birnbaum importance first.

        Returns
        -------
        DataFrame
            event; probability; birnbaum: dP(top)/dp, the probability that the event is decisive; fussell_vesely: the part
            of the top probability that goes through it, (P(top) - P(top | it cannot happen)) / P(top), which is the
            rare-event sum over the cut sets that hold it where that sum is exact. Zero where the top cannot happen.
        """
        import pandas as pd  # half of the time in which a small tree is read and solved: only who asks for a frame waits for it

        total, birnbaum = self._shannon
        p = np.array([self.tree.events[event] for event in self.events], dtype=float)
        slope = np.array([birnbaum.get(event, 0.0) for event in self.events], dtype=float)
        through = np.where(slope > 0, p * slope, 0.0) / total if total > 0 else np.zeros_like(p)
        frame = pd.DataFrame({"event": self.events, "probability": p, "birnbaum": slope, "fussell_vesely": through})
        # Equal importance comes out of the passes with the last digits unequal; ties go by name.
        order = np.lexsort((np.arange(len(frame)), -frame["birnbaum"].round(12)))
        return frame.iloc[order].reset_index(drop=True)

    @cached_property
    def _p(self) -> dict[str, float]:
        known = {event: p for event in self.decisive if (p := self.tree.events[event]) is not None}
        if missing := [event for event in self.decisive if event not in known]:
            place = self.tree.places.get(missing[0])
            raise FaultTreeError(
                f"{place + ': ' if place else ''}no probability is given for {len(missing)} of {len(self.decisive)} basic events below "
                f"{self.name!r}, such as {', '.join(missing[:5])}"
            )
        return known

    @cached_property
    def _shannon(self) -> tuple[float, dict[str, float]]:
        """P(top) and its derivative by each event's probability."""
        if not self._modules:
            return (float(self._top), {}) if isinstance(self._top, bool) else (self._p[self._top], {self._top: 1.0})
        p = dict(self._p)
        slopes: list[list[float]] = []
        for name, bdd in self._modules:
            nodes = len(bdd.level)
            slope = bdd.floats([0.0] * len(bdd.variables))
            chances = bdd.floats([p[v] for v in bdd.variables] + [0.0])
            up, down = bdd.floats([0.0] * nodes), bdd.floats([0.0] * nodes)
            p[name] = float(bdd.kernels.shannon(bdd.level, bdd.low, bdd.high, chances, up, down, slope))
            slopes.append([float(s) for s in slope])
        top = self._modules[-1][0]
        total = {top: 1.0}
        for (name, bdd), slope in zip(reversed(self._modules), reversed(slopes), strict=True):
            for v, s in zip(bdd.variables, slope, strict=True):
                total[v] = total.get(v, 0.0) + s * total[name]
        return p[top], total


def minimal_cut_sets(tree: FaultTree, top: str, max_order: int | None = None) -> CutSets:
    """All minimal cut sets of `top`, or those of at most `max_order` events."""
    return Solution(tree, top).minimal_cut_sets(max_order)


def top_probability(tree: FaultTree, top: str) -> float:
    """Exact probability of `top`."""
    return Solution(tree, top).probability()


def importance(tree: FaultTree, top: str) -> pd.DataFrame:
    """Birnbaum and Fussell-Vesely importance of every event below `top`; see `Solution.importance`."""
    return Solution(tree, top).importance()


def report(tree: FaultTree, top: str, max_order: int | None = None) -> dict[str, Any]:
    """What the command line says of a fault tree.

    Returns
    -------
    dict
        top; max_order (None: complete); count and by_order of the minimal cut sets (keys are texts, as in JSON);
        minimal_cut_sets, lists of names by order, then by name, None where there are more than `LISTABLE`; probability,
        exact and of the whole tree whatever the order asked for, None where an event that decides the top has none.
    """
    solved = Solution(tree, top)
    sets = solved.minimal_cut_sets(max_order)
    known = all(tree.events[event] is not None for event in solved.decisive)
    return {
        "top": top,
        "max_order": max_order,
        "count": sets.count,
        "by_order": {str(k): n for k, n in sets.by_order.items()},
        "minimal_cut_sets": sets.names() if sets.count <= LISTABLE else None,
        "probability": solved.probability() if known else None,
    }


def _tally(sets: Diagram | None, tallies: dict[str, list[int]], max_order: int | None) -> list[int]:
    """How many sets of each order, modules inside counted by their own tallies."""
    if sets is None:
        return [0]
    own = [tallies.get(v, EVENT) for v in sets.variables]
    width = 1 + sets.longest([max((k for k, n in enumerate(t) if n), default=0) for t in own])
    if max_order is not None:
        width = min(width, max_order + 1)
    sizes = [n for t in own for n in (t + [0] * width)[:width]]
    cells = len(sets.level) * width
    if not isinstance(sets.level, list):
        count = sets.floats([0.0] * cells)
        sets.kernels.tally(width, sets.level, sets.low, sets.high, sets.floats(sizes), count)
        if count[-width:].sum() < EXACT:
            return [int(n) for n in count[-width:]]
    # Whole numbers of any size, in the interpreter.
    whole = [0] * cells
    diagram_kernels.tally(width, list(sets.level), list(sets.low), list(sets.high), sizes, whole)
    return whole[-width:]


def _own_rows(sets: Diagram | None, number: dict[str, int]) -> Sets:
    """The sets of one module as rows of numbers, its inner modules as numbers too."""
    if sets is None:
        return np.empty((0, 1), dtype=np.int32)
    height, width = sum(_tally(sets, {}, None)), sets.longest([1] * len(sets.variables))
    cells = sets.ints(height * width, -1)
    sets.kernels.list_sets(width, sets.level, sets.low, sets.high, sets.ints(width), sets.ints(2 * len(sets.variables) + 4), cells)
    names = np.array([*(number[v] for v in sets.variables), -1], dtype=np.int32)
    rows: Sets = names[np.asarray(cells).reshape(height, width)]
    return rows


def _listed(parts: tuple[tuple[str, Diagram | None], ...], top: str | bool, max_order: int | None) -> tuple[tuple[str, ...], Sets]:
    """See `CutSets.rows`. Modules are replaced by their own sets from the top down."""
    if not parts:
        return ((top,), np.zeros((1, 1), dtype=np.int32)) if isinstance(top, str) else ((), np.full((int(top), 1), -1, dtype=np.int32))
    inner = [name for name, _ in parts]
    events = tuple(sorted({v for _, sets in parts if sets for v in sets.variables} - set(inner)))
    number = {name: k for k, name in enumerate([*events, *inner])}
    rows = _own_rows(parts[-1][1], number)
    for name, sets in reversed(parts[:-1]):
        rows = _replace(rows, number[name], _own_rows(sets, number), max_order)
    absent = len(number)
    rows = np.sort(np.where(rows < 0, absent, rows), axis=1)
    order = (rows < absent).sum(axis=1)
    rows = rows[np.lexsort((*rows.T[::-1], order))][:, : max(order.max(initial=0), 1)]
    return events, np.where(rows == absent, -1, rows)


def _replace(rows: Sets, module: int, sets: Sets, max_order: int | None) -> Sets:
    """Each row that holds a module, once for each of the module's own sets."""
    holds = (rows == module).any(axis=1)
    if not holds.any():
        return rows
    held = np.where(rows[holds] == module, -1, rows[holds])
    grown = np.hstack([np.repeat(held, len(sets), axis=0), np.tile(sets, (len(held), 1))])
    rest = np.pad(rows[~holds], ((0, 0), (0, sets.shape[1])), constant_values=-1)
    joined = -np.sort(-np.vstack([rest, grown]), axis=1)
    order = (joined >= 0).sum(axis=1)
    if max_order is not None:
        joined, order = joined[order <= max_order], order[order <= max_order]
    return joined[:, : max(order.max(initial=0), 1)]
