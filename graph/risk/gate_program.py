"""Gates into a straight program of two-input AND and OR, the form in which `graph.risk.diagram_kernels.build` takes a tree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from graph.risk.diagram_kernels import AND, OR
from graph.risk.fault_tree import Gate

FINE = 1_000_000_000
"""Weights are compared in parts of this, so that sums of shares do not depend on the order of adding."""


def program(gates: Mapping[str, Gate], order: Sequence[str], variables: Sequence[str]) -> list[int]:
    """Instructions (op, register, register) that compute the last of `order`, flat; see `programs`."""
    instructions, register = programs(gates, order, variables)
    last = len(variables) + 1 + len(instructions) // 3
    if register[order[-1]] != last:  # the last gate comes to something computed before
        instructions += (OR, register[order[-1]], register[order[-1]])
    return instructions


def programs(gates: Mapping[str, Gate], order: Sequence[str], variables: Sequence[str]) -> tuple[list[int], dict[str, int]]:
    """Instructions (op, register, register), flat, and the register that each gate and variable is found in.

    Parameters
    ----------
    gates : the gates of one module
    order : their names, inputs before the gates they feed
    variables : events (and modules that stand for one), in the order of the diagram's levels

    Returns
    -------
    list, dict
        Registers 0 and 1 are the constants, then the variables, then one register an instruction.
    """
    writer = _Writer(len(variables) + 2)
    register = {name: k + 2 for k, name in enumerate(variables)}
    highest = dict(register)  # the first level a function asks for: functions of low levels are joined first
    for name in order:
        gate = gates[name]
        highest[name] = min(highest[one] for one in gate.inputs)
        position = sorted(range(len(gate.inputs)), key=lambda k: (-highest[gate.inputs[k]], k))
        inputs = [register[gate.inputs[k]] for k in position]
        if gate.operator == "atleast":
            weights = [gate.weights[k] if gate.weights else 1.0 for k in position]
            register[name] = writer.at_least(inputs[::-1], weights[::-1], gate.k)
        else:
            made = inputs[0]
            for one in inputs[1:]:
                made = writer.emit(AND if gate.operator == "and" else OR, made, one)
            register[name] = made
    return writer.instructions, register


class _Writer:
    """Collects instructions; the same instruction is written once."""

    def __init__(self, registers: int) -> None:
        self.instructions: list[int] = []
        self.registers = registers
        self.known: dict[tuple[int, int, int], int] = {}

    def emit(self, op: int, a: int, b: int) -> int:
        """The register of `a op b`, which is `a`, `b` or a constant where that is all it comes to."""
        a, b = min(a, b), max(a, b)
        if a == b or a == (1 if op == AND else 0):
            return b
        if a == (0 if op == AND else 1):
            return a
        key = (op, a, b)
        if key not in self.known:
            self.instructions += key
            self.known[key] = self.registers
            self.registers += 1
        return self.known[key]

    def at_least(self, inputs: Sequence[int], weights: Sequence[float], k: float) -> int:
        """The register of 'inputs of total weight k or more have happened'.

        Input by input: it happened, and the rest must bring k less its weight, or the rest must bring k. What the rest
        must bring is an interval within which the answer is the same, so that few cases differ (the diagram of a
        pseudo-Boolean constraint, Abio et al., JAIR 45, 2012).
        """
        scale = FINE / max(weights)
        part = [round(w * scale) for w in weights]
        need = round(k * scale) - len(part)  # rounding of each part by up to one half
        rest = [0] * (len(part) + 1)
        for i in range(len(part) - 1, -1, -1):
            rest[i] = rest[i + 1] + part[i]
        found: list[list[tuple[float, float, int]]] = [[] for _ in rest]

        def look(i: int, need: int) -> tuple[float, float, int] | None:
            if need <= 0:
                return (-math.inf, 0, 1)
            if need > rest[i]:
                return (rest[i], math.inf, 0)
            return next((case for case in found[i] if case[0] < need <= case[1]), None)

        stack = [(0, need)]
        while stack:
            i, now = stack[-1]
            if look(i, now) is not None:
                stack.pop()
                continue
            without, having = look(i + 1, now), look(i + 1, now - part[i])
            if without is None:
                stack.append((i + 1, now))
            elif having is None:
                stack.append((i + 1, now - part[i]))
            else:
                happened = self.emit(AND, inputs[i], having[2])
                made = self.emit(OR, without[2], happened)
                found[i].append((max(without[0], having[0] + part[i]), min(without[1], having[1] + part[i]), made))
                stack.pop()
        case = look(0, need)
        assert case is not None
        return case[2]
