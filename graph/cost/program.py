"""The cost chain as a list of operations: evaluated on arrays, differentiated, printed.

A program is cut from traced numbers: the operations that stand behind some results, each once, arguments before what uses
them. It is the same definition for every evaluator, so they can differ by rounding alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.cost.operations import HELD, OPERATIONS
from graph.cost.traced import INPUT, Traced

Array = NDArray[np.float64]
Step = tuple[Callable[..., Any], int, tuple[int, ...]]
"""(computes, place of the result, places of the arguments)"""
NEUTRAL = {"add": ((0, 0.0), (1, 0.0)), "subtract": ((0, 0.0),), "multiply": ((0, 1.0), (1, 1.0)), "divide": ((0, 1.0),)}
"""Operation -> (which argument is the result, value of the other with which it is)."""
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
        self._plans: dict[Any, tuple[list[Step], dict[int, int]]] = {}
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

    def evaluate(self, given: Mapping[str, Any], results: Sequence[str] | None = None) -> dict[str, Any]:
        """Results for other values of some inputs; the others stay at their central values.

        Parameters
        ----------
        given : input -> number, or array of shape (S,)
        results : those wanted; all by default

        Returns
        -------
        dict
            Result -> number, or array of shape (S,).

        Raises
        ------
        KeyError
            An input or a result that the program does not have.
        """
        wanted = {name: self.results[name] for name in (self.results if results is None else results)}
        steps, of = self._plan(frozenset(given), tuple(wanted.values()))
        size = max((np.size(v) for v in given.values()), default=1)
        if size <= CHUNK:
            values = self._run(steps, given)
            return {name: values[of[place]] for name, place in wanted.items()}
        found = {name: np.empty(size) for name in wanted}
        for start in range(0, size, CHUNK):
            part = slice(start, start + CHUNK)
            values = self._run(steps, {k: v[part] if np.ndim(v) else v for k, v in given.items()})
            for name, place in wanted.items():
                found[name][part] = values[of[place]]
        return found

    def _plan(self, given: frozenset[str], wanted: tuple[int, ...]) -> tuple[list[Step], dict[int, int]]:
        """The lines that have to be computed anew for these inputs, and where each wanted place is then to be found.

        A line whose arguments all keep their central values keeps its own; one that adds nothing, or multiplies by one, is
        its argument. Most of a chain is such: a change that nobody asked for, a price set from what was published.
        """
        if (given, wanted) not in self._plans:
            behind = self._behind(wanted)
            moved = {self.inputs[_known(name, self.inputs)] for name in given}
            of = {place: place for place in (*moved, *wanted)}
            steps: list[Step] = []
            for place in behind:
                operation, arguments = self.lines[place]
                if not moved.isdisjoint(arguments):
                    same = self._same_as(operation, arguments, moved)
                    moved.add(place)
                    of[place] = place if same is None else of[same]
                    if same is None:
                        steps.append((OPERATIONS[operation].compute, place, tuple(of.get(a, a) for a in arguments)))
            self._plans[given, wanted] = steps, of
        return self._plans[given, wanted]

    def is_input(self, place: int) -> bool:
        return self.lines[place][0] == INPUT

    def repeats(self, place: int) -> int | None:
        """The place whose value this one only repeats: it is held, adds a constant nothing or multiplies by a constant one; or None."""
        operation, arguments = self.lines[place]
        return self._same_as(operation, arguments, {a for a in arguments if self.lines[a][0] != "constant"})

    def _same_as(self, operation: str, arguments: tuple[int, ...], moved: set[int]) -> int | None:
        """The argument that a line only repeats, or None."""
        if operation == HELD:
            return arguments[0]
        for moving, neutral in NEUTRAL.get(operation, ()):
            if arguments[1 - moving] not in moved and self.values[arguments[1 - moving]] == neutral:
                return arguments[moving]
        return None

    def _behind(self, wanted: Iterable[int]) -> list[int]:
        """The places that some places are computed from, and they themselves, in order."""
        needed = bytearray(len(self.lines))
        for place in wanted:
            needed[place] = 1
        for place in range(len(self.lines) - 1, -1, -1):
            if needed[place]:
                for a in self.lines[place][1]:
                    needed[a] = 1
        return [place for place in range(len(self.lines)) if needed[place]]

    def _run(self, steps: list[Step], given: Mapping[str, Any]) -> list[Any]:
        values = list(self.values)
        for name, value in given.items():
            values[self.inputs[name]] = value
        for compute, place, arguments in steps:
            values[place] = compute(*[values[a] for a in arguments])
        return values

    def _everywhere(self, given: Mapping[str, Any]) -> list[Any]:
        """Every line's value."""
        values = list(self.values)
        for name, value in given.items():
            values[self.inputs[_known(name, self.inputs)]] = value
        for place, (operation, arguments) in enumerate(self.lines):
            if arguments:
                values[place] = OPERATIONS[operation].compute(*(values[a] for a in arguments))
        return values

    def gradient(self, results: Sequence[str], given: Mapping[str, Any] | None = None, keep_held: bool = True) -> dict[str, Array]:
        """d result / d input for every input and each of the results, in one pass from the results back to the inputs.

        Parameters
        ----------
        results : R names
        given : where to differentiate, numbers; at central values by default
        keep_held : what is set once from published prices stays as it is, as it does in a shock. False: it is set anew, as it is
            when a figure is better known.

        Returns
        -------
        dict
            Input -> array of shape (R,).
        """
        values = self._everywhere(given) if given else self.values
        places = [self.results[name] for name in results]
        slope: dict[int, Any] = {}
        for k, place in enumerate(places):  # of one result a slope is a number: an array of one costs three times as much
            slope[place] = slope.get(place, 0.0) + (np.eye(1, len(places), k)[0] if len(places) > 1 else 1.0)
        for place in reversed(self._behind(places)):
            operation, arguments = self.lines[place]
            if not arguments or place not in slope or (operation == HELD and keep_held):
                continue
            above = slope[place]
            partials = OPERATIONS[operation].partials(values[place], *(values[a] for a in arguments))
            for a, partial in zip(arguments, partials, strict=True):
                slope[a] = slope[a] + above * partial if a in slope else above * partial
        nothing = np.zeros(len(places))
        return {name: nothing + slope.get(place, 0.0) for name, place in self.inputs.items()}

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


def _known(name: str, inputs: Mapping[str, int]) -> str:
    if name not in inputs:
        raise KeyError(f"no input is called {name!r}")
    return name


def _quoted(text: str) -> str:
    return json.dumps(text)
