"""Formulas as expressions: made of operations, rewritten to the plainest way to put them, and set in LaTeX.

Sums are gathered into sums with signs, products and quotients into one fraction, exponentials of logarithms into powers. Each
rewriting is an identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from graph.cost.operations import OPERATIONS

COMPARED = {"less": ("<", r"\ge"), "less_equal": (r"\le", ">"), "greater": (">", r"\le"), "greater_equal": (r"\ge", "<")}
"""Comparison -> its sign, and that of its contrary."""
LONG = 3
"""A sum of so many terms is put in brackets after what they share."""


@dataclass(frozen=True)
class Atom:
    """What stands for itself: a symbol, or an operation whose arguments have brackets of their own."""

    tex: str


@dataclass(frozen=True)
class Value:
    """A number of the formula itself."""

    of: float


@dataclass(frozen=True)
class Sum:
    """Terms, each with its sign."""

    terms: tuple[tuple[int, Expression], ...]


@dataclass(frozen=True)
class Product:
    """A sign, and factors over and under one line."""

    sign: int
    over: tuple[Expression, ...]
    under: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Power:
    """A base and its exponent; base e is `EULER`."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Logarithm:
    """The natural one."""

    of: Expression


Expression: TypeAlias = Atom | Value | Sum | Product | Power | Logarithm
EULER = Atom("e")
ONE = Value(1.0)


def made(operation: str, of: list[Expression]) -> Expression:
    """An operation on expressions, rewritten where there is a plainer way to put it."""
    match operation:
        case "add":
            return _sum((1, of[0]), (1, of[1]))
        case "subtract":
            return _sum((1, of[0]), (-1, of[1]))
        case "negative":
            return _negative(of[0])
        case "multiply":
            return _product(of, [])
        case "divide":
            return _product(of[:1], of[1:])
        case "power":
            return Power(of[0], of[1])
        case "exp":
            return _exponential(of[0])
        case "expm1":
            return _sum((1, _exponential(of[0])), (-1, ONE))
        case "log":
            return Logarithm(of[0])
        case "log1p":
            return Logarithm(_sum((1, ONE), (1, of[0])))
    if operation in COMPARED:
        return Atom(f"{tex(of[0])} {COMPARED[operation][0]} {tex(of[1])}")
    return Atom(OPERATIONS[operation].latex.format(*map(tex, of)))


def _sum(*signed: tuple[int, Expression]) -> Expression:
    terms: list[tuple[int, Expression]] = []
    for sign, one in signed:
        if isinstance(one, Product):
            sign, one = sign * one.sign, _product(list(one.over), list(one.under))
        if isinstance(one, Sum):
            terms += [(sign * s, term) for s, term in one.terms]
        else:
            terms.append((sign, one))
    first = next((k for k, (sign, _) in enumerate(terms) if sign > 0), 0)  # a sum that can begin without a sign does
    return Sum((terms[first], *terms[:first], *terms[first + 1 :]))


def _negative(one: Expression) -> Expression:
    if isinstance(one, Sum) and any(sign < 0 for sign, _ in one.terms):
        return _sum((-1, one))
    return _product([one], [], -1)


def _product(over: list[Expression], under: list[Expression], sign: int = 1) -> Expression:
    up: list[Expression] = []
    down: list[Expression] = []
    for factors, here, there in ((over, up, down), (under, down, up)):
        for one in factors:
            if isinstance(one, Product):
                sign *= one.sign
                here += one.over
                there += one.under
            else:
                here.append(one)
    up, down = _shortened(up, down)
    if sign < 0:  # -(b - a) is a - b, over the line or under it
        for factors in (up, down):
            k = next((k for k, one in enumerate(factors) if isinstance(one, Sum) and any(s < 0 for s, _ in one.terms)), None)
            if k is not None:
                factors[k], sign = _sum((-1, factors[k])), 1
                break
    if sign > 0 and len(up) == 1 and not down:
        return up[0]
    return Product(sign, tuple(sorted(up, key=_is_letter)), tuple(sorted(down, key=_is_letter)))


def _shortened(up: list[Expression], down: list[Expression]) -> tuple[list[Expression], list[Expression]]:
    """The factors over and under the line without ones; whole powers of one base gathered, and taken off where it is on both sides."""
    up, down = _gathered([one for one in up if one != ONE]), [one for one in down if one != ONE]
    for under in list(down):
        base, power = _whole(under)
        for k, over in enumerate(up):
            same, more = _whole(over)
            if base == same and 0 < power < more:
                up[k] = Power(base, Value(more - power)) if more - power > 1 else base
                down.remove(under)
                break
    return up, down


def _gathered(factors: list[Expression]) -> list[Expression]:
    """Factors with b b as b^2; numbers stay apart, each says where it comes from."""
    found: dict[Expression, float] = {}
    numbers = [one for one in factors if isinstance(one, Value)]
    for one in factors:
        if not isinstance(one, Value):
            base, power = _whole(one)
            found[base] = found.get(base, 0.0) + power
    return [*numbers, *(Power(base, Value(power)) if power != 1 else base for base, power in found.items())]


def _whole(one: Expression) -> tuple[Expression, float]:
    """(base, whole exponent)"""
    if isinstance(one, Power) and isinstance(one.exponent, Value):
        return one.base, one.exponent.of
    return one, 1.0


def _exponential(exponent: Expression) -> Expression:
    """e^x; e^(n ln y) is y^n."""
    if isinstance(exponent, Logarithm):
        return exponent.of
    if isinstance(exponent, Product):
        logarithms = [one for one in exponent.over if isinstance(one, Logarithm)]
        if len(logarithms) == 1:
            rest = [one for one in exponent.over if one is not logarithms[0]]
            return Power(logarithms[0].of, _product(rest, list(exponent.under), exponent.sign))
    return Power(EULER, exponent)


def _is_letter(one: Expression) -> bool:
    return not isinstance(one, Value)


def tex(one: Expression) -> str:
    """An expression in LaTeX."""
    match one:
        case Atom(said):
            return said
        case Value(value):
            return _number(value)
        case Logarithm(inner):
            return rf"\ln{_bracketed(inner)}"
        case Power(base, exponent):
            return f"{tex(base) if isinstance(base, Atom | Value) else _bracketed(base)}^{{{tex(exponent)}}}"
        case Product(sign, over, under):
            said = rf"\frac{{{_line(over)}}}{{{_line(under)}}}" if under else _line(over, is_in_line=True)
            return said if sign > 0 else f"-{said}"
        case Sum(terms):
            if (shared := _shared(terms)) is not None:
                return tex(shared)
            said = "".join(f" {'+' if sign > 0 else '-'} {tex(term)}" for sign, term in terms)
            return said.removeprefix(" + ") if terms[0][0] > 0 else f"-{said[3:]}"


def _shared(terms: tuple[tuple[int, Expression], ...]) -> Product | None:
    """A long sum with what all of its terms are multiplied with or divided by before it or under it; None where there is nothing."""
    parts = [(sign, one if isinstance(one, Product) else Product(1, (one,))) for sign, one in terms]
    over = [f for f in parts[0][1].over if not isinstance(f, Value) and all(f in one.over for _, one in parts)]
    under = [f for f in parts[0][1].under if not isinstance(f, Value) and all(f in one.under for _, one in parts)]
    if len(terms) < LONG or not (over or under):
        return None
    rest = [(sign, _product([f for f in one.over if f not in over], [f for f in one.under if f not in under])) for sign, one in parts]
    return Product(1, (*over, _sum(*rest)), tuple(under))  # what is left of a term may be a sum: its signs are its term's


def _line(factors: tuple[Expression, ...], is_in_line: bool = False) -> str:
    """Factors side by side; numbers come first, with a dot between them. A sum needs no brackets where a fraction's line is its own."""
    if len(factors) == 1 and not is_in_line:
        return tex(factors[0])
    said = ""
    for k, one in enumerate(factors):
        between = "" if k == 0 else r" \cdot " if isinstance(one, Value) else r" \, "
        said += between + (_bracketed(one) if isinstance(one, Sum) else tex(one))
    return said or "1"


def _bracketed(one: Expression) -> str:
    return rf"\left({tex(one)}\right)"


def _number(value: float) -> str:
    """A number; large and small ones by powers of ten."""
    if value == round(value) and abs(value) < 1e5:
        return f"{value:.0f}"
    if 1e-4 <= abs(value) < 1e5:
        return f"{value:.6g}"
    digits, exponent = f"{value:.5e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    power = f"10^{{{int(exponent)}}}"
    return power if digits == "1" else rf"{digits} \times {power}"
