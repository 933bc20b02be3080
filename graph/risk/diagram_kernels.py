"""Decision diagrams as arrays: the loops of cut-set analysis, written once for the interpreter and for the compiler.

A diagram node is (level, low, high): the variable it asks for, where to go if that event does not happen, where to go if
it does. Nodes 0 and 1 are the terminals. Children are made before their parents, so ascending node numbers are a
topological order, and no kernel needs recursion.

Two readings share the store. As a binary decision diagram (BDD, Bryant) a node is a Boolean function and a node whose
children are equal is left out. As a zero-suppressed diagram (ZBDD, Minato) it is a family of sets, and a node whose high
child is empty is left out.

The functions here work on Python lists and on int64 / float64 arrays alike: `graph.risk.decision_diagram` runs them as they
stand for small trees and compiles them with numba for large ones. A result of FULL (-1) means that the store is full.

References
----------
.. [1] R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE Trans. Computers C-35 (1986).
.. [2] A. Rauzy, "New algorithms for fault trees analysis", Reliability Engineering and System Safety 40 (1993): the BDD of a
   coherent tree, and its minimal solutions by removing from the high branch what the low branch already achieves.
.. [3] S. Minato, "Zero-suppressed BDDs for set manipulation in combinatorial problems", DAC 1993.
"""

from __future__ import annotations

from typing import Any

Buffer = Any
"""A list of ints (floats), or an int64 (float64) array."""
FULL = -1
AND, OR, WITHOUT = 0, 1, 2


def make_node(at: int, lo: int, hi: int, level: Buffer, low: Buffer, high: Buffer, slots: Buffer, head: Buffer) -> int:
    """The number of node (at, lo, hi), made if it is new. `slots`: open addressing, twice the size of the store."""
    mask = len(slots) - 1
    key = at * 12582917 ^ lo * 25165843 ^ hi * 50331653
    place = (key ^ (key >> 17)) & mask
    while slots[place] != 0:
        n = slots[place]
        if level[n] == at and low[n] == lo and high[n] == hi:
            return n  # type: ignore[no-any-return]
        place = (place + 1) & mask
    n = head[0]
    if n >= len(level):
        return FULL
    level[n] = at
    low[n] = lo
    high[n] = hi
    slots[place] = n
    head[0] = n + 1
    return n  # type: ignore[no-any-return]


def combine(
    op: int, f: int, g: int, level: Buffer, low: Buffer, high: Buffer, slots: Buffer, head: Buffer, cache: Buffer, stack: Buffer
) -> int:
    """f AND g, f OR g (BDDs), or f WITHOUT g: the sets of f that contain no set of g (ZBDDs; ÷ in Rauzy's paper).

    `cache`: results already known, four cells an entry, later ones overwrite earlier ones. `stack`: five cells a frame.
    """
    mask = len(cache) // 4 - 1
    top = 0
    stack[0], stack[1], stack[2] = f, g, 0
    result = 0
    while top >= 0:
        a, b, stage = stack[top], stack[top + 1], stack[top + 2]
        if stage == 0:
            known = FULL
            if op == AND:
                if a == 0 or b == 0:
                    known = 0
                elif a == 1 or a == b:
                    known = b
                elif b == 1:
                    known = a
            elif op == OR:
                if a == 1 or b == 1:
                    known = 1
                elif a == 0 or a == b:
                    known = b
                elif b == 0:
                    known = a
            else:
                while level[b] < level[a]:  # a set of g with an event that f does not know is in no set of f
                    b = low[b]
                if a == 0 or b == 1 or a == b:
                    known = 0
                elif b == 0 or a == 1:
                    known = a
            if known == FULL:
                if op != WITHOUT and a > b:
                    a, b = b, a
                key = (a * 12582917 ^ b * 25165843) * 3 + op
                entry = ((key ^ (key >> 17)) & mask) * 4
                if cache[entry + 3] == op + 1 and cache[entry] == a and cache[entry + 1] == b:
                    known = cache[entry + 2]
            if known != FULL:
                result = known
                top -= 5
                continue
            stack[top], stack[top + 1], stack[top + 2] = a, b, 1
            at_a, at_b = level[a], level[b]
            top += 5
            stack[top] = low[a] if at_a <= at_b else a
            stack[top + 1] = low[b] if at_b <= at_a else b
            stack[top + 2] = 0
        elif stage == 1:
            stack[top + 3], stack[top + 2] = result, 2
            at_a, at_b = level[a], level[b]
            top += 5
            stack[top] = high[a] if at_a <= at_b else a
            stack[top + 1] = high[b] if at_b <= at_a else b
            stack[top + 2] = 0
        elif stage == 2 and op == WITHOUT and level[a] == level[b]:
            stack[top + 2] = 3
            top += 5
            stack[top], stack[top + 1], stack[top + 2] = result, low[b], 0
        else:
            lo = stack[top + 3]
            at = level[a] if level[a] < level[b] else level[b]
            if (op == WITHOUT and result == 0) or (op != WITHOUT and lo == result):
                result = lo
            else:
                result = make_node(at, lo, result, level, low, high, slots, head)
                if result == FULL:
                    return FULL
            key = (a * 12582917 ^ b * 25165843) * 3 + op
            entry = ((key ^ (key >> 17)) & mask) * 4
            cache[entry], cache[entry + 1], cache[entry + 2], cache[entry + 3] = a, b, result, op + 1
            top -= 5
    return result


def build(
    variables: int,
    program: Buffer,
    value: Buffer,
    level: Buffer,
    low: Buffer,
    high: Buffer,
    slots: Buffer,
    head: Buffer,
    cache: Buffer,
    stack: Buffer,
) -> int:
    """The BDD of a program: instructions (op, register, register), three cells each, the last being the function asked for.

    Registers 0 and 1 hold the constants, the next `variables` the events by level, each further one an instruction's result.
    """
    level[0], level[1] = variables, variables
    head[0] = 2
    value[0], value[1] = 0, 1
    for k in range(variables):
        value[k + 2] = make_node(k, 0, 1, level, low, high, slots, head)
        if value[k + 2] == FULL:
            return FULL
    register = variables + 2
    for k in range(0, len(program), 3):
        made = combine(program[k], value[program[k + 1]], value[program[k + 2]], level, low, high, slots, head, cache, stack)
        if made == FULL:
            return FULL
        value[register] = made
        register += 1
    return value[register - 1]  # type: ignore[no-any-return]


def compact(root: int, level: Buffer, low: Buffer, high: Buffer, number: Buffer) -> int:
    """Keep only the nodes below `root`, renumbered in place in the same order; returns how many are kept, the root being the last.

    `number` : root + 1 cells, zero, or one at further nodes to keep; afterwards the new number of each node kept.
    """
    number[root] = 1
    for n in range(root, 1, -1):
        if number[n] != 0:
            number[low[n]] = 1
            number[high[n]] = 1
    number[0], number[1] = 0, 1
    kept = 2
    for n in range(2, root + 1):
        if number[n] != 0:
            level[kept], low[kept], high[kept] = level[n], number[low[n]], number[high[n]]
            number[n] = kept
            kept += 1
    return kept


def minimal(
    order: int,
    bdd_level: Buffer,
    bdd_low: Buffer,
    bdd_high: Buffer,
    value: Buffer,
    level: Buffer,
    low: Buffer,
    high: Buffer,
    slots: Buffer,
    head: Buffer,
    cache: Buffer,
    stack: Buffer,
) -> int:
    """The ZBDD of the minimal sets of a coherent BDD whose root is its last node; `order` >= 0: only those of at most so many elements.

    `value` : one cell a BDD node, times order + 1 where an order is given; the minimal sets of node n of up to j elements
    stand at j x nodes + n.
    """
    nodes = len(bdd_level)
    level[0], level[1] = bdd_level[0], bdd_level[1]
    head[0] = 2
    passes = order + 1 if order >= 0 else 1
    for j in range(passes):
        base = j * nodes
        value[base], value[base + 1] = 0, 1
        for n in range(2, nodes):
            made = value[base + bdd_low[n]]
            if order < 0 or j > 0:
                with_event = value[bdd_high[n] if order < 0 else base - nodes + bdd_high[n]]
                kept = combine(2, with_event, made, level, low, high, slots, head, cache, stack)
                if kept > 0:
                    made = make_node(bdd_level[n], made, kept, level, low, high, slots, head)
                if kept < 0 or made < 0:
                    return FULL
            value[base + n] = made
    return value[passes * nodes - 1]  # type: ignore[no-any-return]


def shannon(level: Buffer, low: Buffer, high: Buffer, p: Buffer, up: Buffer, down: Buffer, birnbaum: Buffer) -> float:
    """Exact probability of a BDD whose root is its last node, and its derivative by each variable's probability.

    up[n] : probability of node n. down[n] : probability that a walk from the root comes by node n; zero before.
    birnbaum[v] : derivative by p[v]; zero before. One pass each way, so all derivatives cost as much as the probability.
    """
    nodes = len(level)
    up[0], up[1] = 0.0, 1.0
    for n in range(2, nodes):
        x = p[level[n]]
        up[n] = (1.0 - x) * up[low[n]] + x * up[high[n]]
    down[nodes - 1] = 1.0
    for n in range(nodes - 1, 1, -1):
        v = level[n]
        birnbaum[v] += down[n] * (up[high[n]] - up[low[n]])
        down[low[n]] += down[n] * (1.0 - p[v])
        down[high[n]] += down[n] * p[v]
    return up[nodes - 1]  # type: ignore[no-any-return]


def longest(level: Buffer, low: Buffer, high: Buffer, span: Buffer, value: Buffer) -> int:
    """The greatest number of events in a set of a ZBDD, where variable v stands for up to span[v] of them; `value` zero before."""
    for n in range(2, len(level)):
        value[n] = max(value[low[n]], value[high[n]] + span[level[n]])
    return value[len(level) - 1]  # type: ignore[no-any-return]


def tally(width: int, level: Buffer, low: Buffer, high: Buffer, sizes: Buffer, count: Buffer) -> None:
    """How many sets of each order a ZBDD holds, without listing them; orders of `width` and above are left out.

    sizes[v x width + i] : ways in which variable v stands for i events (1 at i = 1 for an event; a module's own tally)
    count[n x width + j] : sets of order j at node n; zero before
    """
    count[width] = 1
    for n in range(2, len(level)):
        base, lo, hi, v = n * width, low[n] * width, high[n] * width, level[n] * width
        for j in range(width):
            count[base + j] = count[lo + j]
        for i in range(1, width):
            ways = sizes[v + i]
            if ways != 0:
                for j in range(i, width):
                    count[base + j] += ways * count[hi + j - i]


def list_sets(columns: int, level: Buffer, low: Buffer, high: Buffer, path: Buffer, stack: Buffer, sets: Buffer) -> int:
    """Write every set of a ZBDD into `sets`, one row of `columns` cells each, which hold -1 before; returns the number of rows.

    path : columns cells. stack : two cells a variable and four more.
    """
    rows = 0
    stack[0], stack[1] = len(level) - 1, 0
    top = 0
    while top >= 0:
        n, depth = stack[top], stack[top + 1]
        top -= 2
        if n == 1:
            sets[rows * columns : rows * columns + depth] = path[:depth]
            rows += 1
        elif n > 1:
            if depth < 0:  # coming back for the high branch
                depth = -depth - 1
                path[depth] = level[n]
                top += 2
                stack[top], stack[top + 1] = high[n], depth + 1
            else:
                top += 2
                stack[top], stack[top + 1] = n, -depth - 1
                if low[n] != 0:
                    top += 2
                    stack[top], stack[top + 1] = low[n], depth
    return rows
