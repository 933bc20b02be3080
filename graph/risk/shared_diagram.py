"""One decision diagram for many tops of one fault tree: what they have in common is computed once.

Boards share most of what stands behind them, so that each further top costs only what sets it apart. The tops share one order
of variables, found for all their reduced gates together; there are no modules here, since what is private to one top is small.
For a single large tree `graph.risk.cutsets.Solution` is the better tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.risk.decision_diagram import COMPILED, TooLargeError, stores
from graph.risk.diagram_kernels import FULL, OR
from graph.risk.fault_tree import FaultTree, Gate, check, postorder, simplified
from graph.risk.gate_program import programs
from graph.risk.variable_order import by_force, by_size

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ALL = "all tops"


@dataclass(frozen=True)
class SharedDiagram:
    """The BDDs of several tops in one store.

    variables : events, by level
    level, low, high : (nodes,) nodes 0 and 1 are the terminals; children stand before their parents
    root : top -> its node
    """

    variables: tuple[str, ...]
    level: Ints
    low: Ints
    high: Ints
    root: Mapping[str, int]

    def probability(self, p: Mapping[str, float]) -> tuple[Floats, Floats]:
        """Exact probability of each top, and its derivative by each variable's probability (Birnbaum).

        Returns
        -------
        ndarray, ndarray
            (tops,) in the order of `root`; (tops, variables).
        """
        chance = np.array([p[v] for v in self.variables] + [0.0])
        at = [np.flatnonzero(self.level[2:] == v) + 2 for v in range(len(self.variables))]
        up = np.zeros(len(self.level))
        up[1] = 1.0
        for v in range(len(self.variables) - 1, -1, -1):
            n = at[v]
            up[n] = (1.0 - chance[v]) * up[self.low[n]] + chance[v] * up[self.high[n]]
        roots = np.array(list(self.root.values()), dtype=np.int64)
        down = np.zeros((len(self.level), len(roots)))
        down[roots, np.arange(len(roots))] = 1.0
        birnbaum = np.zeros((len(self.variables), len(roots)))
        for v, n in enumerate(at):
            here = down[n]
            np.add.at(down, self.low[n], here * (1.0 - chance[v]))
            np.add.at(down, self.high[n], here * chance[v])
            birnbaum[v] = ((up[self.high[n]] - up[self.low[n]])[:, None] * here).sum(axis=0)
        return up[roots], birnbaum.T

    def minimal_cut_sets(self, max_order: int) -> dict[str, list[tuple[str, ...]]]:
        """Top -> its minimal cut sets of at most `max_order` events, names sorted, by order and then by name.

        Raises
        ------
        TooLargeError
            They do not fit into the largest store.
        """
        nodes = len(self.level)
        for store in stores(len(self.variables), nodes):
            value = store.cells(nodes * (max_order + 1))
            given = (store.taken(buffer) for buffer in (self.level, self.low, self.high))
            if store.kernels.minimal(max_order, *given, value, *store.tables) != FULL:
                break
        else:
            raise TooLargeError(f"the minimal cut sets need more than {COMPILED[-1]:,} nodes: ask for those up to a lower order")
        found = {}
        for top, n in self.root.items():
            sets: list[tuple[str, ...]] = []
            ahead: list[tuple[int, tuple[str, ...]]] = [(int(value[max_order * nodes + n]), ())]
            while ahead:
                node, held = ahead.pop()
                if node == 1:
                    sets.append(tuple(sorted(held)))
                elif node > 1:
                    ahead.append((int(store.low[node]), held))
                    ahead.append((int(store.high[node]), (*held, self.variables[store.level[node]])))
            found[top] = sorted(sets, key=lambda one: (len(one), one))
        return found


def shared_diagram(tree: FaultTree, tops: Sequence[str]) -> SharedDiagram:
    """The diagrams of all tops.

    Raises
    ------
    FaultTreeError
        The tree is unsound or does not know a top (`graph.risk.fault_tree.simplify`).
    TooLargeError
        No order of variables tried gives diagrams that fit.
    """
    gates, comes_to = _reduced(tree, tops)
    real = [one for one in dict.fromkeys(comes_to.values()) if isinstance(one, str)]
    terms = dict.fromkeys(term for one in real for term in (gates[one].inputs if one in gates and gates[one].operator == "or" else [one]))
    below = postorder(gates | {ALL: Gate("or", tuple(real))}, ALL)[:-1] if real else []
    inner = [name for name in below if name in gates]
    for order in (by_force, by_size) if terms else ():
        variables = order(gates | {ALL: Gate("or", tuple(terms))}, ALL)
        instructions, register = programs(gates, inner, variables)
        steps = instructions or [OR, 0, 0]  # where every top is an event there is nothing to compute
        for store in stores(len(variables)):
            value = store.cells(len(variables) + 2 + len(steps) // 3)
            made = store.kernels.build(len(variables), store.taken(steps), value, *store.tables)
            if made == FULL:
                continue
            wanted = {top: int(value[register[one]]) if isinstance(one, str) else int(one) for top, one in comes_to.items()}
            last = max(2, *wanted.values())
            number = store.cells(last + 1)
            for node in wanted.values():
                number[node] = 1
            kept = store.kernels.compact(last, store.level, store.low, store.high, number)
            level, low, high = (np.array(buffer[:kept], dtype=np.int64) for buffer in (store.level, store.low, store.high))
            return SharedDiagram(tuple(variables), level, low, high, {top: int(number[node]) for top, node in wanted.items()})
    if not terms:
        nothing = np.zeros(2, dtype=np.int64)
        return SharedDiagram((), nothing, nothing, nothing, {top: int(bool(one)) for top, one in comes_to.items()})
    raise TooLargeError(f"the decision diagrams of {len(tops)} tops need more than {COMPILED[-1]:,} nodes: ask for fewer of them")


def _reduced(tree: FaultTree, tops: Sequence[str]) -> tuple[dict[str, Gate], dict[str, str | bool]]:
    """The simplified gates of each top, those that are alike under one name, and the name (or constant) each top comes to."""
    names: dict[tuple[object, ...], str] = {}
    gates: dict[str, Gate] = {}
    comes_to: dict[str, str | bool] = {}
    check(tree)
    for top in tops:
        own, root = simplified(tree, top)
        if isinstance(root, str) and root in own:
            called: dict[str, str] = {}
            for name in postorder(own, root):
                if name in own:
                    gate = own[name]
                    inputs = tuple(called.get(one, one) for one in gate.inputs)
                    key = (gate.operator, inputs, gate.k, gate.weights)
                    called[name] = names.setdefault(key, f"{ALL}: gate {len(names) + 1}")
                    gates[called[name]] = Gate(gate.operator, inputs, gate.k, gate.weights)
            root = called[root]
        comes_to[top] = root
    return gates, comes_to
