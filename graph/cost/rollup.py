"""Prices rolled up along the graph (METHODS 5): the Leontief price model on a bill of materials.

A `Step` is one thing that is made or bought: what one unit of it takes of other things, what is added on top, and
the gross margin of whoever sells it:

    price = (sum_j inputs_j x price_j + own) / (1 - margin)

A thing with a published price has `own` set so that the equation gives that price back; a change anywhere
upstream then moves it by exactly its share. Steps are solved in topological order, and where things need each
other (chips need tools that contain chips) as one linear system, p = (I - A')^-1 v.

Arrays have shape (S,): one column per draw of the uncertain figures, the first being the central values.

References
----------
.. [1] R. E. Miller, P. D. Blair, "Input-Output Analysis", 2nd ed., ch. 2: the price model and its dual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PassThrough = Literal["percent", "dollar"]
"""percent: sellers keep their margin as a part of the price; dollar: they keep it in USD per unit."""


@dataclass(frozen=True)
class Step:
    """One thing in the bill: inputs per unit (yield losses included), own cost in USD per unit, gross margin."""

    inputs: Mapping[str, Array]
    own: Array
    margin: Array


Bill = Mapping[str, Step]


def step(inputs: Mapping[str, Array | float] | None = None, own: Array | float = 0.0, margin: Array | float = 0.0) -> Step:
    """A Step from floats or arrays."""
    return Step(
        {k: np.asarray(q, dtype=float) for k, q in (inputs or {}).items()}, np.asarray(own, dtype=float), np.asarray(margin, dtype=float)
    )


class Contradiction(ValueError):
    """Figures that cannot all be right. `nodes` are the things whose figures they are."""

    def __init__(self, what: str, nodes: Iterable[str]) -> None:
        self.nodes = frozenset(nodes)
        super().__init__(what)


def order(bill: Bill) -> list[list[str]]:
    """Groups of steps, inputs before consumers; a group of more than one is a cycle to be solved together.

    Raises
    ------
    KeyError
        A step takes an input that is not in the bill.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(bill)
    for name, one in bill.items():
        for needed in one.inputs:
            if needed not in bill:
                raise KeyError(f"{name!r} takes {needed!r}, which has no price: it is not in the bill")
            graph.add_edge(needed, name)
    condensed = nx.condensation(graph)
    return [sorted(condensed.nodes[c]["members"]) for c in nx.topological_sort(condensed)]


def prices(
    bill: Bill, added: Mapping[str, Array | float] | None = None, rule: PassThrough = "percent", base: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """USD per unit of every step.

    Parameters
    ----------
    added : USD per unit put on the price of a thing, wherever it comes from (a shock); it is passed on downstream
    rule : how margins answer to it; `dollar` needs `base`, the prices before

    Returns
    -------
    dict
        Step name -> array of shape (S,) (or scalar where nothing varies).
    """
    added = added or {}
    unknown = sorted(set(added) - set(bill))
    if unknown:
        raise KeyError(f"no step of the bill is called {unknown[0]!r}")
    result: dict[str, Array] = {}
    for group in order(bill):
        if len(group) == 1 and group[0] not in bill[group[0]].inputs:
            name = group[0]
            one = bill[name]
            cost = one.own + sum((q * result[i] for i, q in one.inputs.items()), np.zeros(()))
            result[name] = _sold(name, one, cost, rule, base) + np.asarray(added.get(name, 0.0))
        else:
            result |= _solve_cycle(bill, group, result, added, rule, base)
    return result


def _sold(name: str, one: Step, cost: Array, rule: PassThrough, base: Mapping[str, Array] | None) -> Array:
    return cost / (1.0 - one.margin) if rule == "percent" else cost + one.margin * _base(base)[name]


def _base(base: Mapping[str, Array] | None) -> Mapping[str, Array]:
    if base is None:
        raise ValueError("the dollar rule keeps margins at their former USD: pass the former prices as base")
    return base


def _solve_cycle(
    bill: Bill,
    group: list[str],
    known: Mapping[str, Array],
    added: Mapping[str, Array | float],
    rule: PassThrough,
    base: Mapping[str, Array] | None,
) -> dict[str, Array]:
    """(I - A') p = v for the steps of one cycle, draw by draw.

    Raises
    ------
    Contradiction
        The cycle feeds more of itself into itself than it gives out, so no price exists.
    """
    index = {name: k for k, name in enumerate(group)}
    rows: list[tuple[int, int, Array]] = []
    values: list[Array] = []
    for name in group:
        one = bill[name]
        gross = 1.0 - one.margin if rule == "percent" else np.ones(())
        outside = one.own + sum((q * known[i] for i, q in one.inputs.items() if i not in index), np.zeros(()))
        kept = np.zeros(()) if rule == "percent" else one.margin * _base(base)[name]
        values.append(outside / gross + kept + np.asarray(added.get(name, 0.0)))
        rows += [(index[name], index[i], q / gross) for i, q in one.inputs.items() if i in index]
    shape = np.broadcast_shapes(*(v.shape for v in values), *(q.shape for _, _, q in rows))
    matrix = np.broadcast_to(np.eye(len(group)), (*shape, len(group), len(group))).copy()
    for i, j, q in rows:
        matrix[..., i, j] -= q
    right = np.stack([np.broadcast_to(v, shape) for v in values], axis=-1)[..., None]
    try:
        solved = np.asarray(np.linalg.solve(matrix, right)[..., 0], dtype=float)
    except np.linalg.LinAlgError:  # singular: the cycle takes exactly what it gives
        solved = np.full(right.shape[:-1], np.nan)
    if np.any(~np.isfinite(solved)) or np.any((solved < 0) & (right[..., 0] >= 0)):
        raise Contradiction(f"the cycle {' -> '.join(group)} consumes more of itself than it yields: no price exists", group)
    return {name: solved[..., k] for name, k in index.items()}


def activity(bill: Bill, target: str) -> dict[str, Array]:
    """Units of every step behind one unit of `target`: the column of the quantity model (I - A)^-1.

    The sum over steps of activity x (own + margin x price) is the price of the target: value added adds up.

    Raises
    ------
    KeyError
        The target is not in the bill.
    """
    return _behind(bill, {target: np.ones(())})


def activities(bill: Bill, targets: Sequence[str]) -> dict[str, Array]:
    """`activity` of many targets at once.

    Parameters
    ----------
    bill : at central values, all arrays scalar
    targets : T different steps

    Returns
    -------
    dict
        Step name -> array of shape (T,): units behind one unit of each target.
    """
    return _behind(bill, {target: np.eye(1, len(targets), k)[0] for k, target in enumerate(targets)})


def _behind(bill: Bill, demand: Mapping[str, Array]) -> dict[str, Array]:
    for target in demand:
        if target not in bill:
            raise KeyError(f"no step of the bill is called {target!r}")
    result = dict(demand)
    for group in reversed(order(bill)):
        if not any(name in result for name in group):
            continue
        if len(group) > 1 or group[0] in bill[group[0]].inputs:
            result |= _activity_in_cycle(bill, group, result)
        for name in group:
            for needed, q in bill[name].inputs.items():
                if needed not in group:
                    result[needed] = result.get(needed, np.zeros(())) + result[name] * q
    return result


def _activity_in_cycle(bill: Bill, group: list[str], wanted: Mapping[str, Array]) -> dict[str, Array]:
    index = {name: k for k, name in enumerate(group)}
    entries = [(index[i], index[name], q) for name in group for i, q in bill[name].inputs.items() if i in index]
    demand = [wanted.get(name, np.zeros(())) for name in group]
    shape = np.broadcast_shapes(*(d.shape for d in demand), *(q.shape for _, _, q in entries))
    matrix = np.broadcast_to(np.eye(len(group)), (*shape, len(group), len(group))).copy()
    for i, j, q in entries:
        matrix[..., i, j] -= q
    right = np.stack([np.broadcast_to(d, shape) for d in demand], axis=-1)[..., None]
    solved = np.asarray(np.linalg.solve(matrix, right)[..., 0], dtype=float)
    return {name: solved[..., k] for name, k in index.items()}


def value_added(bill: Bill, price: Mapping[str, Array]) -> dict[str, Array]:
    """USD that each step adds per unit of itself: its own cost and its margin."""
    return {name: one.own + one.margin * price[name] for name, one in bill.items()}
