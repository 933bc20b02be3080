"""Formulas as text, read off a program: what a quantity is of the named quantities nearest to it (`latex.py`: in LaTeX).

>>> program = Program({"yield": np.exp(-traced("area", 8.0) * traced("density", 0.1))})    # doctest: +SKIP
>>> text(program, "yield")                                                                 # doctest: +SKIP
'exp((-area) x density)'
"""

from __future__ import annotations

from collections.abc import Callable

from graph.cost.program import Program
from graph.cost.traced import INPUT

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
BINDS = {"add": SUM, "subtract": SUM, "negative": SUM, "multiply": PRODUCT, "divide": PRODUCT, "power": POWER}
"""How tightly an operation holds its arguments together; what is not here stands in brackets of its own."""
TEXT = {
    "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} x {1}", "divide": "{0} / {1}", "power": "{0}^{1}", "negative": "-{0}",
    "less": "{0} < {1}", "less_equal": "{0} <= {1}", "greater": "{0} > {1}", "greater_equal": "{0} >= {1}",
    "held": "{0}", "absolute": "|{0}|",
}  # fmt: skip
Name = Callable[[str], str]


def text(program: Program, name: str) -> str:
    """A result or named quantity in plain text, of those named that stand nearest to it."""
    return _printed(program, place_of(program, name), lambda quantity: quantity)


def terms(program: Program, name: str) -> list[str]:
    """The named quantities and inputs nearest to a result or named quantity, in the order in which it takes them."""
    found: dict[str, None] = {}
    _printed(program, place_of(program, name), lambda quantity: found.setdefault(quantity, None) or quantity)
    return list(found)


def place_of(program: Program, name: str) -> int:
    """The place of a result or named quantity; KeyError where the program has none of that name."""
    places = {**program.results, **program.named}
    if name not in places:
        raise KeyError(f"no quantity of the chain is called {name!r}")
    return places[name]


def _printed(program: Program, top: int, name: Name) -> str:
    names = {place: quantity for quantity, place in program.named.items()}

    def of(place: int, is_top: bool = False) -> tuple[str, int]:
        """(what it looks like, how tightly it holds together)"""
        if place in names and not is_top:
            return name(names[place]), ATOM
        if (same := program.repeats(place)) is not None:
            return of(same)
        operation, arguments = program.lines[place]
        if operation == INPUT:
            return name(names[place]), ATOM
        if operation == "constant":
            value = float(program.values[place])
            return _number(value), ATOM
        if operation == "where":  # the case that holds at central values; the other guards against a division by nothing
            return of(arguments[1] if program.values[arguments[0]] else arguments[2])
        binds = BINDS.get(operation, ATOM)
        parts = []
        for k, argument in enumerate(arguments):
            said, tight = of(argument)
            # a - (b - c), a / (b / c) and -(a + b) need brackets; so does whatever holds together less tightly.
            loose = tight < binds or (
                tight == binds and ((k > 0 and operation in ("subtract", "divide", "power")) or operation == "negative")
            )
            parts.append(f"({said})" if loose and binds != ATOM else said)
        template = TEXT.get(operation, f"{operation}({', '.join(f'{{{k}}}' for k in range(len(arguments)))})")
        return template.format(*parts), binds

    return of(top, is_top=True)[0]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) and abs(value) < 1e7 else f"{value:.6g}"
