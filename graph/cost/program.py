"""The cost chain as a list of operations: evaluated on arrays, differentiated, printed.

A program is cut from traced numbers: the operations that stand behind some results, each once, arguments before what uses
them. It is the same definition for every evaluator, so they can differ by rounding alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.cost.operations import HELD, OPERATIONS
from graph.cost.traced import INPUT, Traced

Array = NDArray[np.float64]
CHUNK = 4096
"""Draws evaluated at once: the arrays of one chunk stay in the processor's cache."""


class Program:
    """Traced results, cut into operations.

    inputs : name of an input -> its place; central : its value
    results : name of a result -> its place
    """

    def __init__(self, results: Mapping[str, Traced]) -> None:
        self.lines: list[tuple[str, tuple[int, ...]]] = []
        self.values: list[Any] = []
        self.inputs: dict[str, int] = {}
        self.named: dict[str, int] = {}
        self.units: dict[str, str] = {}
        self._known: dict[Any, int] = {}
        self._place: dict[int, int] = {}
        self._kept: list[Traced] = []
        self.results = {name: self._add(result) for name, result in results.items()}

    def _add(self, result: Traced) -> int:
        """Lines for a result and all that stands behind it; depth-first, without recursion: a chain is thousands of steps long."""
        stack: list[tuple[Traced, Iterator[Any]]] = [(result, iter(result.arguments))]
        while stack:
            one, rest = stack[-1]
            waiting = next((a for a in rest if isinstance(a, Traced) and id(a) not in self._place), None)
            if waiting is not None:
                stack.append((waiting, iter(waiting.arguments)))
                continue
            stack.pop()
            if id(one) in self._place:
                continue
            places = tuple(self._place[id(a)] if isinstance(a, Traced) else self._constant(a) for a in one.arguments)
            key = (one.operation, places, one.name if one.operation == INPUT else "")
            place = self._line(key, one.operation, places, one.value)
            if one.operation == INPUT:
                self.inputs[one.name] = place
            if one.name:
                self.named.setdefault(one.name, place)
                self.units.setdefault(one.name, one.unit)
            self._place[id(one)] = place
            self._kept.append(one)  # an id is its own only while the number lives
        return self._place[id(result)]

    def _constant(self, value: float) -> int:
        return self._line(("constant", value), "constant", (), value)

    def _line(self, key: Any, operation: str, places: tuple[int, ...], value: Any) -> int:
        if key not in self._known:
            self._known[key] = len(self.lines)
            self.lines.append((operation, places))
            self.values.append(value)
        return self._known[key]

    @property
    def central(self) -> dict[str, float]:
        """Each input at its central value."""
        return {name: float(self.values[place]) for name, place in self.inputs.items()}

    def evaluate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Results for other values of some inputs; the others stay at their central values.

        Parameters
        ----------
        given : input -> number, or array of shape (S,)

        Returns
        -------
        dict
            Result -> number, or array of shape (S,).

        Raises
        ------
        KeyError
            An input that the program does not have.
        """
        unknown = sorted(set(given) - set(self.inputs))
        if unknown:
            raise KeyError(f"no input is called {unknown[0]!r}")
        size = max((np.size(v) for v in given.values()), default=1)
        if size <= CHUNK:
            values = self._forward(given)
            return {name: values[place] for name, place in self.results.items()}
        found = {name: np.empty(size) for name in self.results}
        for start in range(0, size, CHUNK):
            part = slice(start, start + CHUNK)
            values = self._forward({k: v[part] if np.ndim(v) else v for k, v in given.items()})
            for name, place in self.results.items():
                found[name][part] = values[place]
        return found

    def _forward(self, given: Mapping[str, Any]) -> list[Any]:
        """Every line's value; a line whose inputs are all central keeps the value it was traced with."""
        values = list(self.values)
        moved = bytearray(len(values))
        for name, value in given.items():
            values[self.inputs[name]], moved[self.inputs[name]] = value, 1
        for place, (operation, arguments) in enumerate(self.lines):
            if any(moved[a] for a in arguments):
                values[place] = OPERATIONS[operation].compute(*(values[a] for a in arguments))
                moved[place] = 1
        return values

    def gradient(self, result: str, given: Mapping[str, Any] | None = None, keep_held: bool = True) -> dict[str, Any]:
        """d result / d input for every input, in one pass from the result back to the inputs.

        Parameters
        ----------
        given : where to differentiate, as in `evaluate`; at central values by default
        keep_held : what is set once from published prices stays as it is, as it does in a shock. False: it is set anew, as it is
            when a figure is better known.
        """
        values = self._forward(given) if given else self.values
        slope: list[Any] = [0.0] * len(values)
        slope[self.results[result]] = 1.0
        for place in range(self.results[result], -1, -1):
            operation, arguments = self.lines[place]
            above = slope[place]
            if not arguments or (operation == HELD and keep_held) or (np.ndim(above) == 0 and above == 0.0):
                continue
            partials = OPERATIONS[operation].partials(values[place], *(values[a] for a in arguments))
            for a, partial in zip(arguments, partials, strict=True):
                slope[a] = slope[a] + above * partial
        return {name: slope[place] for name, place in self.inputs.items()}

    def javascript(self, name: str = "evaluate") -> str:
        """A JavaScript function (inputs by name) -> results by name; an input left out has its central value."""
        body = []
        by_place = {place: input_name for input_name, place in self.inputs.items()}
        for place, (operation, arguments) in enumerate(self.lines):
            if operation == INPUT:
                text = f"given[{_quoted(by_place[place])}] ?? {float(self.values[place])!r}"
            elif operation == "constant":
                text = repr(float(self.values[place]))
            else:
                text = OPERATIONS[operation].javascript.format(*(f"v{a}" for a in arguments))
            body.append(f"  const v{place} = {text};")
        found = ", ".join(f"{_quoted(result)}: v{place}" for result, place in self.results.items())
        return "\n".join([f"function {name}(given) {{", *body, f"  return {{{found}}};", "}", ""])


def _quoted(text: str) -> str:
    import json

    return json.dumps(text)
