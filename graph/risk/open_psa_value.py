"""Values in Open-PSA files: constants, parameters and the expressions that give a basic event its probability.

An expression is evaluated at its expected value: a deviate counts as its mean, since cut sets and a point probability take
no account of how uncertain a probability is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from graph.risk.fault_tree import FaultTreeError
from graph.risk.open_psa_xml import Element

MISSION_TIME = 8760.0
"""Hours of a year: what <system-mission-time/> means where nothing else is said."""


LONGEST = 50
"""Parameters that refer to parameters."""


def _exponential(rate: float, time: float) -> float:
    return -math.expm1(-rate * time)


def _glm(at_demand: float, rate: float, repair: float, time: float) -> float:
    """Failure on demand, in operation at `rate`, mended at `repair` (the format's GLM)."""
    both = rate + repair
    return at_demand if both == 0 else (rate - (rate - at_demand * both) * math.exp(-both * time)) / both


def _weibull(scale: float, shape: float, location: float, time: float) -> float:
    return 0.0 if time <= location else -math.expm1(-(((time - location) / scale) ** shape))


def _quotient(first: float, *others: float) -> float:
    for one in others:
        first /= one
    return first


FUNCTIONS: dict[str, tuple[int, int | None, Callable[..., float]]] = {
    "exponential": (2, 2, _exponential),
    "GLM": (4, 4, _glm),
    "Weibull": (4, 4, _weibull),
    "neg": (1, 1, lambda x: -x),
    "add": (2, None, lambda *x: math.fsum(x)),
    "sub": (2, None, lambda first, *x: first - math.fsum(x)),
    "mul": (2, None, lambda *x: math.prod(x)),
    "div": (2, None, _quotient),
    "min": (1, None, lambda *x: min(x)),
    "max": (1, None, lambda *x: max(x)),
    "mean": (1, None, lambda *x: math.fsum(x) / len(x)),
    "exp": (1, 1, math.exp),
    "log": (1, 1, math.log),
    "log10": (1, 1, math.log10),
    "sqrt": (1, 1, math.sqrt),
    "pow": (2, 2, math.pow),
    "pi": (0, 0, lambda: math.pi),
    "uniform-deviate": (2, 2, lambda low, high: (low + high) / 2),
    "normal-deviate": (2, 2, lambda mean, _: mean),
    "lognormal-deviate": (3, 3, lambda mean, _, __: mean),
}
"""Element -> least and most arguments, and what it computes."""


def value(element: Element, parameters: Mapping[str, Element], within: tuple[str, ...] = ()) -> float:
    """The number an expression comes to.

    Parameters
    ----------
    parameters : name -> <define-parameter>
    within : parameters being evaluated, to find one that depends on itself

    Raises
    ------
    FaultTreeError
        The expression is unknown, has the wrong number of arguments, refers to no parameter, or has no value.
    """
    if element.tag in ("float", "int"):
        said = element.attributes.get("value", "")
        try:
            return float(said)
        except ValueError:
            raise FaultTreeError(f"{element.place}: expected a number, got {said!r}") from None
    if element.tag in ("bool", "constant"):
        said = element.attributes.get("value", "")
        if said not in ("true", "false"):
            raise FaultTreeError(f"{element.place}: expected 'true' or 'false', got {said!r}")
        return float(said == "true")
    if element.tag == "system-mission-time":
        return MISSION_TIME
    if element.tag == "parameter":
        return _parameter(element, parameters, within)
    if element.tag not in FUNCTIONS:
        raise FaultTreeError(
            f"{element.place}: the expression <{element.tag}> is not supported; known: float, int, parameter, {', '.join(FUNCTIONS)}"
        )
    least, most, function = FUNCTIONS[element.tag]
    if len(element.children) < least or (most is not None and len(element.children) > most):
        raise FaultTreeError(
            f"{element.place}: <{element.tag}> takes {least if most == least else f'at least {least}'} arguments, got {len(element.children)}"
        )
    arguments = [value(child, parameters, within) for child in element.children]
    try:
        return function(*arguments)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise FaultTreeError(f"{element.place}: <{element.tag}> of {arguments} has no value: {error}") from None


def _parameter(reference: Element, parameters: Mapping[str, Element], within: tuple[str, ...]) -> float:
    name = reference.name()
    if len(within) > LONGEST:
        raise FaultTreeError(f"{reference.place}: parameters refer to each other more than {LONGEST} deep")
    if name in within:
        raise FaultTreeError(f"{reference.place}: parameter {name!r} depends on itself: {' -> '.join((*within, name))}")
    if name not in parameters:
        raise FaultTreeError(f"{reference.place}: parameter {name!r} is nowhere defined")
    body = [child for child in parameters[name].children if child.tag not in ("label", "attributes")]
    if len(body) != 1:
        raise FaultTreeError(f"{parameters[name].place}: parameter {name!r}: expected one expression, got {len(body)}")
    return value(body[0], parameters, (*within, name))
