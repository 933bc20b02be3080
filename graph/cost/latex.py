r"""Formulas in LaTeX, read off a program and written as one would write them by hand.

What is computed is often put differently from what is meant, for the sake of accuracy: -expm1(K log1p(-a)) is 1 - (1-a)^K.
`expression.py` puts it plainly; here is read what it is, and guards against a division by nothing (a choice, or a bound, next to
0 or 1) are left out.

>>> program = Program({"attempts": -np.expm1(traced("K", 3.0) * np.log1p(-traced("a", 0.6)))})    # doctest: +SKIP
>>> latex(program, "attempts")                                                                    # doctest: +SKIP
'1 - \left(1 - \mathrm{a}\right)^{\mathrm{K}}'
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from graph.cost.expression import COMPARED, Atom, Expression, Product, Value, made, tex
from graph.cost.printed import place_of
from graph.cost.program import Program
from graph.cost.traced import INPUT

CONSTANTS = {math.pi: r"\pi", math.sqrt(2.0): r"\sqrt{2}"}
NEXT_TO = 1e-9
"""A constant no further than this from 0 or 1, and not it, stands for it: it keeps a division or a logarithm defined."""


def latex(program: Program, name: str, symbols: Mapping[str, str] | None = None) -> str:
    """A result or named quantity in LaTeX, of those named that stand nearest to it, in the case that holds at central values.

    symbols : names -> symbols; the others are set upright
    """
    return Reader(program, symbols or {}).read(name)


def cases(program: Program, name: str, symbols: Mapping[str, str] | None = None) -> list[str]:
    """What must hold for `latex` to be what is computed: the conditions, in LaTeX, on which it chose, in the order of the formula."""
    reader = Reader(program, symbols or {})
    reader.read(name)
    return list(reader.chosen)


class Reader:
    """Reads formulas off a program. chosen : the conditions on which it took one of two cases."""

    def __init__(self, program: Program, symbols: Mapping[str, str]) -> None:
        self._program, self._symbols = program, symbols
        self._names = {place: quantity for quantity, place in program.named.items()}
        self.chosen: dict[str, None] = {}

    def read(self, name: str) -> str:
        return tex(self._of(place_of(self._program, name), is_top=True))

    def _of(self, place: int, is_top: bool = False) -> Expression:
        program = self._program
        operation, arguments = program.lines[place]
        if place in self._names and (operation == INPUT or not is_top):
            return Atom(self._symbols.get(self._names[place]) or _upright(self._names[place]))
        if (same := program.repeats(place)) is not None:
            return self._of(same)
        if operation == "constant":
            value = float(program.values[place])
            if value in CONSTANTS:
                return Atom(CONSTANTS[value])
            return Value(value) if value >= 0 else Product(-1, (Value(-value),))
        if operation == "where":
            return self._case(arguments)
        if operation in ("maximum", "minimum") and (kept := self._unguarded(operation, arguments)) is not None:
            return self._of(kept)
        return made(operation, [self._of(a) for a in arguments])

    def _case(self, arguments: tuple[int, ...]) -> Expression:
        """The case that holds; on what condition is noted, unless it is a guard."""
        condition, yes, no = arguments
        holds = bool(self._program.values[condition])
        operation, sides = self._program.lines[condition]
        if operation in COMPARED and not any(self._is_guard(side) for side in sides):
            left, right = (tex(self._of(side)) for side in sides)
            self.chosen.setdefault(f"{left} {COMPARED[operation][0 if holds else 1]} {right}")
        return self._of(yes if holds else no)

    def _unguarded(self, operation: str, arguments: tuple[int, ...]) -> int | None:
        """What a bound next to 0 from below, or next to 1 from above, bounds; None where the bound says more."""
        target = 0.0 if operation == "maximum" else 1.0
        for bound, kept in (arguments, arguments[::-1]):
            inner, inside = self._program.lines[kept]
            if self._is_guard(bound) and abs(float(self._program.values[bound]) - target) <= NEXT_TO:
                return kept
            # A probability held between next to nothing and one is itself.
            is_one = self._program.lines[bound][0] == "constant" and self._program.values[bound] == 1.0
            if operation == "minimum" and is_one and inner == "maximum" and self._unguarded(inner, inside) is not None:
                return kept
        return None

    def _is_guard(self, place: int) -> bool:
        value = float(self._program.values[place])
        return self._program.lines[place][0] == "constant" and any(0 < abs(value - whole) <= NEXT_TO for whole in (0.0, 1.0))


def _upright(quantity: str) -> str:
    return r"\mathrm{" + quantity.replace("_", r"\_") + "}"
