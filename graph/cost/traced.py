"""A number that remembers how it was computed.

The formulas of the chain are plain functions of numbers. Given arrays they compute; given these they compute the central value
and write down each operation on the way. What is written down is the chain as data: `graph.cost.program` evaluates it on
arrays of draws, differentiates it and prints it, and nothing is ever stated twice.

    >>> area, density = traced("area", 8.0), traced("density", 0.1)
    >>> good = np.exp(-area * density)
    >>> float(good)
    0.44932896411722156
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from graph.cost.operations import HELD, OPERATIONS

Number: TypeAlias = Any
"""A float, an array of draws, or a traced number. The formulas of the chain take all three and give back what they got; arrays
broadcast."""
INPUT = "input"


class Traced(NDArrayOperatorsMixin):
    """A number, the operation it came from and that operation's arguments.

    operation : a name of `OPERATIONS`, or 'input'
    arguments : numbers and other traced numbers
    value : at the central values of all inputs
    name : of an input, its figure; of any other, the quantity it is where it has a name of its own
    unit : of what has a name
    """

    __slots__ = ("arguments", "name", "operation", "unit", "value")

    def __init__(self, operation: str, arguments: tuple[Any, ...], value: Any, name: str = "", unit: str = "") -> None:
        self.operation, self.arguments, self.value, self.name, self.unit = operation, arguments, value, name, unit

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *arguments: Any, **options: Any) -> Traced:
        if method != "__call__" or options:
            raise TypeError(f"a traced number has no numpy.{ufunc.__name__}.{method} with {sorted(options) or 'no options'}")
        return apply(ufunc.__name__, *arguments)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Traced:
        if options:
            raise TypeError(f"a traced number has no numpy.{function.__name__} with {sorted(options)}")
        return apply(function.__name__, *arguments)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(f"{self!r} is a traced number and no array: central() gives its value")

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        raise TypeError(f"whether {self!r} is true can change with its inputs: use numpy.where, or decide by central()")

    def __repr__(self) -> str:
        return f"<{self.name or self.operation} = {self.value:g}>"


def traced(name: str, value: float, unit: str = "") -> Traced:
    """An input: a figure by its name."""
    return Traced(INPUT, (), float(value), name, unit)


def apply(operation: str, *arguments: Any) -> Traced:
    """The traced result of an operation on numbers of which at least one is traced.

    Raises
    ------
    TypeError
        The operation is not one of `OPERATIONS`, or an argument is an array of more than one number.
    """
    if operation not in OPERATIONS:
        raise TypeError(f"the cost chain has no operation {operation}: it has {', '.join(OPERATIONS)}")
    plain = tuple(a if isinstance(a, Traced) else _number(a) for a in arguments)
    values = [a.value if isinstance(a, Traced) else a for a in plain]
    return Traced(operation, plain, OPERATIONS[operation].compute(*values))


def _number(value: Number) -> float:
    if type(value) is float:  # most are, and asking numpy costs more than the arithmetic
        return value
    if np.ndim(value) and np.size(value) != 1:
        raise TypeError(f"a traced number meets an array of shape {np.shape(value)}: trace at central values alone")
    return float(np.asarray(value).flat[0])


def central(value: Number) -> float:
    """The central value of a figure or result: of a traced number its value, of draws the first."""
    return value.value if isinstance(value, Traced) else float(np.asarray(value).flat[0])


def plain(value: Number) -> Number:
    """What a question about all draws is asked of: an array as it is, a traced number's value."""
    return value.value if isinstance(value, Traced) else value


def held(value: Number) -> Number:
    """The same number, marked as set once from published prices: a later change of price does not set it anew.

    A seller's own cost is what its published price leaves; when an input grows dearer, that own cost stays and the price rises.
    """
    return apply(HELD, value) if isinstance(value, Traced) else value


def named(value: Number, name: str, unit: str) -> Number:
    """The same number under the name of the quantity it is; an array stays as it is."""
    if isinstance(value, Traced) and not value.name:
        value.name, value.unit = name, unit
    return value
