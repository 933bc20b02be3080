"""Coherent fault trees: what must fail for a top event to happen (METHODS 2).

Gates AND, OR and at-least-k over basic events and other gates. An at-least gate may weigh its inputs: with shares of supply
as weights it happens when at least `k` of the supply is lost. Every gate is monotone: a further failure never mends
anything. NOT and its kin have no place here; minimal cut sets are a notion of coherent trees.

References
----------
.. [1] W. E. Vesely et al., "Fault Tree Handbook", NUREG-0492 (1981).
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Literal

Operator = Literal["and", "or", "atleast"]
WIDE = 20_000
"""Below a gate with more names than this, what decides it is not looked for beyond its direct inputs (memory grows with the square)."""


class FaultTreeError(ValueError):
    """The tree is not a sound coherent fault tree; the message names the place."""


@dataclass(frozen=True)
class Gate:
    """A gate over named gates and events.

    inputs : names, at least one. A name given twice counts twice in an at-least gate.
    k : of an at-least gate, how many inputs must have happened, or how much of their weight
    weights : of an at-least gate, one positive weight an input (all one where None)
    place : where it was defined, for messages
    """

    operator: Operator
    inputs: tuple[str, ...]
    k: float = 0.0
    weights: tuple[float, ...] | None = None
    place: str = ""


@dataclass(frozen=True)
class FaultTree:
    """Gates, basic events with their probabilities (None where unknown), and house events, which are known to be true or false.

    places : name of an event -> where it was defined
    origin : the files it was read from, for messages
    """

    gates: Mapping[str, Gate]
    events: Mapping[str, float | None]
    house: Mapping[str, bool] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


def _at(place: str) -> str:
    return f"{place}: " if place else ""


def check(tree: FaultTree) -> None:
    """Raise FaultTreeError unless names are unique, references known, gates well-formed and probabilities in [0, 1]."""
    for name in tree.gates:
        if name in tree.events or name in tree.house:
            raise FaultTreeError(f"{_at(tree.gates[name].place)}{name!r} is defined twice: as a gate and as an event")
    for name in tree.house:
        if name in tree.events:
            raise FaultTreeError(f"{_at(tree.places.get(name, ''))}{name!r} is defined twice: as a basic and as a house event")
    for name, p in tree.events.items():
        if p is not None and not 0.0 <= p <= 1.0:
            raise FaultTreeError(f"{_at(tree.places.get(name, ''))}basic event {name!r}: expected a probability between 0 and 1, got {p!r}")
    for name, gate in tree.gates.items():
        _check_gate(tree, name, gate)


def _check_gate(tree: FaultTree, name: str, gate: Gate) -> None:
    here = f"{_at(gate.place)}gate {name!r}"
    if not gate.inputs:
        raise FaultTreeError(f"{here} has no inputs: expected at least one event or gate")
    for one in gate.inputs:
        if one not in tree.gates and one not in tree.events and one not in tree.house:
            raise FaultTreeError(f"{here} refers to {one!r}, which is nowhere defined{nearest(one, [*tree.gates, *tree.events])}")
    if gate.operator != "atleast":
        return
    if gate.weights is not None:
        if len(gate.weights) != len(gate.inputs):
            raise FaultTreeError(f"{here} has {len(gate.inputs)} inputs and {len(gate.weights)} weights")
        for one, weight in zip(gate.inputs, gate.weights, strict=True):
            if not (math.isfinite(weight) and weight > 0):
                raise FaultTreeError(f"{here}: expected a positive weight for {one!r}, got {weight!r}")
    most = float(len(gate.inputs)) if gate.weights is None else math.fsum(gate.weights)
    if not gate.k > 0:
        raise FaultTreeError(f"{here}: expected at least k = 1 of its inputs, got k = {gate.k:g}")
    if gate.weights is None and gate.k > most:
        raise FaultTreeError(f"{here} asks for {gate.k:g} of {most:g} inputs: k must not be larger than their number")
    if gate.k > most * (1 + 1e-12):
        raise FaultTreeError(f"{here} asks for {gate.k:g} of a total weight of {most:g}: it could never happen")


def nearest(name: str, known: Iterable[str]) -> str:
    """'; nearest: a, b' for a message about an unknown name; empty where none is near."""
    near = difflib.get_close_matches(name, list(known), n=3)
    return f"; nearest: {', '.join(near)}" if near else ""


def require_top(tree: FaultTree, top: str) -> None:
    """Raise FaultTreeError unless `top` is a gate or an event of the tree."""
    if top not in tree.gates and top not in tree.events and top not in tree.house:
        if not tree.gates:
            raise FaultTreeError(f"{_at(tree.origin)}no gate is defined here, so that there is no {top!r}")
        known = nearest(top, tree.gates) or f"; gates that no other takes: {', '.join(heads(tree)[:10]) or 'none'}"
        raise FaultTreeError(f"{_at(tree.origin)}the tree has no gate {top!r}{known}")


def heads(tree: FaultTree) -> list[str]:
    """The gates that are no other gate's input, by name: what a model was drawn for, and what was left over."""
    return sorted(tree.gates.keys() - {one for gate in tree.gates.values() for one in gate.inputs})


def postorder(gates: Mapping[str, Gate], top: str, arrange: Callable[[Gate], Sequence[str]] = lambda gate: gate.inputs) -> list[str]:
    """Everything below `top` and itself, inputs before the gates they feed, each once; depth first, inputs as arranged.

    Raises
    ------
    FaultTreeError
        A gate depends on itself; the message tells the way round.
    """
    order: list[str] = []
    done: set[str] = set()
    path: dict[str, None] = {}
    stack: list[tuple[str, bool]] = [(top, False)]
    while stack:
        name, leaving = stack.pop()
        if leaving:
            del path[name]
            done.add(name)
            order.append(name)
        elif name in done:
            continue
        elif name not in gates:
            done.add(name)
            order.append(name)
        elif name in path:
            way = [*path]
            ring = [*way[way.index(name) :], name]
            raise FaultTreeError(f"{_at(gates[name].place)}gate {name!r} depends on itself: {' -> '.join(ring)}")
        else:
            path[name] = None
            stack.append((name, True))
            stack += [(one, False) for one in reversed(arrange(gates[name])) if one not in done]
    return order


def check_acyclic(tree: FaultTree) -> None:
    """Raise FaultTreeError where a gate depends on itself, below whatever top it stands; the message tells the way round."""
    postorder({**tree.gates, "": Gate("or", tuple(tree.gates))}, "")


def simplify(tree: FaultTree, top: str) -> tuple[dict[str, Gate], str | bool]:
    """The gates that decide `top`, and the name it goes by: constants folded, gates of one input replaced by it, chains merged.

    A gate that feeds one gate of its own operator is merged into it, and what brings about (or is needed by) the top by
    itself is taken as known elsewhere. The result is a bool where house events decide the top.

    Raises
    ------
    FaultTreeError
        The tree is not sound (`check`), has a cycle below `top`, or does not know `top`.
    """
    check(tree)
    return simplified(tree, top)


def simplified(tree: FaultTree, top: str) -> tuple[dict[str, Gate], str | bool]:
    """The same for a tree that has been checked."""
    require_top(tree, top)
    stands_for, gates = _substitute(tree.gates, postorder(tree.gates, top), tree.house)
    root = stands_for[top]
    return (gates, root) if isinstance(root, bool) or root not in gates else absorb(_merge(gates, root), root)


def absorb(gates: Mapping[str, Gate], root: str) -> tuple[dict[str, Gate], str | bool]:
    """The same top with what brings it about by itself taken as known everywhere else below it, and what follows from that.

    e OR f(e) = e OR f(false), and e AND f(e) = e AND f(true), whether e is an event or a gate, and however deep it lies:
    a single point of failure makes every longer way through it moot.
    """
    gates, found = dict(gates), root
    direct: set[str] = set()
    while found in gates and gates[found].operator != "atleast":
        top = Gate(gates[found].operator, decisive(gates, found), place=gates[found].place)
        if direct == set(top.inputs):
            break
        direct = set(top.inputs)
        stands_for, left = _substitute(gates, postorder(gates | {found: top}, found)[:-1], {}, dict.fromkeys(direct, top.operator == "and"))
        folded = _fold(top, [stands_for[one] for one in top.inputs])
        if isinstance(folded, bool):
            return {}, folded
        if isinstance(folded, Gate):
            left[found] = folded
        else:
            found = folded
        gates = _merge(left, found) if found in left else {}
    return gates, found


def decisive(gates: Mapping[str, Gate], root: str) -> tuple[str, ...]:
    """What decides an OR (AND) by itself if it happens (does not): inputs that do, direct or not, other than gates of its own operator.

    An OR is decided by what decides any input, an AND or at-least gate by what decides all of its inputs (and the other way
    round below an AND).
    """
    order = postorder(gates, root)
    if len(order) > WIDE:
        return gates[root].inputs
    place = {name: k for k, name in enumerate(order)}
    operator = gates[root].operator
    deciding = [1 << k for k in range(len(order))]  # sets of places, as bits
    for k, name in enumerate(order):
        if name in gates:
            inputs = [deciding[place[one]] for one in gates[name].inputs]
            deciding[k] |= reduce(or_ if gates[name].operator == operator else and_, inputs)
    bits = deciding[-1]
    found = dict.fromkeys(one for one in gates[root].inputs if one not in gates or gates[one].operator != operator)
    found |= dict.fromkeys(
        name for k, name in enumerate(order[:-1]) if bits >> k & 1 and (name not in gates or gates[name].operator != operator)
    )
    return tuple(found)


def _substitute(
    gates: Mapping[str, Gate], order: Sequence[str], known: Mapping[str, bool], inside: Mapping[str, bool] = {}
) -> tuple[dict[str, str | bool], dict[str, Gate]]:
    """What each name of `order` comes to once what is known is put in, and the gates that are left.

    `inside`: what names count as wherever they feed one of these gates, though not by themselves.
    """
    stands_for: dict[str, str | bool] = {}
    left: dict[str, Gate] = {}
    for name in order:
        if name not in gates:
            stands_for[name] = known.get(name, name)
            continue
        folded = _fold(gates[name], [inside.get(one, stands_for[one]) for one in gates[name].inputs])
        if isinstance(folded, Gate):
            left[name], stands_for[name] = folded, name
        else:
            stands_for[name] = folded
    return stands_for, left


def _fold(gate: Gate, inputs: list[str | bool]) -> Gate | str | bool:
    """The gate over what its inputs stand for: a gate, the one input it equals, or a constant."""
    weights = gate.weights or (1.0,) * len(inputs)
    k = gate.k
    if gate.operator == "atleast":
        k -= math.fsum(w for one, w in zip(inputs, weights, strict=True) if one is True)
        left = [(one, w) for one, w in zip(inputs, weights, strict=True) if isinstance(one, str)]
        slack = 1e-12 * max(gate.k, 1.0)  # sums of shares in another order differ by less
        if k <= slack:
            return True
        if math.fsum(w for _, w in left) < k - slack:
            return False
        names = [one for one, _ in left]
        if len(set(names)) == 1:
            return names[0]
        if all(w >= k - slack for _, w in left):
            return _fold(Gate("or", (), place=gate.place), [*names])
        if math.fsum(w for _, w in left) - min(w for _, w in left) < k - slack:
            return _fold(Gate("and", (), place=gate.place), [*names])
        return Gate("atleast", tuple(names), k, tuple(w for _, w in left) if gate.weights else None, gate.place)
    decisive = gate.operator == "or"  # one true input decides an OR, one false input an AND
    if decisive in inputs:
        return decisive
    names = list(dict.fromkeys(one for one in inputs if isinstance(one, str)))
    if not names:
        return not decisive
    return names[0] if len(names) == 1 else Gate(gate.operator, tuple(names), place=gate.place)


def _merge(gates: Mapping[str, Gate], root: str) -> dict[str, Gate]:
    """Gates with the inputs of same-operator gates that nothing else refers to written into them."""
    order = [name for name in postorder(gates, root) if name in gates]
    parents: dict[str, int] = {}
    for name in order:
        for one in gates[name].inputs:
            parents[one] = parents.get(one, 0) + 1
    merged: dict[str, Gate] = {}
    for name in order:
        gate = gates[name]
        if gate.operator != "atleast":
            inputs: list[str] = []
            for one in gate.inputs:
                below = merged.get(one)
                inputs += merged.pop(one).inputs if below and below.operator == gate.operator and parents[one] == 1 else [one]
            gate = Gate(gate.operator, tuple(dict.fromkeys(inputs)), place=gate.place)
        merged[name] = gate
    return merged


def modules(gates: Mapping[str, Gate], root: str) -> set[str]:
    """Gates whose events occur nowhere else in the tree, so that each can be solved by itself; the root is one.

    Dutuit and Rauzy's two passes (IEEE Trans. Reliability 45, 1996): a gate is a module if, between the first time a walk
    enters it and the time it leaves it, it makes the first and last visit of everything below.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    left: dict[str, int] = {}
    clock = 0
    stack: list[tuple[str, bool]] = [(root, False)]
    while stack:
        name, leaving = stack.pop()
        clock += 1
        if leaving:
            left[name] = clock
            continue
        last[name] = clock
        if name in first:
            continue
        first[name] = clock
        if name in gates:
            stack.append((name, True))
            stack += [(one, False) for one in reversed(gates[name].inputs)]
    found: set[str] = set()
    span: dict[str, tuple[int, int]] = {}
    for name in postorder(gates, root):
        below = [span[one] for one in gates[name].inputs] if name in gates else []
        earliest = min((a for a, _ in below), default=first[name])
        latest = max((b for _, b in below), default=last[name])
        if name in gates and first[name] < earliest and latest < left[name]:
            found.add(name)
        span[name] = (min(earliest, first[name]), max(latest, last[name]))
    return found
