"""The arithmetic of the cost chain: each operation with its value, its derivatives, and how other languages write it.

Nothing else is needed to evaluate the chain on arrays, to differentiate it, and to print it: an operation that is added here
is known to all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Partials = Callable[..., tuple[Any, ...]]
"""(result, *arguments) -> d result / d argument, one for each argument."""


@dataclass(frozen=True)
class Operation:
    """One operation: its ufunc (or `where`), its partial derivatives, its JavaScript, and its LaTeX where `latex.py` has no rule for it."""

    compute: Callable[..., Any]
    partials: Partials
    javascript: str
    latex: str = ""


def _maximum(_: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """At a tie the first counts, as it is the one returned."""
    first = np.asarray(a >= b, dtype=float)
    return first, 1.0 - first


def _minimum(_: Any, a: Any, b: Any) -> tuple[Any, Any]:
    first = np.asarray(a <= b, dtype=float)
    return first, 1.0 - first


def _power(result: Any, base: Any, exponent: Any) -> tuple[Any, Any]:
    return exponent * base ** (exponent - 1.0), result * np.log(np.where(base > 0, base, 1.0))


def _flat(*_: Any) -> tuple[float, float]:
    """A comparison does not move with its arguments."""
    return 0.0, 0.0


HELD = "held"
"""The operation that changes nothing, on what is set once from published prices: a change of price later on does not set it anew."""

OPERATIONS: dict[str, Operation] = {
    "add": Operation(np.add, lambda r, a, b: (1.0, 1.0), "{0} + {1}"),
    "subtract": Operation(np.subtract, lambda r, a, b: (1.0, -1.0), "{0} - {1}"),
    "multiply": Operation(np.multiply, lambda r, a, b: (b, a), "{0} * {1}"),
    "divide": Operation(np.divide, lambda r, a, b: (1.0 / b, -r / b), "{0} / {1}"),
    "power": Operation(np.power, _power, "Math.pow({0}, {1})"),
    "negative": Operation(np.negative, lambda r, a: (-1.0,), "-{0}"),
    "exp": Operation(np.exp, lambda r, a: (r,), "Math.exp({0})"),
    "expm1": Operation(np.expm1, lambda r, a: (r + 1.0,), "Math.expm1({0})"),
    "log": Operation(np.log, lambda r, a: (1.0 / a,), "Math.log({0})"),
    "log1p": Operation(np.log1p, lambda r, a: (1.0 / (1.0 + a),), "Math.log1p({0})"),
    "absolute": Operation(np.absolute, lambda r, a: (np.sign(a),), "Math.abs({0})", r"\left|{0}\right|"),
    "sqrt": Operation(np.sqrt, lambda r, a: (0.5 / r,), "Math.sqrt({0})", r"\sqrt{{{0}}}"),
    "maximum": Operation(np.maximum, _maximum, "Math.max({0}, {1})", r"\max\left({0},\ {1}\right)"),
    "minimum": Operation(np.minimum, _minimum, "Math.min({0}, {1})", r"\min\left({0},\ {1}\right)"),
    "less": Operation(np.less, _flat, "({0} < {1})"),
    "less_equal": Operation(np.less_equal, _flat, "({0} <= {1})"),
    "greater": Operation(np.greater, _flat, "({0} > {1})"),
    "greater_equal": Operation(np.greater_equal, _flat, "({0} >= {1})"),
    "where": Operation(
        np.where,
        lambda r, which, a, b: (0.0, np.where(which, 1.0, 0.0), np.where(which, 0.0, 1.0)),
        "({0} ? {1} : {2})",
    ),
    HELD: Operation(lambda a: a, lambda r, a: (1.0,), "{0}"),
}
