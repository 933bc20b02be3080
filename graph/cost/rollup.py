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
.. [2] R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972): the order of steps and their cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graph.cost.traced import Number, named, plain

PassThrough = Literal["percent", "dollar"]
"""percent: sellers keep their margin as a part of the price; dollar: they keep it in USD per unit."""


@dataclass(frozen=True)
class Step:
    """One thing in the bill: inputs per unit (yield losses included), own cost in USD per unit, gross margin."""

    inputs: Mapping[str, Number]
    own: Number
    margin: Number


Bill = Mapping[str, Step]


def step(inputs: Mapping[str, Number] | None = None, own: Number = 0.0, margin: Number = 0.0) -> Step:
    """A Step from floats or arrays."""
    return Step(
        {k: np.asarray(q, dtype=float) for k, q in (inputs or {}).items()}, np.asarray(own, dtype=float), np.asarray(margin, dtype=float)
    )


class Contradiction(ValueError):
    """Figures that cannot all be right. `nodes` are the things whose figures they are."""

    def __init__(self, what: str, nodes: Iterable[str]) -> None:
        self.nodes = frozenset(nodes)
        super().__init__(what)

    def __reduce__(self) -> tuple[type[Contradiction], tuple[str, frozenset[str]]]:
        return Contradiction, (str(self), self.nodes)  # it passes between processes


def order(bill: Bill) -> list[list[str]]:
    """Groups of steps, inputs before consumers; a group of more than one is a cycle to be solved together.

    Raises
    ------
    KeyError
        A step takes an input that is not in the bill.
    """
    # Tarjan's algorithm [2], without recursion: a strongly connected part is complete once all that it takes is.
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    done: set[str] = set()
    open_: list[str] = []
    groups: list[list[str]] = []
    for first in bill:
        todo = [(first, iter(bill[first].inputs))] if first not in number else []
        while todo:
            name, inputs = todo[-1]
            if name not in number:
                number[name] = lowest[name] = len(number)
                open_.append(name)
            for needed in inputs:
                if needed not in bill:
                    raise KeyError(f"{name!r} takes {needed!r}, which has no price: it is not in the bill")
                if needed not in number:
                    todo.append((needed, iter(bill[needed].inputs)))
                    break
                if needed not in done:
                    lowest[name] = min(lowest[name], number[needed])
            else:
                todo.pop()
                if todo:
                    lowest[todo[-1][0]] = min(lowest[todo[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    at = len(open_) - 1
                    while open_[at] != name:
                        at -= 1
                    groups.append(sorted(open_[at:]))
                    done.update(open_[at:])
                    del open_[at:]
    return groups


def prices(
    bill: Bill, added: Mapping[str, Number] | None = None, rule: PassThrough = "percent", base: Mapping[str, Number] | None = None
) -> dict[str, Number]:
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
    result: dict[str, Number] = {}
    for group in order(bill):
        if len(group) == 1 and group[0] not in bill[group[0]].inputs:
            name = group[0]
            one = bill[name]
            cost = one.own + sum((q * result[i] for i, q in one.inputs.items()), np.zeros(()))
            result[name] = named(_sold(name, one, cost, rule, base) + added.get(name, 0.0), f"{name}.price", "USD")
        else:
            result |= _solve_cycle(bill, group, result, added, rule, base)
    return result


def _sold(name: str, one: Step, cost: Number, rule: PassThrough, base: Mapping[str, Number] | None) -> Number:
    return cost / (1.0 - one.margin) if rule == "percent" else cost + one.margin * _base(base)[name]


def _base(base: Mapping[str, Number] | None) -> Mapping[str, Number]:
    if base is None:
        raise ValueError("the dollar rule keeps margins at their former USD: pass the former prices as base")
    return base


def _solve_cycle(
    bill: Bill,
    group: list[str],
    known: Mapping[str, Number],
    added: Mapping[str, Number],
    rule: PassThrough,
    base: Mapping[str, Number] | None,
) -> dict[str, Number]:
    """(I - A') p = v for the steps of one cycle, draw by draw.

    Raises
    ------
    Contradiction
        The cycle feeds more of itself into itself than it gives out, so no price exists.
    """
    values: dict[str, Number] = {}
    taken: dict[str, dict[str, Number]] = {}
    for name in group:
        one = bill[name]
        gross = 1.0 - one.margin if rule == "percent" else 1.0
        outside = one.own + sum((q * known[i] for i, q in one.inputs.items() if i not in group), np.zeros(()))
        kept = 0.0 if rule == "percent" else one.margin * _base(base)[name]
        values[name] = outside / gross + kept + added.get(name, 0.0)
        taken[name] = {i: q / gross for i, q in one.inputs.items() if i in group}
    return _solved(taken, values)


def _solved(taken: Mapping[str, Mapping[str, Number]], values: Mapping[str, Number]) -> dict[str, Number]:
    """x of x_i = values_i + sum_j taken_ij x_j, by elimination: in plain arithmetic, so for any kind of number.

    Without pivoting: where each leading minor of I - A is positive (Hawkins and Simon 1949), which is where prices exist, none
    is needed.

    Raises
    ------
    Contradiction
        One is not: some part of the cycle feeds more of itself into itself than it gives out.
    """
    left = {name: dict(row) for name, row in taken.items()}
    right = dict(values)
    names = list(left)
    for k, name in enumerate(names):
        rest = 1.0 - left[name].pop(name, 0.0)
        if not np.all(plain(rest) > 0):
            raise Contradiction(f"the cycle {' -> '.join(names)} consumes more of itself than it yields: no price exists", names)
        right[name] = right[name] / rest
        left[name] = {i: q / rest for i, q in left[name].items()}
        for later in names[k + 1 :]:
            q = left[later].pop(name, None)
            if q is not None:
                right[later] = right[later] + q * right[name]
                for i, per_unit in left[name].items():
                    left[later][i] = left[later].get(i, 0.0) + q * per_unit
    for name in reversed(names):  # what is left of a row takes of later ones only
        right[name] = right[name] + sum((q * right[i] for i, q in left[name].items()), np.zeros(()))
    return right


def activity(bill: Bill, target: str) -> dict[str, Number]:
    """Units of every step behind one unit of `target`: the column of the quantity model (I - A)^-1.

    The sum over steps of activity x (own + margin x price) is the price of the target: value added adds up.

    Raises
    ------
    KeyError
        The target is not in the bill.
    """
    return _behind(bill, {target: np.ones(())})


def activities(bill: Bill, targets: Sequence[str]) -> dict[str, Number]:
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


def _behind(bill: Bill, demand: Mapping[str, Number]) -> dict[str, Number]:
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


def _activity_in_cycle(bill: Bill, group: list[str], wanted: Mapping[str, Number]) -> dict[str, Number]:
    used: dict[str, dict[str, Number]] = {name: {} for name in group}
    for consumer in group:
        for needed, q in bill[consumer].inputs.items():
            if needed in used:
                used[needed][consumer] = q
    return _solved(used, {name: wanted.get(name, np.zeros(())) for name in group})


def behind(bill: Bill, targets: Iterable[str]) -> dict[str, Step]:
    """The steps that targets take anything of, at any depth, and they themselves, in the order of the bill."""
    found: set[str] = set()
    todo = list(targets)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += bill[name].inputs
    return {name: one for name, one in bill.items() if name in found}


def value_added(bill: Bill, price: Mapping[str, Number]) -> dict[str, Number]:
    """USD that each step adds per unit of itself: its own cost and its margin."""
    return {name: one.own + one.margin * price[name] for name, one in bill.items()}
