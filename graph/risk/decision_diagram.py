"""Fault trees into decision diagrams, module by module, in the interpreter where they are small and compiled where not.

A module of the tree (`graph.risk.fault_tree.modules`) is solved by itself and stands in its parent's diagram as one variable.
The store of a diagram starts small and is made anew, larger, when it is full; above the sizes of `INTERPRETED` the kernels
are compiled with numba. The machine code is cached by numba beside the package, or where that folder is not writable in the
user's cache (`NUMBA_CACHE_DIR` names another), so that only the first large tree ever waits for the compiler. Loading it
takes longer than a small tree needs, which is why small trees never do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from graph.risk import diagram_kernels
from graph.risk.diagram_kernels import FULL, Buffer
from graph.risk.fault_tree import FaultTree, FaultTreeError, Gate, absorb, modules, postorder, simplify
from graph.risk.gate_program import program
from graph.risk.variable_order import orders

INTERPRETED = (1 << 12, 1 << 14, 1 << 16)
COMPILED = (1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 25)
"""Nodes of a store in the interpreter, and in machine code. The largest takes 0.8 GB."""

REMEMBERED = 4
"""Cells a node of the cache of results in the interpreter: there a result that was overwritten costs more to find again than room."""
FEW = 24
"""Variables of a diagram that the interpreter is quick enough for."""


class TooLargeError(FaultTreeError):
    """The diagram of the tree does not fit into the largest store."""


@dataclass(frozen=True)
class Diagram:
    """Nodes of a decision diagram (`graph.risk.diagram_kernels`), the root last; `variables` names its levels."""

    variables: tuple[str, ...]
    level: Buffer
    low: Buffer
    high: Buffer

    @property
    def kernels(self) -> Any:
        """What runs on it: the interpreter on lists, compiled code on arrays."""
        return diagram_kernels if isinstance(self.level, list) else compiled()

    def ints(self, cells: int, value: int = 0) -> Buffer:
        """So many cells of one value, as the kernels of this diagram take them."""
        return [value] * cells if isinstance(self.level, list) else np.full(cells, value, dtype=np.int64)

    def floats(self, values: Sequence[float]) -> Buffer:
        """Values as the kernels of this diagram take them."""
        return list(values) if isinstance(self.level, list) else np.array(values, dtype=np.float64)

    def longest(self, spans: Sequence[int]) -> int:
        """Events in the largest set of a ZBDD whose variables stand for up to so many events each."""
        span = list(spans) if isinstance(self.level, list) else np.array(spans, dtype=np.int64)
        return int(self.kernels.longest(self.level, self.low, self.high, span, self.ints(len(self.level))))


@functools.cache
def compiled() -> SimpleNamespace:
    """The kernels as machine code."""
    import numba
    from numba.extending import register_jitable

    def jit(kernel: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True)(kernel)
        except RuntimeError:  # no folder is writable: compiled anew in each process
            return numba.njit(kernel)

    for inner in (diagram_kernels.make_node, diagram_kernels.combine):
        register_jitable(inner)
    names = ("build", "compact", "minimal", "shannon", "longest", "tally", "list_sets")
    return SimpleNamespace(**{name: jit(getattr(diagram_kernels, name)) for name in names})


class _Store:
    """Room for so many nodes: unique table, cache of results, stack; interpreted or compiled."""

    def __init__(self, capacity: int, interpreted: bool, variables: int) -> None:
        self.capacity, self.interpreted = capacity, interpreted
        self.kernels: Any = diagram_kernels if interpreted else compiled()
        self.level, self.low, self.high = (self.cells(capacity) for _ in range(3))
        remembered = capacity * (REMEMBERED if interpreted else 1)
        slots, head, cache, stack = (self.cells(n) for n in (2 * capacity, 1, remembered, 5 * (variables + 4)))
        self.tables = (self.level, self.low, self.high, slots, head, cache, stack)

    def cells(self, number: int) -> Buffer:
        return [0] * number if self.interpreted else np.zeros(number, dtype=np.int32)

    def taken(self, values: Buffer) -> Buffer:
        """Ints as the kernels of this store take them."""
        return np.asarray(values).tolist() if self.interpreted else np.array(values, dtype=np.int32)

    def diagram(self, root: int, variables: tuple[str, ...]) -> Diagram:
        """The nodes below `root`, in buffers of their own."""
        kept = self.kernels.compact(root, self.level, self.low, self.high, self.cells(root + 1))
        return Diagram(variables, *(self.taken(buffer[:kept]) for buffer in (self.level, self.low, self.high)))


def stores(variables: int, least: int = 0) -> Iterator[_Store]:
    """Stores of growing size, for at least so many nodes. Machine code once loaded is used for all but the smallest diagrams."""
    loaded = compiled.cache_info().currsize > 0
    for size in INTERPRETED:
        if size >= least and (not loaded or (variables <= FEW and size == INTERPRETED[0])):
            yield _Store(size, True, variables)
    for size in COMPILED:
        if size >= least:
            yield _Store(size, False, variables)


def diagrams(tree: FaultTree, top: str) -> tuple[list[tuple[str, Diagram]], str | bool]:
    """The BDD of each module below `top`, modules before those they are part of, and what the top comes to.

    Returns
    -------
    list of (name, Diagram), str | bool
        The last module is the top. Without any module the top is an event, or a constant.

    Raises
    ------
    FaultTreeError
        The tree is unsound (`graph.risk.fault_tree.simplify`).
    TooLargeError
        No order of variables tried gives a diagram that fits.
    """
    gates, root = simplify(tree, top)
    if isinstance(root, bool) or root not in gates:
        return [], root
    parts = modules(gates, root)
    found: dict[str, Diagram] = {}
    ahead = [root]
    while ahead:  # from the top down: a module that its parent turns out not to need is left out
        name = ahead.pop()
        if name not in found:
            own = {other: gate for other, gate in gates.items() if other == name or other not in parts}
            found[name] = _bdd(own, name)
            ahead += [v for v in found[name].variables if v in parts]
    return [(name, found[name]) for name in postorder(gates, root) if name in found], root


def _bdd(gates: Mapping[str, Gate], name: str) -> Diagram:
    """The diagram of a module, in the first order of variables and the smallest store that it fits into."""
    gates, known = absorb(gates, name)
    root = str(known)  # a module's events are not constant, and neither is the module
    if root not in gates:
        gates, root = {name: Gate("or", (root,))}, name
    inner = [one for one in postorder(gates, root) if one in gates]
    written = [(tuple(order), program(gates, inner, order)) for order in orders(gates, root)]
    variables = len(written[0][0])
    for store in stores(variables):
        for order, instructions in written:
            made = store.kernels.build(
                variables, store.taken(instructions), store.cells(variables + 2 + len(instructions) // 3), *store.tables
            )
            if made != FULL:
                return store.diagram(made, order)
            store = _Store(store.capacity, store.interpreted, variables)
    raise TooLargeError(
        f"the decision diagram of gate {name!r}, over {variables} events, needs more than {COMPILED[-1]:,} nodes: ask for a smaller part "
        "of the tree"
    )


def minimal_sets(bdd: Diagram, max_order: int | None) -> Diagram | None:
    """The minimal sets of a coherent BDD as a ZBDD; None where none has so few elements.

    Raises
    ------
    TooLargeError
        They do not fit into the largest store.
    """
    order = FULL if max_order is None else max_order
    nodes = len(bdd.level)
    for store in stores(len(bdd.variables), nodes):
        given = (store.taken(buffer) for buffer in (bdd.level, bdd.low, bdd.high))
        root = store.kernels.minimal(order, *given, store.cells(nodes * (order + 1 if order >= 0 else 1)), *store.tables)
        if root == 0:
            return None
        if root != FULL:
            return store.diagram(root, bdd.variables)
    raise TooLargeError(f"the minimal cut sets need more than {COMPILED[-1]:,} nodes: ask for those up to an order (max_order)")
